package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.EmbeddedBroker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What clients of AMQP 1.0 hear is the same through the proxy as it is without it. By hand it runs against RabbitMQ 4,
 * with {@code -Dcompare10.rabbitmq=PORT}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("broker")
class Comparison10Test {

    private static final @Nullable Integer RABBITMQ = Integer.getInteger("compare10.rabbitmq");

    /** Scenarios are played this many at a time, as most of their time is waiting for what shall not come. */
    private static final int AT_ONCE = 16;

    /**
     * Where the proxy is better than the broker, by scenario: it ends the session, or nothing, where the broker closes
     * the connection or does not answer, or says so where the broker says nothing.
     */
    private static final Set<String> BETTER_THAN_QPID = Set.of(
            "end without a session", // The broker leaves the stream open.
            "one name twice in a session", // It fails over stealing within a session.
            "handle in use",
            "transfer on a receiving link",
            "settled and unsettled in turn",
            "an unknown performative", // Here and in the next four it says nothing.
            "an unknown symbolic performative",
            "no performative",
            "a handle above handle-max",
            "a frame above the size",
            "an unknown constructor", // It takes that for a framing error.
            "an open again", // It fails over that.
            "a delivery-id that jumps", // It takes that; Artemis closes the connection for it.
            "a disposition of all there is"); // It closes the connection for a range that ends before it begins.

    private static final Set<String> BETTER_THAN_RABBITMQ = Set.of(
            "begin on a channel in use",
            "frames without a session",
            "end without a session",
            "end with an error",
            "handle in use",
            "ranges that are none",
            "no delivery-id",
            "sender settles before the outcome");

    /** How much longer peers wait for what shall not come where scenarios are played one by one. */
    private static final int PATIENT = 16;

    /**
     * Scenarios in which the broker itself answers in one order or another, so that directly and through the proxy they
     * are the same in some of so many tries. All others have to be the same whenever they are played alone.
     */
    private static final Set<String> RACY = Set.of();

    private static final int MOST_TRIES = 4;

    private final ExecutorService players = Executors.newFixedThreadPool(AT_ONCE);
    private final Map<String, Future<Heard>> played = new HashMap<>();
    private @Nullable EmbeddedBroker broker;
    private int brokerPort;
    private AmqProxy proxy;

    /** What was heard. */
    private record Heard(List<String> directly, List<String> throughProxy) {
        boolean isSame() {
            return directly.equals(throughProxy);
        }
    }

    @BeforeAll
    void start() throws Exception {
        if (RABBITMQ == null) {
            broker = EmbeddedBroker.builder().amqp10().start();
            brokerPort = broker.port();
        } else {
            brokerPort = RABBITMQ;
        }
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + brokerPort)
                .listen("127.0.0.1", 0)
                .amqp10(true)
                .start();
        scenarios().forEach(scenario -> played.put(scenario.name(), players.submit(() -> play(scenario, 1))));
    }

    @AfterAll
    void stop() {
        players.shutdownNow();
        proxy.close();
        if (broker != null) {
            broker.close();
        }
    }

    static Stream<Scenario10> scenarios() {
        Set<String> better = RABBITMQ == null ? BETTER_THAN_QPID : BETTER_THAN_RABBITMQ;
        // RabbitMQ ends the session for much of what others close the connection for.
        List<Scenario10> hostile = RABBITMQ == null ? HostileScenarios10.all() : List.of();
        return Stream.of(SessionScenarios10.all(), LinkScenarios10.all(), TransferScenarios10.all(), hostile)
                .flatMap(List::stream)
                .filter(scenario -> !better.contains(scenario.name()))
                .filter(scenario -> scenario.name().contains(System.getProperty("compare10.name", "")));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void aClientHearsTheSameWithAndWithoutTheProxy(Scenario10 scenario) throws Exception {
        Heard heard = Objects.requireNonNull(played.get(scenario.name())).get();
        if (!heard.isSame()) {
            // Peers wait for what shall not come, and beside many others some wait for too short a time.
            heard = play(scenario, PATIENT);
        }
        for (int tries = 1; !heard.isSame() && RACY.contains(scenario.name()) && tries < MOST_TRIES; tries++) {
            heard = play(scenario, PATIENT);
        }
        if (Boolean.getBoolean("compare10.print")) {
            System.out.println("== " + scenario + "\n" + String.join("\n", heard.directly()));
        }
        assertThat(heard.throughProxy()).isEqualTo(heard.directly());
    }

    private Heard play(Scenario10 scenario, int patience) throws Exception {
        return new Heard(
                play(scenario, brokerPort, patience),
                play(scenario, proxy.address().getPort(), patience));
    }

    private List<String> play(Scenario10 scenario, int port, int patience) throws Exception {
        try (Stage10 stage = new Stage10(port, brokerPort, RABBITMQ != null, patience)) {
            try {
                scenario.play().on(stage);
            } catch (Exception failure) {
                stage.note("failed with " + failure);
            }
            return stage.transcript();
        }
    }
}
