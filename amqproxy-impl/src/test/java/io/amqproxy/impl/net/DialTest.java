package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.upstream.Amqp091Probe;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.Ports;
import java.net.InetAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connecting to one of several addresses of a name. */
@Timeout(60)
class DialTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private EventLoop loop;

    @BeforeEach
    void start() throws Exception {
        Settings.Draft draft = new Settings.Draft(new MultiplexedPolicy());
        draft.connectTimeout = Duration.ofSeconds(30);
        Settings settings = draft.build(1);
        loop = new EventLoop(new LoopContext(settings, new ProxyListener() {}), Thread::new);
        loop.start();
    }

    @AfterEach
    void stop() throws Exception {
        loop.stop();
        assertThat(loop.join(30_000)).isTrue();
    }

    private SocketConnector connector(int port) {
        return new SocketConnector(
                loop, new SocketConnector.Means(SocketChannel::open, Runnable::run, Runnable::run), "name", port, null);
    }

    /** Answers what became of connecting: a broker, or why there is none. */
    private String dial(SocketConnector connector, List<InetAddress> addresses) throws Exception {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        loop.execute(() -> {
            Amqp091Probe session = new Amqp091Probe(loop.context(), new Protocol.ProbeResult() {
                @Override
                public void onOtherProtocol(byte[] header) {}

                @Override
                public void onProfile(BrokerProfile profile) {
                    outcome.complete("a broker");
                }

                @Override
                public void onFailed(String why) {
                    outcome.complete(why);
                }
            });
            new Dial(connector, session, connector.inOrder(addresses)).begin();
        });
        return outcome.get(30, TimeUnit.SECONDS);
    }

    private List<InetAddress> inOrder(SocketConnector connector, List<InetAddress> addresses) throws Exception {
        return loop.ask(() -> List.copyOf(connector.inOrder(addresses))).get(30, TimeUnit.SECONDS);
    }

    @Test
    void anAddressThatRefusesIsFollowedByTheNextAndTriedLastFromThenOn() throws Exception {
        InetAddress nobody = InetAddress.getByName("127.0.0.9");
        InetAddress broker = InetAddress.getLoopbackAddress();
        try (EmbeddedBroker embedded = EmbeddedBroker.start()) {
            SocketConnector connector = connector(embedded.port());

            assertThat(dial(connector, List.of(nobody, broker))).isEqualTo("a broker");

            assertThat(inOrder(connector, List.of(nobody, broker))).containsExactly(broker, nobody);
            assertThat(inOrder(connector, List.of(nobody))).containsExactly(nobody);
            loop.ask(() -> {
                        loop.context().now += SocketConnector.AVOIDED_FOR;
                        return connector.inOrder(List.of(nobody, broker));
                    })
                    .thenAccept(later -> assertThat(later).containsExactly(nobody, broker))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void whereAllAddressesRefuseItIsToldWhy() throws Exception {
        SocketConnector connector = connector(Ports.free());

        assertThat(dial(connector, List.of(InetAddress.getByName("127.0.0.8"), InetAddress.getByName("127.0.0.9"))))
                .startsWith("name:")
                .endsWith("Connection refused");
    }
}
