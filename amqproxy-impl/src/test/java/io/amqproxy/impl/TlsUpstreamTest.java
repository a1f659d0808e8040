package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.CloseReason;
import io.amqproxy.PoolPolicy;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.UpstreamTls;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.LatencyLink;
import io.amqproxy.testkit.TlsClients;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The proxy speaks TLS to Qpid in the same JVM. */
@Timeout(300)
@Tag("broker")
class TlsUpstreamTest {

    @TempDir
    private static Path directory;

    private static Authority authority;
    private static Path trusted;
    private static EmbeddedBroker broker;

    @BeforeAll
    static void start() {
        authority = Authority.named("test authority");
        trusted = authority.writeCertificate(directory.resolve("ca.pem"));
        broker = brokerWith(authority.issueFor("RSA", "broker", "127.0.0.1"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static EmbeddedBroker brokerWith(Authority.Issued issued) {
        return EmbeddedBroker.builder()
                .tls(issued.writeKeyStore(directory.resolve("broker.p12"), "store"), "store")
                .start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void messagesPassBothWays(String version) throws Exception {
        try (AmqProxy proxy = start(tls -> tls.trust(trusted).protocols(version))) {
            byte[] large = new byte[2_000_000];
            large[1_234_567] = 1;
            try (Connection connection = connect(proxy)) {
                assertThat(JavaClients.passOn(connection, large)).isEqualTo(large);
            }
        }
    }

    @Test
    void aCertificateForAnotherHostIsToldToTheClient() throws Exception {
        assertThat(BrokerFailure.toldBy(builder("localhost", broker.tlsPort(), tls -> tls.trust(trusted))))
                .contains("matching localhost found");
    }

    @Test
    void anUnknownAuthorityIsToldToTheClient() throws Exception {
        Path another = Authority.named("somebody else").writeCertificate(directory.resolve("another-ca.pem"));
        assertThat(BrokerFailure.toldBy(builder("127.0.0.1", broker.tlsPort(), tls -> tls.trust(another))))
                .contains("the certificate's issuer is not trusted");
    }

    @Test
    void theAuthoritiesOfTheJdkDoNotKnowOurs() throws Exception {
        assertThat(BrokerFailure.toldBy(builder("127.0.0.1", broker.tlsPort(), tls -> {})))
                .contains("the certificate's issuer is not trusted");
    }

    @Test
    void anExpiredCertificateIsToldToTheClientAndToListeners() throws Exception {
        List<String> failures = new CopyOnWriteArrayList<>();
        ProxyListener listener = new ProxyListener() {
            @Override
            public void upstreamFailed(UpstreamInfo upstream, CloseReason reason) {
                failures.add(reason.text());
            }

            @Override
            public void brokerUnreachable(String endpoint, String reason, @Nullable String route) {
                failures.add(reason);
            }
        };
        Authority.Issued issued = authority.issueExpired("broker", "127.0.0.1");
        Path certificate = issued.writeCertificate(directory.resolve("expired.pem"));
        Path key = issued.writeKey(directory.resolve("expired.key"));
        // Another proxy, as Qpid does not show a certificate that has expired.
        try (AmqProxy expired = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listenTls("127.0.0.1", 0, tls -> tls.certificate(certificate, key))
                .start()) {
            assertThat(BrokerFailure.toldBy(AmqProxy.builder()
                            .upstream(expired.uri().toString())
                            .upstreamTls(tls -> tls.trust(trusted))
                            .listen(0)
                            .listener(listener)))
                    .contains("the certificate has expired");
            Await.until("listeners are told", () -> !failures.isEmpty());
            assertThat(failures).allMatch(text -> text.contains("the certificate has expired"));
        }
    }

    @Test
    void whatNobodyVerifiesIsAccepted() throws Exception {
        try (AmqProxy proxy = startAt("localhost", UpstreamTls::withoutVerification)) {
            publishAndGet(proxy);
        }
    }

    @Test
    void theNameOfTheServerMayBeAnother() throws Exception {
        try (EmbeddedBroker named = brokerWith(authority.issue("broker", "broker.example"));
                AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqps://127.0.0.1:" + named.tlsPort())
                        .upstreamTls(tls -> tls.trust(trusted).serverName("broker.example"))
                        .listen(0)
                        .start()) {
            publishAndGet(proxy);
        }
    }

    /** In front of another proxy, as Qpid's port does not resume. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void connectionsToTheBrokerResumeASession(String version) throws Exception {
        AtomicInteger verified = new AtomicInteger();
        SSLContext counting = TlsClients.counting(authority, verified);
        Authority.Issued issued = authority.issue("broker", "127.0.0.1");
        Path certificate = issued.writeCertificate(directory.resolve("front.pem"));
        Path key = issued.writeKey(directory.resolve("front.key"));
        try (AmqProxy front = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listenTls("127.0.0.1", 0, tls -> tls.certificate(certificate, key))
                        .start();
                AmqProxy proxy = AmqProxy.builder()
                        .upstream(front.uri().toString())
                        .upstreamTls(tls -> tls.context(counting).protocols(version))
                        .policy(PoolPolicy.exclusive())
                        .amqp10(false) // Else there is one more probe, at some time.
                        .listen(0)
                        .start()) {
            // The probe's session is the first; it ends before a ticket of TLS 1.3 has come.
            Await.until(
                    "the probe is over",
                    () -> proxy.health().ready() && front.stats().clients() == 0);
            publishAndGet(proxy);
            int before = verified.get();
            List<Connection> open = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                open.add(connect(proxy));
                open.get(i).createChannel().queueDeclare();
            }
            assertThat(front.stats().clientsTotal()).isGreaterThanOrEqualTo(5);
            assertThat(verified.get()).isEqualTo(before);
            for (Connection connection : open) {
                connection.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aBrokerThatInsistsOnACertificateGetsOneOrTheClientIsTold(String version) throws Exception {
        Authority.Issued issued = authority.issue("broker", "127.0.0.1");
        Path certificate = issued.writeCertificate(directory.resolve("strict.pem"));
        Path key = issued.writeKey(directory.resolve("strict.key"));
        Authority.Issued own = authority.issue("proxy");
        Path ownCertificate = own.writeCertificate(directory.resolve("own.pem"));
        Path ownKey = own.writeKey(directory.resolve("own.key"));
        try (AmqProxy strict = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listenTls(
                        "127.0.0.1",
                        0,
                        tls -> tls.certificate(certificate, key)
                                .trust(trusted)
                                .requireClientCertificate()
                                .protocols(version))
                .start()) {
            int port = strict.address().getPort();
            try (AmqProxy proxy =
                    start("127.0.0.1", port, tls -> tls.trust(trusted).certificate(ownCertificate, ownKey))) {
                publishAndGet(proxy);
            }
            assertThat(BrokerFailure.toldBy(builder("127.0.0.1", port, tls -> tls.trust(trusted))))
                    .contains("TLS: ");
            Authority.Issued old = authority.issueExpired("proxy");
            Path oldCertificate = old.writeCertificate(directory.resolve("old.pem"));
            Path oldKey = old.writeKey(directory.resolve("old.key"));
            assertThat(BrokerFailure.toldBy(
                            builder("127.0.0.1", port, tls -> tls.trust(trusted).certificate(oldCertificate, oldKey))))
                    .contains("TLS: ");
        }
    }

    @Test
    void whatIsRenewedWhileTheProxyRunsServesTheNextConnections() throws Exception {
        Authority.Issued issued = authority.issue("broker", "127.0.0.1");
        Path certificate = issued.writeCertificate(directory.resolve("renewed-broker.pem"));
        Path key = issued.writeKey(directory.resolve("renewed-broker.key"));
        Authority stranger = Authority.named("somebody else");
        Path authorities = stranger.writeCertificate(directory.resolve("renewed-ca.pem"));
        Path ownCertificate = directory.resolve("renewed-own.pem");
        Path ownKey = directory.resolve("renewed-own.key");
        write(stranger.issue("proxy"), ownCertificate, ownKey);
        try (AmqProxy strict = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listenTls(
                        "127.0.0.1",
                        0,
                        tls -> tls.certificate(certificate, key).trust(trusted).requireClientCertificate())
                .start()) {
            AmqProxy.Builder builder = AmqProxy.builder()
                    .upstream(strict.uri().toString())
                    .upstreamTls(tls -> tls.trust(authorities).certificate(ownCertificate, ownKey))
                    .tlsReload(Duration.ofMillis(20))
                    .acquireTimeout(BrokerFailure.PATIENCE)
                    .listen(0);
            try (AmqProxy proxy = builder.start()) {
                assertThat(BrokerFailure.toldBy(proxy, builder)).contains("the certificate's issuer is not trusted");
                proxy.reload(builder.acquireTimeout(BrokerFailure.PATIENCE));

                authority.writeCertificate(authorities);
                Await.until(
                        "the broker is trusted",
                        () -> String.valueOf(proxy.stats().endpoints().get(0).lastFailure())
                                .contains("TLS: Received fatal alert"));
                write(authority.issue("proxy"), ownCertificate, ownKey);
                publishAndGet(proxy);
            }
        }
    }

    private static void write(Authority.Issued issued, Path certificate, Path key) {
        issued.writeCertificate(certificate);
        issued.writeKey(key);
    }

    @Test
    void aBrokerThatIsSilentInTheHandshakeIsGivenUpInTime() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            assertThat(BrokerFailure.toldBy(AmqProxy.builder()
                            .upstream("amqps://127.0.0.1:" + silent.getLocalPort())
                            .listen(0)
                            .tlsTimeout(Duration.ofMillis(100))))
                    .contains("last failure");
        }
    }

    @Test
    void aConnectionThatIsCutIsReplaced() throws Exception {
        try (LatencyLink link = LatencyLink.to(broker.tlsPort(), Duration.ZERO);
                AmqProxy proxy = start("127.0.0.1", link.port(), tls -> tls.trust(trusted))) {
            publishAndGet(proxy);
            link.cut();
            Await.until("the upstream is gone", () -> proxy.stats().upstreams() == 0);
            publishAndGet(proxy);
        }
    }

    private static AmqProxy start(Consumer<UpstreamTls> settings) {
        return startAt("127.0.0.1", settings);
    }

    private static AmqProxy startAt(String host, Consumer<UpstreamTls> settings) {
        return start(host, broker.tlsPort(), settings);
    }

    private static AmqProxy start(String host, int port, Consumer<UpstreamTls> settings) {
        return builder(host, port, settings).start();
    }

    private static AmqProxy.Builder builder(String host, int port, Consumer<UpstreamTls> settings) {
        return AmqProxy.builder()
                .upstream("amqps://" + host + ':' + port)
                .upstreamTls(settings)
                .listen(0);
    }

    private static Connection connect(AmqProxy proxy) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private static void publishAndGet(AmqProxy proxy) throws Exception {
        try (Connection connection = connect(proxy);
                Channel channel = connection.createChannel()) {
            String queue = channel.queueDeclare().getQueue();
            channel.basicPublish("", queue, null, new byte[] {42});
            assertThat(channel.basicGet(queue, true).getBody()).containsExactly(42);
        }
    }
}
