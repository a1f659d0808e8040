package io.amqproxy.impl.fidelity;

import io.amqproxy.impl.fidelity.Scenario.Trait;
import io.amqproxy.testkit.ForeignClient;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What client libraries of other languages see, in the scripts that stand beside those of {@link ForeignClient}. */
final class ForeignScenarios {

    private static final String ALARM = "a memory alarm";
    private static final String FORCED = "a connection closed by force";
    private static final String LOGINS = "log-ins";
    private static final List<String> COMMON = List.of(
            "messages",
            "returns",
            "refusals",
            LOGINS,
            "transactions",
            "a cancelled consumer",
            "direct reply-to",
            FORCED);

    private static final Map<ForeignClient, List<String>> OTHERS = Map.of(
            ForeignClient.PIKA, List.of(ALARM, "asynchronous"),
            ForeignClient.PHP_AMQPLIB, List.of(ALARM),
            ForeignClient.PHP_AMQP, List.of(),
            ForeignClient.NODE_AMQPLIB, List.of(ALARM));

    private ForeignScenarios() {}

    static List<Scenario> all() {
        List<Scenario> scenarios = new ArrayList<>();
        for (ForeignClient client : ForeignClient.values()) {
            COMMON.forEach(name -> scenarios.add(scenario(client, name)));
            OTHERS.getOrDefault(client, List.of()).forEach(name -> scenarios.add(scenario(client, name)));
        }
        return scenarios;
    }

    /** Those that wait for a while. */
    static List<Scenario> slow() {
        return ForeignClient.PIKA.isAvailable() ? List.of(scenario(ForeignClient.PIKA, LOGINS)) : List.of();
    }

    private static Scenario scenario(ForeignClient client, String name) {
        Set<Trait> traits = EnumSet.noneOf(Trait.class);
        if (name.equals(ALARM)) {
            traits.add(Trait.WITHOUT_NEIGHBOUR);
        } else if (name.equals(FORCED)) {
            traits.add(Trait.CLOSES_CONNECTIONS);
        }
        return new Scenario(client + ": " + name, run -> play(run, client, name), traits);
    }

    private static void play(ScenarioRun run, ForeignClient client, String name) {
        client.require();
        try {
            client.play(run.login(), name, run.name(""), asked -> help(run, asked))
                    .forEach(run::say);
        } finally {
            if (name.equals(ALARM)) {
                ConnectionScenarios.letPublishersGoOn(run);
            }
        }
    }

    private static void help(ScenarioRun run, String asked) {
        switch (asked) {
            case "close connections" -> ConnectionScenarios.closeConnections(run);
            case "hold publishers back" -> ConnectionScenarios.holdPublishersBack(run);
            case "let publishers go on" -> ConnectionScenarios.letPublishersGoOn(run);
            default -> throw new AssertionError("nobody knows how to " + asked);
        }
    }
}
