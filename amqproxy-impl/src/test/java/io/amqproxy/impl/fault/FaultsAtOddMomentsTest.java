package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.amqproxy.AmqProxy;
import io.amqproxy.LeaseInfo;
import io.amqproxy.PoolPolicy;
import io.amqproxy.ProxyListener;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.trace.Trace;
import io.amqproxy.trace.TraceFilter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whenever faults begin and end, whoever makes them, and however many there are: the proxy knows what is so. */
@Timeout(300)
@SuppressWarnings("try") // a fault is there to be closed
class FaultsAtOddMomentsTest {

    private static final String QUEUE = "q";
    private static final Duration LONG = Duration.ofMinutes(10);

    @AutoClose
    private final InMemoryBroker broker = InMemoryBroker.start();

    private AmqProxy.Builder builder() {
        return AmqProxy.builder()
                .upstreams(List.of(broker.uri()))
                .acquireTimeout(Duration.ofSeconds(2))
                .closeTimeout(Duration.ofSeconds(1))
                .listen(0)
                .loops(2);
    }

    private static ConnectionFactory factory(int port) {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        factory.setHandshakeTimeout(30_000);
        return factory;
    }

    private static Connection connect(AmqProxy proxy) throws IOException, TimeoutException {
        return factory(proxy.address().getPort()).newConnection();
    }

    private static Channel publisher(Connection connection) throws IOException {
        Channel channel = connection.createChannel();
        channel.confirmSelect();
        channel.queueDeclare(QUEUE, false, false, false, Map.of());
        return channel;
    }

    private static void publish(Channel channel, String text) throws IOException {
        channel.basicPublish("", QUEUE, null, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void allGoesOn(AmqProxy proxy) throws Exception {
        Await.until("found up", () -> proxy.health().ready());
        try (Connection connection = connect(proxy)) {
            Channel channel = publisher(connection);
            publish(channel, "last");
            assertThat(channel.waitForConfirms(30_000)).isTrue();
        }
        Await.until("nobody is left", () -> proxy.clients().isEmpty());
        Await.until(
                "nothing is lent",
                () -> proxy.upstreams().stream().allMatch(upstream -> upstream.channelsLeased() == 0));
    }

    @Test
    void aBrokerThatIsDownTwiceIsDownUntilBothAreRevoked() throws Exception {
        try (AmqProxy proxy = builder().start()) {
            allGoesOn(proxy);
            try (Fault outer = proxy.faults().brokerDown()) {
                proxy.faults().brokerDown().close();
                Await.until("found down", () -> !proxy.health().ready());
                assertThatThrownBy(() -> connect(proxy)).isInstanceOf(IOException.class);
                assertThat(proxy.upstreams()).isEmpty();
            }
            allGoesOn(proxy);
        }
    }

    /** A policy that does something else the first time. */
    private static PoolPolicy policy(AtomicReference<Runnable> once) {
        return (request, pool) -> {
            Runnable todo = once.getAndSet(null);
            if (todo != null) {
                todo.run();
            }
            return PoolPolicy.multiplexed().place(request, pool);
        };
    }

    @Test
    void aPolicyCanNeitherMakeNorRevokeFaultsAndNothingIsLeftOfThat() throws Exception {
        AtomicReference<Runnable> once = new AtomicReference<>();
        try (AmqProxy proxy = builder().policy(policy(once)).start();
                Connection connection = connect(proxy)) {
            Channel channel = publisher(connection);
            Fault late = proxy.faults().delay(FaultScope.all().first(1), LONG, Duration.ZERO, 1);
            publish(channel, "one");
            assertThatThrownBy(() -> channel.waitForConfirms(100)).isInstanceOf(TimeoutException.class);
            CompletableFuture<List<Throwable>> failed = new CompletableFuture<>();
            once.set(() -> {
                List<Throwable> failures = new ArrayList<>();
                Stream.<Runnable>of(
                                () -> proxy.faults().loseConfirms(FaultScope.all()),
                                () -> proxy.faults().block(FaultScope.all(), "on purpose"),
                                () -> proxy.faults().cutClients(FaultScope.all(), Cut.RESET),
                                late::close)
                        .forEach(attempt -> {
                            try {
                                attempt.run();
                            } catch (IllegalStateException refused) {
                                failures.add(refused);
                            }
                        });
                failed.complete(failures);
            });
            try (Connection other = connect(proxy)) {
                publisher(other);
                assertThat(failed.get(30, TimeUnit.SECONDS)).hasSize(4);
                assertThatThrownBy(() -> channel.waitForConfirms(100)).isInstanceOf(TimeoutException.class);
            }
            late.close();
            assertThat(channel.waitForConfirms(30_000)).isTrue();
            assertThat(connection.isOpen()).isTrue();
        }
    }

    @Test
    void listenersOfEventsAndOfATraceMayMakeAndRevokeFaults() throws Exception {
        AtomicReference<AmqProxy> running = new AtomicReference<>();
        CompletableFuture<Fault> begun = new CompletableFuture<>();
        ProxyListener listener = new ProxyListener() {
            @Override
            public void channelLeased(LeaseInfo lease, Duration waited) {
                if (!begun.isDone()) {
                    begun.complete(Objects.requireNonNull(running.get(), "started")
                            .faults()
                            .loseConfirms(FaultScope.all()));
                }
            }
        };
        try (AmqProxy proxy = builder().listener(listener).start()) {
            running.set(proxy);
            try (Connection connection = connect(proxy)) {
                Channel channel = publisher(connection);
                Fault lost = begun.get(30, TimeUnit.SECONDS);
                publish(channel, "one");
                assertThatThrownBy(() -> channel.waitForConfirms(100)).isInstanceOf(TimeoutException.class);
                CompletableFuture<Void> revoked = new CompletableFuture<>();
                try (Trace trace = proxy.trace(TraceFilter.ofClients().names("basic.publish"), event -> {
                    lost.close();
                    revoked.complete(null);
                })) {
                    publish(channel, "two");
                    revoked.get(30, TimeUnit.SECONDS);
                    Channel other = publisher(connection);
                    publish(other, "three");
                    assertThat(other.waitForConfirms(30_000)).isTrue();
                }
            }
            allGoesOn(proxy);
        }
    }

    @Test
    void manyThreadsMakeAndRevokeFaultsAtOnce() throws Exception {
        try (AmqProxy proxy = builder().start();
                Connection connection = connect(proxy)) {
            Channel channel = publisher(connection);
            Faults faults = proxy.faults();
            List<CompletableFuture<Void>> threads = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                FaultScope scope = thread % 2 == 0 ? FaultScope.all() : FaultScope.upstreams();
                threads.add(CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < 30; i++) {
                        Fault late = faults.delay(scope, Duration.ofMillis(1), Duration.ZERO, 1);
                        faults.silence(scope).close();
                        faults.block(FaultScope.all(), "on purpose").close();
                        late.close();
                    }
                }));
            }
            for (int i = 0; i < 20; i++) {
                publish(channel, "m" + i);
            }
            assertThat(channel.waitForConfirms(60_000)).isTrue();
            for (CompletableFuture<Void> thread : threads) {
                thread.get(60, TimeUnit.SECONDS);
            }
            publish(channel, "after");
            assertThat(channel.waitForConfirms(30_000)).isTrue();
        }
    }

    /** Faults of the network, on both sides of the proxy. */
    static Stream<Arguments> lasting() {
        Map<String, Function<FaultScope, Function<Faults, Fault>>> kinds = Map.of(
                "unread", scope -> faults -> faults.stopReading(scope),
                "silent", scope -> faults -> faults.silence(scope),
                "lossy", scope -> faults -> faults.blackHole(scope),
                "late", scope -> faults -> faults.delay(scope, LONG, LONG, 1),
                "narrow", scope -> faults -> faults.limitBandwidth(scope, 1));
        return kinds.entrySet().stream()
                .flatMap(kind -> Stream.of(
                        Arguments.of(kind.getKey() + " clients", kind.getValue().apply(FaultScope.all())),
                        Arguments.of(kind.getKey() + " broker", kind.getValue().apply(FaultScope.upstreams()))));
    }

    @ParameterizedTest
    @MethodSource("lasting")
    void theProxyIsReloadedAndItsPoolsAreDrained(String what, Function<Faults, Fault> begin) throws Exception {
        try (AmqProxy proxy = builder().start()) {
            Connection connection = connect(proxy);
            Channel channel = publisher(connection);
            try (Fault fault = begin.apply(proxy.faults())) {
                publish(channel, "one");
                assertThat(proxy.drainPool("guest", "/")).isPositive();
                proxy.reload(builder().acquireTimeout(Duration.ofSeconds(3)));
                proxy.drainPool("guest", "/");
            }
            connection.abort(1000);
            allGoesOn(proxy);
        }
    }

    @ParameterizedTest
    @MethodSource("lasting")
    void theProxyEndsWhileFaultsLast(String what, Function<Faults, Fault> begin) throws Exception {
        AmqProxy proxy = builder().start();
        Connection connection = connect(proxy);
        Channel channel = publisher(connection);
        Fault fault = begin.apply(proxy.faults());
        publish(channel, "one");
        proxy.close();
        fault.close();
        assertThat(proxy.clients()).isEmpty();
        Await.until("the client knows", () -> !connection.isOpen());
        assertThatThrownBy(() -> begin.apply(proxy.faults())).isInstanceOf(IllegalStateException.class);
    }

    private static Fault any(Faults faults, Random random) {
        FaultScope whose = random.nextBoolean() ? FaultScope.all() : FaultScope.upstreams();
        FaultScope scope = random.nextBoolean() ? whose : whose.withProbability(0.5, random.nextLong());
        Duration some = Duration.ofMillis(random.nextInt(30));
        return switch (random.nextInt(12)) {
            case 0 -> faults.stopReading(scope);
            case 1 -> faults.silence(scope);
            case 2 -> faults.blackHole(scope);
            case 3, 4 -> faults.delay(scope, some, some, random.nextLong());
            case 5 -> faults.limitBandwidth(scope, 1000 + random.nextInt(100_000));
            case 6 -> faults.cutFrames(whose.nth(1 + random.nextInt(40)));
            case 7 -> faults.loseConfirms(FaultScope.all().withProbability(0.3, random.nextLong()));
            case 8 -> faults.delayConfirms(FaultScope.all(), some, some, random.nextLong());
            case 9 -> faults.block(FaultScope.all(), "on purpose");
            case 10 -> faults.refuseClients(FaultScope.all().first(1));
            default -> faults.brokerDown();
        };
    }

    private static void atOnce(Faults faults, Random random) {
        Cut how = List.of(Cut.values()).get(random.nextInt(3));
        switch (random.nextInt(6)) {
            case 0 -> faults.cutClients(FaultScope.all().first(1), how);
            case 1 -> faults.cutUpstreams(FaultScope.upstreams().first(1), how);
            case 2 -> faults.closeChannels(FaultScope.all().first(1), 404, "on purpose");
            case 3 -> faults.closeChannels(FaultScope.upstreams().first(1), 404, "on purpose");
            case 4 -> faults.closeConnections(FaultScope.upstreams().first(1), 320, "on purpose");
            default -> faults.closeConnections(FaultScope.all().first(1), 320, "on purpose");
        }
    }

    /** A client that publishes as long as it can, and knows what was confirmed. */
    private static final class Persistent implements AutoCloseable {
        private final AmqProxy proxy;
        private final Set<String> confirmed = new HashSet<>();
        private final ConnectionFactory factory;
        private Connection connection;
        private Channel channel;
        private int sent;

        Persistent(AmqProxy proxy) throws Exception {
            this.proxy = proxy;
            this.factory = factory(proxy.address().getPort());
            factory.setHandshakeTimeout(300);
            factory.setConnectionTimeout(300);
            factory.setChannelRpcTimeout(300);
            factory.setShutdownTimeout(10);
            connection = connect(proxy);
            channel = publisher(connection);
        }

        void step() throws InterruptedException {
            try {
                if (!channel.isOpen()) {
                    connection.abort(50);
                    connection = factory.newConnection();
                    channel = publisher(connection);
                }
                String text = "m" + sent++;
                publish(channel, text);
                if (channel.waitForConfirms(30)) {
                    confirmed.add(text);
                }
            } catch (IOException | TimeoutException | RuntimeException lost) {
                connection.abort(50); // What was not confirmed is forgotten.
            }
        }

        Set<String> confirmed() {
            return confirmed;
        }

        @Override
        public void close() {
            connection.abort(1000);
        }

        @Override
        public String toString() {
            return confirmed.size() + " of " + sent + " through " + proxy.name();
        }
    }

    /**
     * Many faults at once on both sides, which end in any order: nothing that was confirmed is lost, nothing is left.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void afterAnyFaultsAllGoesOnAndWhatWasConfirmedIsThere(long seed) throws Exception {
        Random random = new Random(seed);
        try (AmqProxy proxy = builder().start();
                Persistent client = new Persistent(proxy)) {
            List<Fault> lasting = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int dice = random.nextInt(4);
                if (dice == 0 && lasting.size() < 3) {
                    lasting.add(any(proxy.faults(), random));
                } else if (dice == 1 && !lasting.isEmpty()) {
                    lasting.remove(random.nextInt(lasting.size())).close();
                } else if (dice == 2 && random.nextInt(4) == 0) {
                    atOnce(proxy.faults(), random);
                }
                client.step();
            }
            lasting.forEach(Fault::close);
            client.close();
            allGoesOn(proxy);
            assertThat(there()).as(client.toString()).containsAll(client.confirmed());
        }
    }

    private Set<String> there() throws Exception {
        Set<String> there = new HashSet<>();
        try (Connection connection = factory(broker.uri().getPort()).newConnection()) {
            Channel channel = connection.createChannel();
            for (GetResponse one = channel.basicGet(QUEUE, true); one != null; one = channel.basicGet(QUEUE, true)) {
                there.add(new String(one.getBody(), StandardCharsets.UTF_8));
            }
        }
        return there;
    }
}
