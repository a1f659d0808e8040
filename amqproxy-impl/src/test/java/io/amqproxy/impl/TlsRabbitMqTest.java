package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultSaslConfig;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.ExternalLogin;
import io.amqproxy.UpstreamTls;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.ForeignClient;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import io.amqproxy.testkit.RabbitNode;
import io.amqproxy.testkit.Requirements;
import io.amqproxy.testkit.TlsClients;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS on both sides of the proxy: to a RabbitMQ that insists on certificates, and to the clients. */
@Tag("broker")
@Timeout(300)
class TlsRabbitMqTest {

    @TempDir
    private static Path directory;

    private static Authority authority;
    private static Path trusted;
    private static Authority.Issued own;
    private static Path ownCertificate;
    private static Path ownKey;
    private static @Nullable RabbitNode started;

    @BeforeAll
    static void start() {
        Requirements.check(RabbitNode.isInstalled(), "an installed rabbitmq-server");
        authority = Authority.named("test authority");
        trusted = authority.writeCertificate(directory.resolve("ca.pem"));
        Authority.Issued broker = authority.issue("broker", "127.0.0.1");
        List<String> settings = new ArrayList<>(RabbitNode.tlsSettings(
                trusted,
                broker.writeCertificate(directory.resolve("broker.pem")),
                broker.writeKey(directory.resolve("broker.key"))));
        settings.remove("ssl_options.fail_if_no_peer_cert = false");
        settings.add("ssl_options.fail_if_no_peer_cert = true");
        started = RabbitNode.start(settings.toArray(new String[0]));
        own = authority.issue("proxy", "127.0.0.1", "localhost");
        ownCertificate = own.writeCertificate(directory.resolve("proxy.pem"));
        ownKey = own.writeKey(directory.resolve("proxy.key"));
    }

    @AfterAll
    static void stop() {
        if (started != null) {
            started.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void messagesPassToRabbitMqAndBack(String version) throws Exception {
        try (AmqProxy proxy =
                start(tls -> tls.certificate(ownCertificate, ownKey).protocols(version))) {
            byte[] large = new byte[2_000_000];
            large[1_234_567] = 1;
            try (Connection connection = connect(proxy)) {
                assertThat(JavaClients.passOn(connection, large)).isEqualTo(large);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aProxyWithoutCertificateIsRefusedByRabbitMqAndTheClientIsToldSo(String version) throws Exception {
        assertThat(BrokerFailure.toldBy(builder(tls -> tls.protocols(version)))).contains("TLS: Received fatal alert");
    }

    @Test
    void aCertificateThatRabbitMqDoesNotTrustIsRefusedAndTheClientIsToldSo() throws Exception {
        Authority.Issued stranger = Authority.named("somebody else").issue("mallory");
        Path certificate = stranger.writeCertificate(directory.resolve("mallory.pem"));
        Path key = stranger.writeKey(directory.resolve("mallory.key"));
        assertThat(BrokerFailure.toldBy(builder(tls -> tls.certificate(certificate, key))))
                .contains("TLS: Received fatal alert");
    }

    @ParameterizedTest
    @EnumSource(ForeignClient.class)
    void clientsOfOtherLanguagesUseBothListeners(ForeignClient client) throws Exception {
        client.require();
        String queue = "tls-" + client;
        try (AmqProxy proxy = start(tls -> tls.certificate(ownCertificate, ownKey));
                Connection connection = connect(proxy);
                Channel channel = connection.createChannel()) {
            // By name, as librabbitmq does not compare addresses.
            int port = proxy.addresses().get(1).getPort();
            Login login = new Login("localhost", port, "guest", "guest", "/", trusted);
            channel.queueDeclare(queue, false, false, false, null);

            client.publishEach(login, queue, 50, "m");
            client.roundtrip(login, "tls-roundtrip-" + client);

            Await.until("all messages arrived", () -> channel.messageCount(queue) == 50);
            assertThat(proxy.stats().clientsTotal()).isEqualTo(52);

            Login plain = Login.guest(proxy.address().getPort());
            client.publishEach(plain, queue, 50, "m");
            client.roundtrip(plain, "plain-roundtrip-" + client);
            Await.until("all messages arrived", () -> channel.messageCount(queue) == 100);
            channel.queueDelete(queue);
            assertThat(client.expectError(login.as("guest", "wrong")))
                    .isEqualTo(client.expectError(Login.guest(node().port()).as("guest", "wrong")));
        }
    }

    @Test
    void aClientLogsInByItsCertificate() throws Exception {
        List<List<String>> asked = new CopyOnWriteArrayList<>();
        ExternalLogin login = chain -> {
            asked.add(chain.stream()
                    .map(certificate -> certificate.getSubjectX500Principal().getName())
                    .toList());
            return chain.get(0).getSubjectX500Principal().getName().equals("CN=alice")
                    ? new ExternalLogin.Account("guest", "guest")
                    : null;
        };
        try (AmqProxy proxy = startWithExternal(login)) {
            try (Connection connection =
                            external(proxy, authority.issue("alice")).newConnection();
                    Channel channel = connection.createChannel()) {
                channel.queueDeclare();
                assertThat(asked).containsExactly(List.of("CN=alice"));
                assertThat(proxy.clients()).extracting(ClientInfo::user).containsExactly("guest");
            }
            assertThatThrownBy(() -> external(proxy, authority.issue("bob")).newConnection())
                    .isInstanceOf(PossibleAuthenticationFailureException.class)
                    .hasMessageContaining("using authentication mechanism EXTERNAL");
        }
    }

    @Test
    void aFaultyLookUpOfAccountsRefuses() throws Exception {
        ExternalLogin faulty = chain -> {
            throw new IllegalStateException("on purpose");
        };
        try (AmqProxy proxy = startWithExternal(faulty)) {
            assertThatThrownBy(() -> external(proxy, authority.issue("alice")).newConnection())
                    .isInstanceOf(PossibleAuthenticationFailureException.class);
        }
    }

    @Test
    void externalIsOfferedOnlyToThoseWhoShowedACertificate() throws Exception {
        try (AmqProxy proxy = startWithExternal(chain -> new ExternalLogin.Account("guest", "guest"))) {
            ConnectionFactory without = external(proxy, null);
            assertThatThrownBy(without::newConnection).isInstanceOf(IOException.class);
            without.setSaslConfig(DefaultSaslConfig.PLAIN);
            without.newConnection().close();
        }
        try (AmqProxy proxy = start(tls -> tls.certificate(ownCertificate, ownKey))) {
            assertThatThrownBy(() -> external(proxy, authority.issue("alice")).newConnection())
                    .isInstanceOf(IOException.class);
        }
    }

    private static RabbitNode node() {
        RabbitNode node = started;
        assertThat(node).isNotNull();
        return node;
    }

    /** With a plain listener and one for TLS. */
    private static AmqProxy start(Consumer<UpstreamTls> settings) {
        return builder(settings)
                .listenTls("127.0.0.1", 0, tls -> tls.certificate(ownCertificate, ownKey))
                .start();
    }

    private static AmqProxy startWithExternal(ExternalLogin login) {
        return builder(tls -> tls.certificate(ownCertificate, ownKey))
                .listenTls(
                        "127.0.0.1",
                        0,
                        tls -> tls.certificate(ownCertificate, ownKey)
                                .trust(trusted)
                                .external(login))
                .start();
    }

    private static AmqProxy.Builder builder(Consumer<UpstreamTls> settings) {
        return AmqProxy.builder()
                .upstream("amqps://127.0.0.1:" + node().tlsPort())
                .upstreamTls(tls -> settings.accept(tls.trust(trusted)))
                .listen(0);
    }

    private static Connection connect(AmqProxy proxy) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private static ConnectionFactory external(AmqProxy proxy, Authority.@Nullable Issued shown) {
        ConnectionFactory factory =
                TlsClients.factory(proxy.addresses().get(1).getPort(), TlsClients.context(authority, shown));
        factory.setSaslConfig(DefaultSaslConfig.EXTERNAL);
        return factory;
    }
}
