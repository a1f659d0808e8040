package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.upstream.Amqp091Probe;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.Ports;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connecting to one of several addresses of a name. */
@Timeout(300)
@Tag("broker")
class DialTest {

    private EventLoop loop;

    @BeforeEach
    void start() throws Exception {
        loop = new EventLoop(new LoopContext(settings(Duration.ofSeconds(30)), new ProxyListener() {}), Thread::new);
        loop.start();
    }

    private static Settings settings(Duration connectTimeout) {
        Settings.Draft draft = new Settings.Draft(new MultiplexedPolicy());
        draft.connectTimeout = connectTimeout;
        return draft.build(1);
    }

    @AfterEach
    void stop() throws Exception {
        loop.stop();
        assertThat(loop.join(30_000)).isTrue();
    }

    private SocketConnector connector(int port) {
        return connector(port, SocketChannel::open, Runnable::run);
    }

    private SocketConnector connector(int port, SocketConnector.SocketOpener sockets, Executor resolver) {
        return new SocketConnector(
                loop,
                new SocketConnector.Means(sockets, new HostLookUps(resolver), Runnable::run),
                "localhost",
                port,
                null,
                false);
    }

    /** Returns what became of connecting: a broker, or why there is none. */
    private String dial(SocketConnector connector, List<InetAddress> addresses) throws Exception {
        return outcome(session -> new Dial(connector, session, connector.inOrder(addresses)).begin());
    }

    private String outcome(Consumer<OutboundSession> begin) throws Exception {
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

                @Override
                public void onUnasked(String why) {
                    outcome.complete("not asked: " + why);
                }
            });
            begin.accept(session);
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
                .startsWith("localhost:")
                .endsWith("Connection refused");
    }

    @Test
    void aSocketThatTheProxyCannotOpenSaysNothingAboutTheAddress() throws Exception {
        SocketConnector connector = connector(
                Ports.free(),
                () -> {
                    throw new IOException("Too many open files");
                },
                Runnable::run);
        InetAddress first = InetAddress.getByName("127.0.0.8");
        InetAddress second = InetAddress.getByName("127.0.0.9");

        assertThat(dial(connector, List.of(first, second)))
                .isEqualTo("not asked: no socket for a connection: Too many open files");
        assertThat(inOrder(connector, List.of(first, second))).containsExactly(first, second);
    }

    @Test
    void anAddressThatRefusesIsToldAlsoWhereTheNextCannotBeTried() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        SocketConnector connector = connector(
                Ports.free(),
                () -> {
                    if (opened.incrementAndGet() > 1) {
                        throw new BindException("no port");
                    }
                    return SocketChannel.open();
                },
                Runnable::run);

        assertThat(dial(connector, List.of(InetAddress.getByName("127.0.0.8"), InetAddress.getByName("127.0.0.9"))))
                .startsWith("localhost:")
                .endsWith("Connection refused");
    }

    @Test
    void ofSeveralFailuresTheFirstIsTold() throws Exception {
        SocketConnector connector = connector(Ports.free());
        assertThat(outcome(session -> {
                    Dial dial = new Dial(connector, session, List.of(InetAddress.getLoopbackAddress()));
                    session.prepare(dial);
                    dial.onFailure(new IOException("the first"));
                }))
                .endsWith(": the first");
    }

    /** Some systems say only in the end that there is no port to connect from. */
    @Test
    void aPortThatTheProxyLacksSaysNothingAboutTheAddressWheneverThatIsFound() throws Exception {
        SocketConnector connector = connector(Ports.free());
        assertThat(outcome(session -> {
                    Dial dial = new Dial(connector, session, List.of());
                    session.prepare(dial);
                    dial.onFailure(new BindException("Cannot assign requested address"));
                }))
                .isEqualTo("not asked: no port for a connection: Cannot assign requested address");
    }

    @Test
    void tooManyLookUpsSayNothingAboutTheEndpoint() throws Exception {
        SocketConnector rejected = connector(1, SocketChannel::open, task -> {
            throw new RejectedExecutionException();
        });
        SocketConnector waiting = connector(1, SocketChannel::open, task -> {});
        loop.ask(() -> {
                    loop.context().settings = settings(Duration.ofMillis(10));
                    return null;
                })
                .get(30, TimeUnit.SECONDS);

        assertThat(outcome(rejected::connect)).isEqualTo("not asked: too many look-ups of host names under way");
        assertThat(outcome(waiting::connect)).isEqualTo("not asked: look-ups of host names take too long");
    }
}
