package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.CidrSet;
import io.amqproxy.ClientInfo;
import io.amqproxy.EndpointChoice;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.Connector;
import io.amqproxy.impl.pool.Endpoints;
import io.amqproxy.impl.pool.LoginGuard;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.PoolRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that come, while something fails in the proxy. */
@Timeout(60)
class FrontendTest {

    private final AtomicBoolean failing = new AtomicBoolean(true);

    private final class FailingListener implements ProxyListener {
        @Override
        public void clientConnected(ClientInfo client) {
            if (failing.get()) {
                throw new StackOverflowError("on purpose");
            }
        }
    }

    private static final class Silent implements Endpoints.Reporter {
        @Override
        public void onProved(String endpoint) {}

        @Override
        public void onFailed(String endpoint, String why) {}

        @Override
        public void onDoubt(String endpoint) {}
    }

    private static final class NoBroker implements Connector {
        @Override
        public String endpoint() {
            return "broker:5672";
        }

        @Override
        public void connect(OutboundSession session) {
            throw new AssertionError("nobody logs in");
        }
    }

    @Test
    void aClientWhoseWelcomeFailsLeavesNothingBehindAndCostsTheNextOneNothing() throws Exception {
        Settings settings = new Settings.Draft(new MultiplexedPolicy()).build(1);
        EventLoop loop = new EventLoop(new LoopContext(settings, new FailingListener()), Thread::new);
        Endpoints endpoints = new Endpoints(List.of(new NoBroker()), EndpointChoice.ordered(), new Silent());
        PoolRegistry registry =
                new PoolRegistry(loop.context(), endpoints, () -> 1, new LoginGuard(5), loop::execute);
        Frontend.Shared shared = new Frontend.Shared(
                List.of(new Amqp091()), settings, Runnable::run, 1, Runnable::run, null);
        Frontend front = new Frontend(loop, registry, shared);
        loop.start();
        try (ServerSocketChannel server = ServerSocketChannel.open()
                        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                ReservedPort port = ReservedPort.take(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                SocketChannel first = SocketChannel.open(server.getLocalAddress());
                SocketChannel accepted = server.accept()) {
            ListenConfig where = new ListenConfig(port, null, CidrSet.none());
            assertThat(ask(loop, () -> front.welcome(accepted, where), front)).isZero();
            assertThat(shared.clients).hasValue(0);
            assertThat(accepted.isOpen()).isFalse();
            assertThat(loop.ask(front::clients).get(30, TimeUnit.SECONDS)).isEmpty();

            failing.set(false);
            try (SocketChannel second = SocketChannel.open(server.getLocalAddress());
                    SocketChannel next = server.accept()) {
                assertThat(ask(loop, () -> front.welcome(next, where), front)).isEqualTo(1);
                assertThat(shared.clients).hasValue(1);
                assertThat(second.isConnected()).isTrue();
            }
            assertThat(first.isOpen()).isTrue();
        } finally {
            loop.stop();
            assertThat(loop.join(30_000)).isTrue();
            shared.close();
        }
    }

    /** {@return the connections after this was done} */
    private static int ask(EventLoop loop, Runnable what, Frontend front) throws Exception {
        return loop.ask(() -> {
                    what.run();
                    return front.connections();
                })
                .get(30, TimeUnit.SECONDS);
    }
}
