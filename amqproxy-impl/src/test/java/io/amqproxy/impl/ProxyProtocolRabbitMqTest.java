package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.PoolPolicy;
import io.amqproxy.ProxyListener;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.RabbitNode;
import io.amqproxy.testkit.Requirements;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A RabbitMQ that takes no connection without a header of the PROXY protocol. */
@Tag("broker")
@Timeout(300)
class ProxyProtocolRabbitMqTest {

    private static final String FROM = "127.0.0.7";

    @TempDir
    private static Path directory;

    private static Path trusted;
    private static @Nullable RabbitNode started;

    @BeforeAll
    static void start() {
        Requirements.check(RabbitNode.isInstalled(), "an installed rabbitmq-server");
        Authority authority = Authority.named("test authority");
        trusted = authority.writeCertificate(directory.resolve("ca.pem"));
        Authority.Issued broker = authority.issue("broker", "127.0.0.1");
        List<String> settings = new ArrayList<>(RabbitNode.tlsSettings(
                trusted,
                broker.writeCertificate(directory.resolve("broker.pem")),
                broker.writeKey(directory.resolve("broker.key"))));
        settings.add(RabbitNode.BEHIND_PROXY);
        started = RabbitNode.start(settings.toArray(new String[0]));
    }

    @AfterAll
    static void stop() {
        if (started != null) {
            started.close();
        }
    }

    private final List<String> why = new CopyOnWriteArrayList<>();

    private final ProxyListener unreachable = new ProxyListener() {
        @Override
        public void brokerUnreachable(String endpoint, String reason, @Nullable String route) {
            why.add(reason);
        }
    };

    private static RabbitNode node() {
        return Objects.requireNonNull(started);
    }

    private static AmqProxy.Builder builder() {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + node().login().port())
                .upstreamProxyProtocol(true)
                .listen(0);
    }

    private static RawClient client(AmqProxy proxy) throws Exception {
        return new RawClient(proxy.address().getPort(), FROM);
    }

    /** Host and port of who has a connection, as the broker sees them. */
    private static List<String> peers() {
        return node().ctl("list_connections", "peer_host", "peer_port")
                .lines()
                .skip(1) // The names of the columns.
                .map(line -> line.replace('\t', ':'))
                .toList();
    }

    @Test
    void ofAConnectionForOneClientItIsToldTheClientsAddress() throws Exception {
        try (AmqProxy proxy = builder().policy(PoolPolicy.exclusive()).start();
                RawClient client = client(proxy)) {
            client.logIn("guest", "guest", "/").publishConfirmed("q");

            int port = proxy.clients().get(0).address().getPort();
            assertThat(peers()).contains(FROM + ':' + port);
        }
    }

    @Test
    void ofAConnectionForManyItIsToldTheProxys() throws Exception {
        try (AmqProxy proxy = builder().start();
                RawClient client = client(proxy)) {
            client.logIn("guest", "guest", "/").publishConfirmed("q");

            assertThat(peers()).isNotEmpty().allMatch(peer -> peer.startsWith("127.0.0.1:"));
        }
    }

    @Test
    void theHeaderGoesBeforeTls() throws Exception {
        try (AmqProxy proxy = builder()
                        .upstream("amqps://127.0.0.1:" + node().tlsPort())
                        .upstreamTls(tls -> tls.trust(trusted))
                        .start();
                RawClient client = client(proxy)) {
            client.logIn("guest", "guest", "/").publishConfirmed("q");
        }
    }

    @Test
    void aProxyThatSaysNothingIsNotTakenUntilAReloadMakesItDoSo() throws Exception {
        AmqProxy.Builder settings = builder().upstreamProxyProtocol(false).listener(unreachable);
        try (AmqProxy proxy = settings.start()) {
            Await.until("it was found that the broker does not answer", () -> !why.isEmpty());
            assertThat(proxy.health().ready()).isFalse();

            proxy.reload(settings.upstreamProxyProtocol(true));
            Await.until("the proxy is ready", () -> proxy.health().ready());
            try (RawClient client = client(proxy)) {
                client.logIn("guest", "guest", "/").publishConfirmed("q");
            }
        }
    }

    @Test
    void aBrokerThatDoesNotExpectTheHeaderTakesNoConnectionWithIt() throws Exception {
        try (RabbitNode plain = RabbitNode.start();
                AmqProxy proxy = builder()
                        .upstream("amqp://127.0.0.1:" + plain.login().port())
                        .listener(unreachable)
                        .start()) {
            Await.until("it was found that the broker does not answer", () -> !why.isEmpty());

            assertThat(proxy.health().ready()).isFalse();
        }
    }
}
