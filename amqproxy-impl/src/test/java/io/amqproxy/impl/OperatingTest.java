package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.LeaseInfo;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.LatencyLink;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an operator's tools see and do: times, the broker's health, replacing a pool's connections. */
@Timeout(300)
@Tag("broker")
class OperatingTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private final BlockingQueue<Duration> waits = new LinkedBlockingQueue<>();
    private final BlockingQueue<Duration> logins = new LinkedBlockingQueue<>();
    private final BlockingQueue<Duration> fences = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> health = new LinkedBlockingQueue<>();
    private final ProxyListener listener = new ProxyListener() {
        @Override
        public void channelLeased(LeaseInfo lease, Duration waited) {
            waits.add(waited);
        }

        @Override
        public void upstreamOpened(UpstreamInfo upstream, Duration took) {
            logins.add(took);
        }

        @Override
        public void channelFenced(UpstreamInfo upstream, int channel, Duration took) {
            fences.add(took);
        }

        @Override
        public void brokerReachable(String endpoint, @Nullable String route) {
            health.add("reachable " + endpoint);
        }

        @Override
        public void brokerUnreachable(String endpoint, String reason, @Nullable String route) {
            health.add("unreachable " + endpoint);
        }
    };

    @Test
    void timesOfLogInsWaitsAndFencesAreTold() throws Exception {
        ExecutorService second = Executors.newSingleThreadExecutor();
        try (AmqProxy proxy = builder(broker.port())
                        .maxConnections(1)
                        .maxChannelsPerConnection(1)
                        .start();
                Connection connection = connect(proxy);
                Connection other = connect(proxy);
                Channel waiting = other.createChannel()) {
            Channel holds = connection.createChannel();
            holds.exchangeDeclarePassive("amq.direct");
            Future<?> done = second.submit(() -> waiting.exchangeDeclarePassive("amq.direct"));
            assertThat(next(waits)).isZero();

            holds.close();

            done.get(30, TimeUnit.SECONDS);
            assertThat(next(waits)).isGreaterThanOrEqualTo(Duration.ZERO);
            assertThat(next(logins)).isPositive();
            assertThat(next(fences)).isGreaterThanOrEqualTo(Duration.ZERO);
        } finally {
            second.shutdownNow();
        }
    }

    @Test
    void theBrokersHealthIsToldWhenItChanges() throws Exception {
        LatencyLink link = LatencyLink.to(broker.port(), Duration.ZERO);
        try (AmqProxy proxy = builder(link.port()).start()) {
            assertThat(next(health)).isEqualTo("reachable 127.0.0.1:" + link.port());
            Connection lost = connect(proxy);
            lost.createChannel().exchangeDeclarePassive("amq.direct");

            link.close();

            assertThat(next(health)).isEqualTo("unreachable 127.0.0.1:" + link.port());
            lost.abort();
        } finally {
            link.close();
        }
    }

    @Test
    void aDrainedPoolGetsNewConnectionsAndItsClientsNoticeNothing() throws Exception {
        try (AmqProxy proxy = builder(broker.port()).start();
                Connection connection = connect(proxy)) {
            Channel before = connection.createChannel();
            before.exchangeDeclarePassive("amq.direct");

            assertThat(proxy.drainPool("guest", "nowhere")).isZero();
            assertThat(proxy.drainPool("guest", "/")).isEqualTo(1);

            before.exchangeDeclarePassive("amq.direct");
            try (Channel after = connection.createChannel()) {
                after.exchangeDeclarePassive("amq.direct");
                assertThat(proxy.stats().pools())
                        .singleElement()
                        .extracting(PoolStats::upstreams)
                        .isEqualTo(2);
            }
            before.close();
            Await.until("the old connection is closed", () -> proxy.stats().upstreams() == 1);
            assertThat(proxy.stats().upstreamsTotal()).isEqualTo(2);
        }
    }

    @Test
    void aPolicyThatBlocksIsSeenInTheTurnsOfItsLoop() throws Exception {
        PoolPolicy blocking = (request, pool) -> {
            LockSupport.parkNanos(Duration.ofMillis(30).toNanos());
            return PoolPolicy.multiplexed().place(request, pool);
        };
        try (AmqProxy proxy = builder(broker.port()).loops(1).policy(blocking).start();
                Connection connection = connect(proxy)) {
            connection.createChannel().exchangeDeclarePassive("amq.direct");

            assertThat(proxy.stats().loops()).singleElement().satisfies(loop -> {
                assertThat(loop.slowTurns()).isPositive();
                assertThat(loop.longestTurn()).isPositive();
            });
        }
    }

    @Test
    void healthHasAReasonAndConnectionsHaveFigures() throws Exception {
        LatencyLink link = LatencyLink.to(broker.port(), Duration.ZERO);
        AmqProxy proxy = builder(link.port()).start();
        try {
            Await.until("the broker has answered", () -> proxy.health().ready());
            Connection connection = connect(proxy);
            connection.createChannel().exchangeDeclarePassive("amq.direct");

            assertThat(proxy.upstreams()).singleElement().satisfies(upstream -> {
                assertThat(upstream.open()).isTrue();
                assertThat(upstream.retired()).isFalse();
                assertThat(upstream.blocked()).isFalse();
                assertThat(upstream.clients()).isEqualTo(1);
                assertThat(upstream.channelsLeased()).isEqualTo(1);
                assertThat(upstream.info().user()).isEqualTo("guest");
                assertThat(upstream.age()).isPositive();
                assertThat(upstream.bytesOut()).isPositive();
            });
            assertThat(proxy.stats().pools()).singleElement().satisfies(pool -> {
                assertThat(pool.waiting()).isZero();
                assertThat(pool.longestWait()).isZero();
                assertThat(pool.opening()).isZero();
                assertThat(pool.mostUpstreams()).isEqualTo(1);
            });
            proxy.pause();
            assertThat(proxy.health().reason()).contains("paused");
            proxy.resume();
            assertThat(proxy.health().reason()).isEmpty();

            link.close();

            Await.until("the broker is away", () -> !proxy.health().ready());
            assertThat(proxy.health().reason()).contains("127.0.0.1:" + link.port());
            connection.abort();
            proxy.close();
            assertThat(proxy.health().ready()).isFalse();
            assertThat(proxy.upstreams()).isEmpty();
        } finally {
            proxy.close();
            link.close();
        }
    }

    @Test
    void whoWaitsInVainIsCounted() throws Exception {
        ExecutorService second = Executors.newSingleThreadExecutor();
        try (AmqProxy proxy = builder(broker.port())
                        .maxConnections(1)
                        .maxChannelsPerConnection(1)
                        .acquireTimeout(Duration.ofSeconds(5)) // Long enough for that to be seen.
                        .start();
                Connection connection = connect(proxy)) {
            connection.createChannel().exchangeDeclarePassive("amq.direct");
            Connection other = connect(proxy);
            Channel waits = other.createChannel();
            Future<?> refused = second.submit(() -> waits.exchangeDeclarePassive("amq.direct"));
            Await.until(
                    "it waits",
                    () -> proxy.stats().pools().get(0).waiting() == 1
                            && proxy.stats().pools().get(0).longestWait().toNanos() > 0);

            assertThatThrownBy(() -> refused.get(30, TimeUnit.SECONDS)).hasStackTraceContaining("320");

            assertThat(proxy.stats().pools().get(0).acquireTimeouts()).isEqualTo(1);
            assertThat(proxy.stats().pools().get(0).waiting()).isZero();
        } finally {
            second.shutdownNow();
        }
    }

    private AmqProxy.Builder builder(int port) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + port)
                .listen(0)
                .loops(1)
                .listener(listener);
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(60, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return Objects.requireNonNull(next);
    }

    private static Connection connect(AmqProxy proxy) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
