package io.amqproxy.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Real clients of AMQP 1.0 in other languages, run as child processes. Each has a script with its scenarios in the
 * resources under {@code foreign}.
 */
public enum ForeignClient10 {
    /** Python's Qpid Proton, as packaged by Debian. */
    PROTON(
            "proton_scenarios.py",
            "blocking, one by one, presettled, types, outcomes, left behind, unknown queue, "
                    + "refused, large, fifty, threads, selector, request reply, transactions, "
                    + "small frames, idle, drain, stream, durable",
            // It waits for its time-out where RabbitMQ ends the session, and for what RabbitMQ does not have.
            "unknown queue, request reply, transactions, drain"),

    /** Node's rhea; npm installs it under {@code target}. */
    RHEA(
            "rhea_scenarios.js",
            "messages, settled, outcomes, one by one, request reply, unknown queue, refused, large, fifty, denied",
            // RabbitMQ ends the session of each of its receivers, for a flow whose next-incoming-id is 0.
            "messages, outcomes, one by one, request reply, unknown queue, large, fifty");

    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final String script;
    /** Their names, with commas in between. */
    private final String scenarios;

    private final String notAtRabbitMq;

    ForeignClient10(String script, String scenarios, String notAtRabbitMq) {
        this.script = script;
        this.scenarios = scenarios;
        this.notAtRabbitMq = notAtRabbitMq;
    }

    /** Those that this broker can serve directly. */
    public List<String> scenarios(Broker10.Kind kind) {
        List<String> names = new ArrayList<>(List.of(scenarios.split(", ")));
        if (kind == Broker10.Kind.RABBITMQ_4) {
            names.removeAll(List.of(notAtRabbitMq.split(", ")));
        } else {
            names.remove("denied"); // Everybody may do anything there.
        }
        if (kind == Broker10.Kind.BROKER_J && this == RHEA) {
            names.remove("unknown queue"); // The broker ends the session for the credit that crosses its detach.
        }
        return names;
    }

    private static void nobody(String asked) {
        throw new AssertionError("nobody knows how to " + asked);
    }

    private Optional<Interpreter> interpreter() {
        return switch (this) {
            case PROTON -> Interpreter.python("proton");
            case RHEA -> NodeModules.find("rhea");
        };
    }

    /** @throws org.opentest4j.TestAbortedException if this machine does not have the client */
    public void require() {
        Requirements.check(interpreter().isPresent(), "the client " + this);
    }

    /**
     * Plays a scenario at this port, the broker's or a proxy's.
     *
     * @return what the script says, line by line, and the last line of its error if it fails
     * @throws org.opentest4j.TestAbortedException if this machine does not have the client
     */
    public List<String> play(String scenario, Broker10 broker, int port, String queue) {
        return play(scenario, broker, port, queue, ForeignClient10::nobody);
    }

    /**
     * The same for a scenario that asks for something.
     *
     * @param helper does what the script asks for
     */
    public List<String> play(String scenario, Broker10 broker, int port, String queue, Consumer<String> helper) {
        return play(scenario, broker.hostname(), port, broker.address(queue), helper);
    }

    /**
     * Sends so many messages, each over a connection of its own which it closes when the message is accepted. Proton
     * only.
     *
     * @param hostname what it says in {@code open}, null for nothing
     * @throws AssertionError if one of them is not accepted
     */
    public void publishEach(int port, @Nullable String hostname, String address, int count) {
        List<String> heard = play("each\n" + count, hostname, port, address, ForeignClient10::nobody);
        if (!heard.equals(List.of("all accepted"))) {
            throw new AssertionError(heard);
        }
    }

    private List<String> play(
            String scenario, @Nullable String hostname, int port, String address, Consumer<String> helper) {
        Interpreter interpreter = interpreter().orElseThrow(() -> Requirements.missing("the client " + this));
        Path directory = TempFiles.createDirectory("foreign");
        try {
            Path file = ForeignClient.copyResource(script, directory);
            ProcessBuilder builder = interpreter.process(file.toString(), scenario, address);
            builder.environment()
                    .putAll(Map.of(
                            "AMQP_HOST", "127.0.0.1",
                            "AMQP_PORT", Integer.toString(port),
                            "AMQP_USER", "guest",
                            "AMQP_PASSWORD", "guest",
                            "AMQP_HOSTNAME", hostname == null ? "" : hostname));
            return Conversation.with(builder, LIMIT, helper);
        } finally {
            TempFiles.delete(directory);
        }
    }
}
