package io.amqproxy.impl.fidelity;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.fidelity.Scenario.Trait;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.ForeignClient;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What client libraries make of the broker for unit tests, calls, exceptions and listeners, is what they make of
 * RabbitMQ: amqp-client, Spring AMQP, pika, php-amqplib, PHP's amqp and Node's amqplib.
 */
@RequiresRabbitMq
class InMemoryBrokerLibrariesTest {

    /** At both brokers, so that nothing is left for other tests. */
    @RegisterExtension
    static final OwnVhost VHOST = new OwnVhost("in-memory-libraries");

    /** A scenario that asks for what there is not, up to which all has to be the same. */
    private static final String ASKS_FOR_MORE = "Java client: properties and headers of all types arrive as they were";

    /** Those that go no further without it. */
    private static final Set<String> NEED_MORE = Set.of(
            "Java client: a transaction is committed, another one rolled back",
            "Java client: a publish fails a transaction before its commit",
            "Java client: transactions and confirms on one channel",
            "Java client: calls with direct reply-to",
            "Java client: direct reply-to that is not allowed",
            "Java client: queues and exchanges that are missing",
            "Java client: exchanges are bound to each other",
            "Spring: transactions",
            "Spring: a simple container whose listener fails",
            "Spring: a direct container whose listener fails");

    /** Everybody may log in there, and do everything in every virtual host; and containers try for a minute. */
    private static final Set<String> LEFT_OUT = Set.of(
            "Java client: a user without rights",
            "Spring: refusals",
            "Spring: a simple container in transactions",
            "Spring: a direct container in transactions");

    private static final Set<String> LEFT_OUT_OF_SCRIPTS = Set.of(": log-ins", ": transactions", ": direct reply-to");

    @AutoClose
    private final InMemoryComparison comparison = new InMemoryComparison(VHOST.name());

    static Stream<Scenario> scenarios() {
        Stream<Scenario> foreign = ForeignScenarios.all().stream()
                .filter(scenario -> LEFT_OUT_OF_SCRIPTS.stream().noneMatch(scenario.name()::endsWith));
        Stream<Scenario> others = Stream.of(
                        JavaPublishScenarios.all(),
                        JavaConsumeScenarios.all(),
                        JavaQueueScenarios.all(),
                        SpringTemplateScenarios.all(),
                        SpringListenerScenarios.all())
                .flatMap(List::stream)
                .filter(scenario -> !LEFT_OUT.contains(scenario.name()));
        // Those are done to RabbitMQ by its operator.
        return Stream.concat(foreign, others)
                .filter(scenario -> !scenario.has(Trait.WITHOUT_NEIGHBOUR) && !scenario.has(Trait.CLOSES_CONNECTIONS));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void aLibrarySeesWhatItSeesAtRabbitMq(Scenario scenario, BrokerNode broker) throws Exception {
        if (NEED_MORE.contains(scenario.name())) {
            assertThatThrownBy(() -> comparison.play(scenario, broker))
                    .hasStackTraceContaining(InMemoryComparison.REFUSED);
            return;
        }
        comparison.play(scenario, broker);
        if (scenario.name().equals(ASKS_FOR_MORE)) {
            comparison.expectTheSameUpToARefusal();
        } else {
            comparison.expectTheSame();
        }
    }

    /** Node's amqplib says that its channel has ended, and not why. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NODE_AMQPLIB")
    void eachLibraryTellsWhatThereIsNot(ForeignClient client, BrokerNode broker) {
        client.require();
        assertThatThrownBy(() -> client.play(comparison.loginLike(broker), "direct reply-to", "more-", asked -> {}))
                .hasMessageContaining(InMemoryComparison.REFUSED);
    }
}
