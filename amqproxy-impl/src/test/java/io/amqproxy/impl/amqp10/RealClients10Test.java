package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Broker10;
import io.amqproxy.testkit.ForeignClient10;
import io.amqproxy.testkit.RabbitMq4;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;

/**
 * Programs with client libraries of AMQP 1.0 see the same through the proxy as directly: outcomes, order, exceptions.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("broker")
class RealClients10Test {

    /** A user of RabbitMQ's, and its password, who may do nothing in its virtual host. */
    static final String POWERLESS = "powerless";

    private static final int AT_ONCE = 3;
    private static final AtomicInteger QUEUES = new AtomicInteger();

    /** Programs that do not come to their end directly either, and why. All others have to. */
    private static final Map<String, String> FAIL_DIRECTLY = Map.of(
            "RABBITMQ_4, JMS: messages of all kinds", "amqp:internal-error is its answer to one of them",
            "RABBITMQ_4, JMS: a durable subscription",
                    "amqp:internal-error is its answer to the end of the subscription",
            "ARTEMIS, RHEA: outcomes", "what was rejected does not come again");

    private final ExecutorService players = Executors.newFixedThreadPool(AT_ONCE);
    private final Map<Program, Future<Seen>> played = new HashMap<>();
    private final Map<Broker10.Kind, Broker10> brokers = new EnumMap<>(Broker10.Kind.class);
    private final Map<Broker10.Kind, AmqProxy> proxies = new EnumMap<>(Broker10.Kind.class);
    private final Map<Broker10.Kind, TestAbortedException> missing = new EnumMap<>(Broker10.Kind.class);

    private interface Player {
        List<String> play(String scenario, Broker10 broker, int port, String queue) throws Exception;
    }

    /** What is played where. */
    record Program(Broker10.Kind kind, String client, String scenario) {
        @Override
        public String toString() {
            return kind + ", " + client + ": " + scenario;
        }
    }

    private record Seen(List<String> directly, List<String> throughProxy) {}

    static Stream<Program> programs() {
        List<Program> programs = new ArrayList<>();
        for (Broker10.Kind kind : Broker10.Kind.values()) {
            JmsScenarios10.names(kind).forEach(name -> programs.add(new Program(kind, "JMS", name)));
            JmsClosings10.names(kind).forEach(name -> programs.add(new Program(kind, "JMS CLOSINGS", name)));
            ProtonScenarios10.names(kind).forEach(name -> programs.add(new Program(kind, "PROTONJ2", name)));
            ProtonClosings10.names(kind).forEach(name -> programs.add(new Program(kind, "PROTONJ2 CLOSINGS", name)));
            RabbitClientScenarios10.names(kind).forEach(name -> programs.add(new Program(kind, "RABBITMQ", name)));
            RabbitClientClosings10.names(kind)
                    .forEach(name -> programs.add(new Program(kind, "RABBITMQ CLOSINGS", name)));
            for (ForeignClient10 client : ForeignClient10.values()) {
                client.scenarios(kind).forEach(name -> programs.add(new Program(kind, client.name(), name)));
            }
        }
        Pattern wanted = Pattern.compile(System.getProperty("clients10.name", ""));
        return programs.stream()
                .filter(program -> wanted.matcher(program.toString()).find());
    }

    private static Player player(String client) {
        return switch (client) {
            case "JMS" -> JmsScenarios10::play;
            case "JMS CLOSINGS" -> JmsClosings10::play;
            case "PROTONJ2" -> ProtonScenarios10::play;
            case "PROTONJ2 CLOSINGS" -> ProtonClosings10::play;
            case "RABBITMQ" -> (name, broker, port, queue) -> RabbitClientScenarios10.play(name, port, queue);
            case "RABBITMQ CLOSINGS" -> (name, broker, port, queue) -> RabbitClientClosings10.play(name, port, queue);
            default -> ForeignClient10.valueOf(client)::play;
        };
    }

    @BeforeAll
    void start() {
        for (Broker10.Kind kind : Broker10.Kind.values()) {
            try {
                Broker10 broker = kind.start();
                brokers.put(kind, broker);
                if (kind == Broker10.Kind.RABBITMQ_4) {
                    RabbitMq4.shared().addUser(POWERLESS, POWERLESS);
                    RabbitMq4.shared().ctl("set_permissions", "-p", "/", POWERLESS, "^$", "^$", "^$");
                }
                proxies.put(
                        kind,
                        AmqProxy.builder()
                                .upstream("amqp://127.0.0.1:" + broker.port())
                                .listen("127.0.0.1", 0)
                                .limits(limits -> limits.failedLogins(0)) // Several programs try a wrong password.
                                .start());
            } catch (TestAbortedException e) {
                missing.put(kind, e);
            }
        }
        programs()
                .filter(program -> brokers.containsKey(program.kind()))
                .forEach(program -> played.put(program, players.submit(() -> play(program))));
    }

    @AfterAll
    void stop() {
        players.shutdownNow();
        proxies.values().forEach(AmqProxy::close);
        if (brokers.containsKey(Broker10.Kind.RABBITMQ_4)) {
            RabbitMq4.shared().deleteUser(POWERLESS);
        }
        brokers.values().forEach(Broker10::close);
    }

    @ParameterizedTest
    @MethodSource("programs")
    void aProgramSeesTheSameWithAndWithoutTheProxy(Program program) throws Exception {
        TestAbortedException reason = missing.get(program.kind());
        if (reason != null) {
            throw reason;
        }
        Seen seen;
        try {
            seen = Objects.requireNonNull(played.get(program)).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof TestAbortedException aborted ? aborted : e;
        }
        if (!seen.throughProxy().equals(seen.directly())) {
            // Beside others a broker may let a client wait longer than it does, directly as well: alone it has to be
            // the same.
            players.shutdown();
            assertThat(players.awaitTermination(10, TimeUnit.MINUTES)).isTrue();
            seen = play(program);
        }
        assertThat(seen.directly()).isNotEmpty();
        assertThat(failed(seen.directly())).as("%s", seen).isEqualTo(FAIL_DIRECTLY.containsKey(program.toString()));
        assertThat(seen.throughProxy()).isEqualTo(seen.directly());
        if (Boolean.getBoolean("clients10.print")) {
            System.out.println("== " + program + "\n" + String.join("\n", seen.directly()));
        }
    }

    private static boolean failed(List<String> lines) {
        return lines.stream().anyMatch(line -> line.startsWith(JmsScenarios10.FAILED));
    }

    private Seen play(Program program) throws Exception {
        Broker10 broker = Objects.requireNonNull(brokers.get(program.kind()));
        AmqProxy proxy = Objects.requireNonNull(proxies.get(program.kind()));
        return new Seen(
                play(program, broker, broker.port()),
                play(program, broker, proxy.address().getPort()));
    }

    private static List<String> play(Program program, Broker10 broker, int port) throws Exception {
        String queue = "real" + QUEUES.incrementAndGet();
        broker.createQueue(queue);
        try {
            return player(program.client()).play(program.scenario(), broker, port, queue).stream()
                    .map(line -> line.replace(queue, "Q"))
                    .toList();
        } finally {
            broker.deleteQueue(queue);
        }
    }
}
