package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.JavaClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One limit of connections for pools of several loops, with sockets and threads. */
@Timeout(300)
class TotalConnectionsOverSocketsTest {

    private static final int MOST = 6;
    private static final int USERS = 12;
    private static final int ROUNDS = 5;
    /** Each waits for others, for as long as a slow machine takes. */
    private static final Duration SLOW = Duration.ofMinutes(2);

    @Test
    void usersOfAllLoopsShareTheConnectionsAndAllAreServed() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(USERS);
        Most most = new Most();
        try (InMemoryBroker broker = InMemoryBroker.start();
                AmqProxy proxy = AmqProxy.builder()
                        .upstream(broker.uri().toString())
                        .listen(0)
                        .loops(3)
                        .maxTotalConnections(MOST)
                        .acquireTimeout(SLOW)
                        .listener(most)
                        .start()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < USERS; i++) {
                String user = "user" + i;
                all.add(clients.submit(() -> {
                    for (int round = 0; round < ROUNDS; round++) {
                        publish(proxy, user);
                    }
                    return user;
                }));
            }
            for (Future<?> one : all) {
                one.get(SLOW.toSeconds(), TimeUnit.SECONDS);
            }

            assertThat(broker.messageCount("/", "q")).isEqualTo(USERS * ROUNDS);
            assertThat(proxy.stats().maxTotalConnections()).isEqualTo(MOST);
            assertThat(proxy.stats().connectionsGivenUp()).isPositive();
            assertThat(proxy.stats().poolsWaiting()).isZero();
            assertThat(proxy.stats().acquireTimeouts()).isZero();
        } finally {
            clients.shutdownNow();
        }
        assertThat(most.atOnce).isBetween(1, MOST);
        assertThat(most.now).as("the end of each was told").isZero();
    }

    /** Counts connections to the broker as listeners are told of them, which is in order, whichever loop has them. */
    private static final class Most implements ProxyListener {
        private int now;
        private int atOnce;

        @Override
        public void upstreamConnecting(UpstreamInfo upstream) {
            atOnce = Math.max(atOnce, ++now);
        }

        @Override
        public void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
            now--;
        }

        @Override
        public void upstreamFailed(UpstreamInfo upstream, CloseReason reason) {
            now--;
        }
    }

    private static void publish(AmqProxy proxy, String user) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(proxy.uri());
        factory.setUsername(user);
        factory.setHandshakeTimeout((int) SLOW.toMillis());
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare("q", false, false, false, null);
            channel.confirmSelect();
            channel.basicPublish("", "q", null, new byte[] {1});
            channel.waitForConfirmsOrDie(30_000);
        }
    }

    @Test
    void oneConnectionIsTooFew() {
        assertThatThrownBy(() -> AmqProxy.builder().maxTotalConnections(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxTotalConnections");
    }
}
