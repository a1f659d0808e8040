package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultSaslConfig;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientLogin;
import io.amqproxy.ClientTls;
import io.amqproxy.ExternalLogin;
import io.amqproxy.UpstreamLogin;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.TlsClients;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that speak TLS to the proxy, in front of Qpid in the same JVM. */
@Timeout(300)
@Tag("broker")
class TlsListenerTest {

    private static final byte[] HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};

    @TempDir
    private static Path directory;

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private static Authority authority;
    private static Path trusted;
    private static Path certificate;
    private static Path key;

    @BeforeAll
    static void prepare() {
        authority = Authority.named("test authority");
        trusted = authority.writeCertificate(directory.resolve("ca.pem"));
        Authority.Issued own = authority.issue("proxy", "127.0.0.1", "::1", "localhost");
        certificate = own.writeCertificate(directory.resolve("proxy.pem"));
        key = own.writeKey(directory.resolve("proxy.key"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void largeAndSmallMessagesPassBothWays(String version) throws Exception {
        try (AmqProxy proxy = start(tls -> tls.protocols(version))) {
            byte[] large = new byte[3_000_000];
            new Random(1).nextBytes(large);
            try (Connection connection = connect(proxy);
                    Channel channel = connection.createChannel()) {
                channel.confirmSelect();
                String queue = channel.queueDeclare().getQueue();
                for (int i = 0; i < 100; i++) {
                    channel.basicPublish("", queue, null, new byte[] {(byte) i});
                }
                channel.basicPublish("", queue, null, large);
                channel.waitForConfirmsOrDie();
                for (int i = 0; i < 100; i++) {
                    assertThat(channel.basicGet(queue, true).getBody()).containsExactly(i);
                }
                assertThat(channel.basicGet(queue, true).getBody()).isEqualTo(large);
            }
            Await.until("the client is gone", () -> proxy.stats().clients() == 0);
        }
    }

    @Test
    void handshakesThatFailAreCountedAndTheEndOfTheCertificateIsKnown() throws Exception {
        try (AmqProxy proxy = start(tls -> {});
                Socket plain =
                        new Socket(proxy.address().getAddress(), proxy.address().getPort())) {
            assertThat(proxy.stats().certificateNotAfter()).isNotNull();
            assertThat(proxy.stats().tlsHandshakesFailed()).isZero();
            plain.getOutputStream().write(HEADER);

            Await.until("it failed", () -> proxy.stats().tlsHandshakesFailed() == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientThatClosedEndsTlsFirstAndGetsItsEnd(String version) throws Exception {
        try (AmqProxy proxy = start(tls -> tls.protocols(version));
                RawClient client = new RawClient(socket(proxy, context()))) {
            client.logIn("guest", "guest", "/").write(RawClient.bye());
            client.expect(Method.CONNECTION_CLOSE_OK);
            client.write(RawClient.frame(Frame.HEARTBEAT, 0, new byte[0]));
            client.endOutput();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void clientsMoveToWhicheverLoopWithTheirTls(int loops) throws Exception {
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listenTls("127.0.0.1", 0, tls -> tls.certificate(certificate, key))
                .loops(loops)
                .start()) {
            for (int i = 0; i < 5; i++) {
                publishAndGet(connect(proxy));
            }
        }
    }

    @Test
    void plainAndTlsListenSideBySideOnBothKindsOfAddress() throws Exception {
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen("127.0.0.1", 0)
                .listen("::1", 0)
                .listenTls("127.0.0.1", 0, tls -> tls.certificate(certificate, key))
                .listenTls("::1", 0, tls -> tls.certificate(certificate, key))
                .start()) {
            assertThat(proxy.uris())
                    .extracting(uri -> uri.getScheme() + ' ' + uri.getHost())
                    .containsExactly(
                            "amqp 127.0.0.1", "amqp [0:0:0:0:0:0:0:1]", "amqps 127.0.0.1", "amqps [0:0:0:0:0:0:0:1]");
            assertThat(proxy.address()).isEqualTo(proxy.addresses().get(0));
            assertThat(proxy.uri()).isEqualTo(proxy.uris().get(0));
            for (int i = 0; i < 4; i++) {
                InetSocketAddress address = proxy.addresses().get(i);
                ConnectionFactory factory = JavaClients.factory();
                if (i >= 2) {
                    factory = TlsClients.factory(address.getPort(), context());
                }
                factory.setHost(address.getAddress().getHostAddress());
                factory.setPort(address.getPort());
                publishAndGet(factory.newConnection());
            }
            assertThat(proxy.stats().clientsTotal()).isEqualTo(4);
        }
    }

    @Test
    void aRequiredCertificateHasToBeTrusted() throws Exception {
        try (AmqProxy proxy = start(tls -> tls.trust(trusted).requireClientCertificate())) {
            int port = proxy.address().getPort();
            Authority.Issued stranger = Authority.named("somebody else").issue("mallory");

            publishAndGet(TlsClients.factory(port, TlsClients.context(authority, authority.issue("alice")))
                    .newConnection());
            assertThatThrownBy(() -> TlsClients.factory(port, TlsClients.context(authority, stranger))
                            .newConnection())
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> TlsClients.factory(
                                    port, TlsClients.context(authority, authority.issueExpired("alice")))
                            .newConnection())
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> connect(proxy)).isInstanceOf(IOException.class);
            Await.until("all are gone", () -> proxy.stats().clients() == 0);
        }
    }

    @Test
    void whoLogsInByCertificateComesToTheMapperWithIt() throws Exception {
        List<ClientLogin> asked = new CopyOnWriteArrayList<>();
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listenTls(
                        "127.0.0.1",
                        0,
                        tls -> tls.certificate(certificate, key)
                                .trust(trusted)
                                .requireClientCertificate()
                                .external(chain -> new ExternalLogin.Account("alice", "")))
                .credentialMapper(login -> {
                    asked.add(login);
                    return CompletableFuture.completedFuture(UpstreamLogin.as("guest", "guest".getBytes(UTF_8)));
                })
                .start()) {
            ConnectionFactory factory = TlsClients.factory(
                    proxy.address().getPort(), TlsClients.context(authority, authority.issue("alice")));
            factory.setSaslConfig(DefaultSaslConfig.EXTERNAL);
            publishAndGet(factory.newConnection());

            assertThat(asked).singleElement().satisfies(login -> {
                assertThat(login.user()).isEqualTo("alice");
                assertThat(login.certificates().get(0).getSubjectX500Principal().getName())
                        .isEqualTo("CN=alice");
            });
        }
    }

    @Test
    void aCertificateThatIsOnlyAskedForMayBeMissing() throws Exception {
        try (AmqProxy proxy = start(tls -> tls.trust(trusted).requestClientCertificate())) {
            publishAndGet(connect(proxy));
        }
    }

    @Test
    void clientsThatDoNotAcceptOurCertificateAreForgottenAndOthersGoOn() throws Exception {
        Authority stranger = Authority.named("somebody else");
        List<Authority.Issued> unfit = List.of(
                stranger.issue("proxy", "127.0.0.1"),
                authority.issue("proxy", "another.example"),
                authority.issueExpired("proxy", "127.0.0.1"));
        for (Authority.Issued shown : unfit) {
            Path itsCertificate = directory.resolve("unfit.pem");
            Path itsKey = directory.resolve("unfit.key");
            write(shown, itsCertificate, itsKey);
            try (AmqProxy proxy = AmqProxy.builder()
                            .upstream("amqp://127.0.0.1:" + broker.port())
                            .listenTls("127.0.0.1", 0, tls -> tls.certificate(itsCertificate, itsKey))
                            .listen("127.0.0.1", 0)
                            .start();
                    RawClient good = RawClient.open(proxy.addresses().get(1).getPort())) {
                assertThatThrownBy(() -> connect(proxy)).isInstanceOf(IOException.class);
                Await.until("only the good client is left", () -> proxy.stats().clients() == 1);
                good.publishConfirmed("q");
            }
        }
    }

    @Test
    void anotherAuthorityForClientsIsTrustedWithoutDroppingAnyone() throws Exception {
        Path authorities = authority.writeCertificate(directory.resolve("clients-ca.pem"));
        Authority next = Authority.named("next authority");
        Authority.Issued alice = next.issue("alice");
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listenTls(
                        "127.0.0.1",
                        0,
                        tls -> tls.certificate(certificate, key)
                                .trust(authorities)
                                .requireClientCertificate())
                .tlsReload(Duration.ofMillis(20))
                .start()) {
            int port = proxy.address().getPort();
            Connection stays = TlsClients.factory(port, TlsClients.context(authority, authority.issue("bob")))
                    .newConnection();
            assertThatThrownBy(() -> TlsClients.factory(port, TlsClients.context(authority, alice))
                            .newConnection())
                    .isInstanceOf(IOException.class);

            next.writeCertificate(authorities);
            Await.until("the next authority is trusted", () -> {
                try {
                    publishAndGet(TlsClients.factory(port, TlsClients.context(authority, alice))
                            .newConnection());
                    return true;
                } catch (IOException notYet) {
                    return false;
                }
            });
            publishAndGet(stays);
        }
    }

    @Test
    void aNewCertificateIsUsedWithoutDroppingAnyone() throws Exception {
        Path ownCertificate = directory.resolve("renewed.pem");
        Path ownKey = directory.resolve("renewed.key");
        write(authority.issue("first", "127.0.0.1"), ownCertificate, ownKey);
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listenTls("127.0.0.1", 0, tls -> tls.certificate(ownCertificate, ownKey))
                .tlsReload(Duration.ofMillis(20))
                .start()) {
            Connection stays = connect(proxy);
            assertThat(shownBy(proxy)).isEqualTo("CN=first");

            write(authority.issue("second", "127.0.0.1"), ownCertificate, ownKey);
            Await.until("the new certificate is shown", () -> shownBy(proxy).equals("CN=second"));

            Files.writeString(ownCertificate, "-----BEGIN CERTIFICATE-----\nnonsense");
            Authority.Issued third = authority.issue("third", "127.0.0.1");
            third.writeKey(ownKey);
            assertThat(shownBy(proxy)).isEqualTo("CN=second");
            third.writeCertificate(ownCertificate);
            Await.until("the next certificate is shown", () -> shownBy(proxy).equals("CN=third"));

            publishAndGet(stays);
        }
    }

    @Test
    void sessionsAreResumed() throws Exception {
        AtomicInteger verified = new AtomicInteger();
        SSLContext counting = TlsClients.counting(authority, verified);
        try (AmqProxy proxy = start(tls -> {})) {
            ConnectionFactory factory = TlsClients.factory(proxy.address().getPort(), counting);
            for (int i = 0; i < 5; i++) {
                publishAndGet(factory.newConnection());
            }
        }
        assertThat(verified).hasValue(1);
    }

    @Test
    void aSilentConnectionIsClosedInTime() throws Exception {
        try (AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listenTls("127.0.0.1", 0, tls -> tls.certificate(certificate, key))
                        .handshakeTimeout(Duration.ofMillis(200))
                        .start();
                Socket silent = new Socket(
                        InetAddress.getLoopbackAddress(), proxy.address().getPort())) {
            Await.until(
                    "the client is closed",
                    () -> proxy.stats().clientsTotal() == 1 && proxy.stats().clients() == 0);
            silent.getInputStream().readAllBytes();
        }
    }

    @Test
    void garbageIsAnsweredWithAnAlertAndAnEnd() throws Exception {
        try (AmqProxy proxy = start(tls -> {});
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), proxy.address().getPort())) {
            socket.getOutputStream().write(HEADER);

            byte[] answer = socket.getInputStream().readAllBytes();

            assertThat(answer[0]).isEqualTo((byte) 21); // Alert: RFC 5246, section 6.2.1
            Await.until("the client is gone", () -> proxy.stats().clients() == 0);
        }
    }

    @Test
    void aClientThatEndsWithinTheHandshakeIsForgotten() throws Exception {
        try (AmqProxy proxy = start(tls -> {})) {
            try (Socket socket =
                    new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort())) {
                socket.getOutputStream().write(new byte[] {22, 3, 1, 1, 0, 1});
            }
            Await.until(
                    "the client is gone",
                    () -> proxy.stats().clientsTotal() == 1 && proxy.stats().clients() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientThatSaysItsEndButKeepsTheSocketIsAnsweredAndClosed(String version) throws Exception {
        try (AmqProxy proxy = start(tls -> tls.protocols(version));
                SSLSocket socket = socket(proxy, context())) {
            socket.getOutputStream().write(HEADER);
            assertThat(socket.getInputStream().read()).isEqualTo(1);

            socket.shutdownOutput();

            Await.until("the client is gone", () -> proxy.stats().clients() == 0);
            socket.getInputStream().readAllBytes(); // Ends in order: the proxy said its own end.
        }
    }

    @Test
    void renegotiationEndsTheConnection() throws Exception {
        try (AmqProxy proxy = start(tls -> tls.protocols("TLSv1.2"));
                SSLSocket socket = socket(proxy, context())) {
            socket.getOutputStream().write(HEADER);
            assertThat(socket.getInputStream().read()).isEqualTo(1);

            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        socket.getInputStream().readAllBytes();
                        socket.getOutputStream().write(HEADER);
                        socket.getInputStream().readAllBytes();
                        throw new IOException("closed in order");
                    })
                    .isInstanceOf(IOException.class);

            Await.until("the client is gone", () -> proxy.stats().clients() == 0);
        }
    }

    @Test
    void settingsThatCannotWorkAreRefusedWithoutTellingASecret() throws Exception {
        Path nonsense = Files.writeString(directory.resolve("nonsense.pem"), "nonsense");
        Path another = authority.issue("another").writeKey(directory.resolve("another.key"));

        assertThatIllegalStateException().isThrownBy(() -> start(tls -> tls.trust(trusted), false));
        assertThatIllegalStateException().isThrownBy(() -> start(ClientTls::requireClientCertificate));
        assertThatIllegalArgumentException().isThrownBy(() -> start(tls -> tls.protocols("SSLv3")));
        assertThatThrownBy(() -> start(tls -> tls.certificate(nonsense, key)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("nonsense.pem has no certificate");
        assertThatThrownBy(() -> start(tls -> tls.certificate(certificate, another)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("does not belong to");
        assertThatThrownBy(() -> start(tls -> tls.keyStore(nonsense, "s3cret".toCharArray())))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("nonsense.pem is no key store")
                .satisfies(refusal -> assertThat(refusal.toString()).doesNotContain("s3cret"));
        assertThatThrownBy(() -> start(tls -> tls.certificate(directory.resolve("nowhere.pem"), key)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("nowhere.pem cannot be read");
        assertThatIllegalStateException()
                .isThrownBy(() -> AmqProxy.builder()
                        .upstream("amqp://127.0.0.1")
                        .upstreamTls(tls -> tls.trust(trusted))
                        .start());
    }

    private static AmqProxy start(Consumer<ClientTls> change) {
        return start(change, true);
    }

    private static AmqProxy start(Consumer<ClientTls> change, boolean withCertificate) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listenTls("127.0.0.1", 0, tls -> {
                    if (withCertificate) {
                        tls.certificate(certificate, key);
                    }
                    change.accept(tls);
                })
                .start();
    }

    private static SSLContext context() {
        return TlsClients.context(authority, null);
    }

    private static Connection connect(AmqProxy proxy) throws Exception {
        return TlsClients.factory(proxy.address().getPort(), context()).newConnection();
    }

    private static SSLSocket socket(AmqProxy proxy, SSLContext context) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", proxy.address().getPort());
        socket.setSoTimeout(120_000);
        return socket;
    }

    private static String shownBy(AmqProxy proxy) throws IOException {
        try (SSLSocket socket = socket(proxy, context())) {
            X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return shown.getSubjectX500Principal().getName();
        }
    }

    private static void write(Authority.Issued issued, Path certificate, Path key) {
        issued.writeCertificate(certificate);
        issued.writeKey(key);
    }

    private static void publishAndGet(Connection connection) throws Exception {
        try (connection;
                Channel channel = connection.createChannel()) {
            String queue = channel.queueDeclare().getQueue();
            channel.basicPublish("", queue, null, new byte[] {42});
            assertThat(channel.basicGet(queue, true).getBody()).containsExactly(42);
        }
    }
}
