package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.AmqProxy;
import io.amqproxy.EndpointChoice;
import io.amqproxy.EndpointStats;
import io.amqproxy.PoolPolicy;
import io.amqproxy.ProxyListener;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.LatencyLink;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two ways to one broker, of which one or both fail: by a reset, by silence, by refusing. */
@Timeout(300)
@Tag("broker")
class FailoverTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private LatencyLink first;
    private LatencyLink second;

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final ProxyListener listener = new ProxyListener() {
        @Override
        public void brokerReachable(String endpoint, @Nullable String route) {
            told.add("reachable " + endpoint);
        }

        @Override
        public void brokerUnreachable(String endpoint, String reason, @Nullable String route) {
            told.add("unreachable " + endpoint);
        }

        @Override
        public void proxyPaused() {
            told.add("paused");
        }

        @Override
        public void proxyResumed() {
            told.add("resumed");
        }

        @Override
        public void proxyReloaded() {
            told.add("reloaded");
        }
    };

    @BeforeEach
    void link() {
        first = LatencyLink.to(broker.port(), Duration.ZERO);
        second = LatencyLink.to(broker.port(), Duration.ZERO);
    }

    @AfterEach
    void unlink() {
        first.close();
        second.close();
    }

    private static String uri(LatencyLink link) {
        return "amqp://" + endpoint(link);
    }

    private static String endpoint(LatencyLink link) {
        return "127.0.0.1:" + link.port();
    }

    private AmqProxy.Builder builder() {
        return AmqProxy.builder()
                .upstream(uri(first), uri(second))
                .listen(0)
                .loops(2)
                .listener(listener);
    }

    private static Connection connect(AmqProxy proxy) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private void await(String... events) throws InterruptedException {
        for (String event : events) {
            assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo(event);
        }
    }

    private static EndpointStats stats(AmqProxy proxy, LatencyLink link) {
        return proxy.stats().endpoints().stream()
                .filter(one -> one.endpoint().equals(endpoint(link)))
                .findFirst()
                .orElseThrow();
    }

    private static void ask(Channel channel) throws IOException {
        channel.exchangeDeclarePassive("amq.direct");
    }

    private void awaitBothReachable() throws InterruptedException {
        assertThat(List.of(next(), next()))
                .containsExactlyInAnyOrder("reachable " + endpoint(first), "reachable " + endpoint(second));
    }

    private String next() throws InterruptedException {
        return String.valueOf(told.poll(60, TimeUnit.SECONDS));
    }

    @Test
    void aClientWithNothingAtStakeIsMovedToTheOtherEndpointAndLaterOnesReturn() throws Exception {
        try (AmqProxy proxy = builder().start();
                Connection connection = connect(proxy)) {
            awaitBothReachable();
            Channel channel = connection.createChannel();
            ask(channel);
            assertThat(stats(proxy, first).upstreams()).isEqualTo(1);

            first.stopAccepting();
            first.cut();
            await("unreachable " + endpoint(first));
            ask(channel);
            ask(connection.createChannel());

            assertThat(stats(proxy, second).upstreams()).isEqualTo(1);
            assertThat(stats(proxy, first).reachable()).isFalse();
            assertThat(stats(proxy, first).failures()).isPositive();
            first.startAccepting();
            await("reachable " + endpoint(first));
            proxy.drainPool("guest", "/");
            ask(connection.createChannel());
            assertThat(stats(proxy, first).upstreams()).isEqualTo(1);
        }
    }

    @Test
    void aSilentLinkIsFoundOutByHeartbeatsAndTheOtherOneServes() throws Exception {
        // Of its own time-outs only the heartbeat's is short: the other link has to have time to answer.
        try (AmqProxy proxy = builder().heartbeat(Duration.ofSeconds(1)).start();
                Connection connection = connect(proxy)) {
            awaitBothReachable();
            Channel channel = connection.createChannel();
            ask(channel);
            CompletableFuture<ShutdownSignalException> closed = new CompletableFuture<>();
            Connection consumer = connect(proxy);
            consumer.addShutdownListener(closed::complete);
            Channel consuming = consumer.createChannel();
            String queue = consuming.queueDeclare().getQueue();
            consuming.basicConsume(queue, true, (tag, message) -> {}, tag -> {});

            first.stall();

            assertThat(closed.get(60, TimeUnit.SECONDS).getMessage()).contains("320");
            ask(channel);
            assertThat(stats(proxy, second).upstreams()).isPositive();
            await("unreachable " + endpoint(first));
            first.resume();
            await("reachable " + endpoint(first));
        }
    }

    @Test
    void aSilentClientIsFoundOutByHeartbeats() throws Exception {
        try (AmqProxy proxy = builder().heartbeat(Duration.ofSeconds(1)).start();
                LatencyLink toProxy = LatencyLink.to(proxy.address().getPort(), Duration.ZERO)) {
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(toProxy.port());
            factory.setAutomaticRecoveryEnabled(false);
            Connection connection = factory.newConnection();
            Channel channel = connection.createChannel();
            channel.queueDeclare("silent", false, false, false, null);
            channel.confirmSelect();
            channel.basicPublish("", "silent", null, "one".getBytes(StandardCharsets.UTF_8));
            channel.waitForConfirms();
            channel.basicGet("silent", false);

            toProxy.stall();

            Await.until("the silent client is gone", () -> proxy.stats().clients() == 0);
            try (Connection other = connect(proxy);
                    Channel getting = other.createChannel()) {
                Await.until("its message is back", () -> {
                    GetResponse again = getting.basicGet("silent", true);
                    return again != null && again.getEnvelope().isRedeliver();
                });
                getting.queueDelete("silent");
            }
            connection.abort();
        }
    }

    @Test
    void inAnOutageClientsAreHeldThenClosedAndThenRefusedUntilTheBrokerIsBack() throws Exception {
        AmqProxy.Builder settings = builder();
        try (AmqProxy proxy = settings.start()) {
            awaitBothReachable();
            Connection idle = connect(proxy);
            Connection waiting = connect(proxy);
            proxy.reload(settings.acquireTimeout(Duration.ofSeconds(2)));
            CompletableFuture<ShutdownSignalException> closed = new CompletableFuture<>();
            idle.addShutdownListener(closed::complete);
            for (LatencyLink link : List.of(first, second)) {
                link.stopAccepting();
                link.cut();
            }

            assertThatThrownBy(() -> ask(waiting.createChannel())).hasStackTraceContaining("320");
            assertThat(closed.get(60, TimeUnit.SECONDS).getMessage()).contains("no broker answers");
            Await.until("nobody is left", () -> proxy.stats().clients() == 0);
            Await.until("clients are refused", () -> {
                try {
                    connect(proxy).close();
                    return false;
                } catch (ConnectException refused) {
                    return true;
                } catch (IOException | AlreadyClosedException closedDuringLogIn) {
                    return false;
                }
            });
            proxy.reload(settings.acquireTimeout(Duration.ofMinutes(2))); // The broker may take its time again.

            second.startAccepting();

            Await.until("clients are accepted", () -> {
                try (Connection connection = connect(proxy)) {
                    ask(connection.createChannel());
                    return true;
                } catch (IOException | AlreadyClosedException refused) {
                    return false;
                }
            });
            assertThat(stats(proxy, second).upstreams()).isPositive();
        }
    }

    @Test
    void roundRobinSpreadsConnections() throws Exception {
        try (AmqProxy proxy = builder()
                        .policy(PoolPolicy.exclusive())
                        .endpointChoice(EndpointChoice.roundRobin())
                        .start();
                Connection one = connect(proxy);
                Connection other = connect(proxy)) {
            ask(one.createChannel());
            ask(other.createChannel());

            assertThat(stats(proxy, first).upstreams()).isEqualTo(1);
            assertThat(stats(proxy, second).upstreams()).isEqualTo(1);
        }
    }

    @Test
    void whilePausedNewLeasesWaitAndOthersGoOn() throws Exception {
        try (AmqProxy proxy = builder().start();
                Connection connection = connect(proxy);
                Connection other = connect(proxy)) {
            awaitBothReachable();
            Channel bound = connection.createChannel();
            ask(bound);
            Channel waiting = other.createChannel();

            proxy.pause();
            proxy.pause();
            CompletableFuture<Void> done = CompletableFuture.runAsync(() -> {
                try {
                    ask(waiting);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            ask(bound);
            assertThat(proxy.stats().paused()).isTrue();
            assertThat(proxy.stats().channelsLeased()).isEqualTo(1);
            assertThat(done).isNotDone();
            proxy.resume();

            done.get(60, TimeUnit.SECONDS);
            assertThat(proxy.stats().paused()).isFalse();
            await("paused", "resumed");
        }
    }

    @Test
    void aReloadTakesOverEndpointsAndLimits() throws Exception {
        AmqProxy.Builder builder = builder();
        try (AmqProxy proxy = builder.start();
                Connection connection = connect(proxy)) {
            awaitBothReachable();
            Channel channel = connection.createChannel();
            ask(channel);

            proxy.reload(builder.upstream(uri(second)).maxClients(1));

            await("unreachable " + endpoint(first), "reloaded");
            ask(channel);
            assertThatThrownBy(() -> connect(proxy)).isInstanceOf(IOException.class);
            assertThat(proxy.stats().endpoints())
                    .extracting(EndpointStats::endpoint)
                    .containsExactly(endpoint(second));
            channel.close();
            ask(connection.createChannel());
            Await.until("the old endpoint is left", () -> first.openConnections() == 0);
            assertThat(stats(proxy, second).upstreams()).isEqualTo(1);

            proxy.reload(builder.maxClients(10));
            connect(proxy).close();
        }
    }

    @Test
    void aReloadThatIsNotPossibleChangesNothing() throws Exception {
        AmqProxy.Builder builder = builder();
        try (AmqProxy proxy = builder.start()) {
            builder.maxClients(1).upstream(uri(second)).loops(1).listen("127.0.0.2", 0);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> proxy.reload(builder))
                    .withMessageContaining("loops (1 instead of 2)")
                    .withMessageContaining("127.0.0.2:0");
            AmqProxy.Builder contradicting = AmqProxy.builder()
                    .upstream(uri(second))
                    .listen(0)
                    .loops(2)
                    .minConnections(3)
                    .maxConnections(1);
            assertThatIllegalStateException().isThrownBy(() -> proxy.reload(contradicting));
            assertThatIllegalStateException().isThrownBy(() -> proxy.reload(AmqProxy.builder()));

            assertThat(proxy.stats().endpoints()).hasSize(2);
            connect(proxy).close();
            connect(proxy).close();
        }
        AmqProxy closed = builder().start();
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> closed.reload(builder()));
    }

    @Test
    void whatCannotWorkIsRefused() {
        AmqProxy.Builder builder = AmqProxy.builder();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.upstream("amqp://a", "amqps://b"))
                .withMessageContaining("both amqps or both amqp");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.upstream("amqp://a", "amqp://A:5672"))
                .withMessageContaining("twice");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.upstream("amqp://a", "http://b"));
    }

    @Test
    void aCloseCutsTheGraceOfADrainShort() throws Exception {
        AmqProxy proxy = builder().start();
        CompletableFuture<ShutdownSignalException> closed = new CompletableFuture<>();
        Connection connection = connect(proxy);
        connection.addShutdownListener(closed::complete);
        ask(connection.createChannel());
        CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> proxy.drain(Duration.ofHours(1)));
        Await.until("nobody is accepted", () -> {
            try {
                connect(proxy).close();
                return false;
            } catch (IOException | AlreadyClosedException refused) {
                return true;
            }
        });
        assertThat(drained).isNotDone();

        proxy.close();

        assertThat(drained.get(60, TimeUnit.SECONDS)).isFalse();
        assertThat(closed.get(60, TimeUnit.SECONDS).getMessage()).contains("320", "proxy is shutting down");
    }

    @Test
    void aDrainLetsTheBrokerHandleWhatWasPublishedAndEndsWithoutItsAnswer() throws Exception {
        LatencyLink slow = first;
        AmqProxy proxy = builder().closeTimeout(Duration.ofMinutes(1)).start();
        awaitBothReachable();
        try (Connection connection = connect(proxy)) {
            Channel channel = connection.createChannel();
            channel.queueDeclare("drained", false, false, false, null);
            slow.stall();
            for (int i = 0; i < 100; i++) {
                channel.basicPublish("", "drained", null, new byte[100]);
            }
        }
        CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> proxy.drain(Duration.ofSeconds(30)));
        Await.until("no client is left", () -> proxy.stats().clients() == 0);
        slow.resume();
        assertThat(drained.get(60, TimeUnit.SECONDS)).isTrue();
        assertThat(broker.queueDepth("drained")).isEqualTo(100);

        AmqProxy other = builder().closeTimeout(Duration.ofMillis(200)).start();
        try (Connection connection = connect(other)) {
            ask(connection.createChannel());
        }
        slow.stall();
        assertThat(other.drain(Duration.ofSeconds(30))).isTrue();
    }
}
