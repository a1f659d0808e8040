package io.amqproxy.impl.fidelity;

import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client says to the broker for unit tests, and hears from it, is the same as with RabbitMQ. */
@RequiresRabbitMq
class InMemoryBrokerTest {

    /** Scenarios that ask for what there is not, up to which all has to be the same. */
    private static final Set<String> ASK_FOR_MORE = Set.of(
            "a queue with a bad argument",
            "exchanges are bound to each other",
            "an alternate exchange",
            "a message with all properties",
            "an expiration that is no number",
            "a message with CC and BCC",
            "confirms on a tx channel",
            "transactions",
            "acks in a transaction",
            "a rejected message goes to the dead letters",
            "consumer priorities",
            "a consumer with bad arguments",
            "direct reply-to",
            "direct reply-to with acknowledgements",
            "direct reply-to without a consumer",
            "direct reply-to twice on a channel",
            "the next client after direct replies");

    /** RabbitMQ has not closed the channel yet when it is opened anew; its bound for a message is another one. */
    private static final Set<String> OTHERWISE = Set.of(
            "a channel is opened again in the same flight",
            "a message that is larger than the broker allows, a little");

    /** At both brokers, so that nothing is left for other tests. */
    @RegisterExtension
    static final OwnVhost VHOST = new OwnVhost("in-memory");

    @AutoClose
    private final InMemoryComparison comparison = new InMemoryComparison(VHOST.name());

    static Stream<Scenario> scenarios() {
        return Stream.of(
                        ChannelScenarios.all(),
                        QueueScenarios.all(),
                        PublishScenarios.all(),
                        ConsumeScenarios.all(),
                        NextClientScenarios.all())
                .flatMap(List::stream);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void aClientSeesWhatItSeesAtRabbitMq(Scenario scenario, BrokerNode broker) throws Exception {
        comparison.play(scenario, broker);
        if (OTHERWISE.contains(scenario.name())) {
            comparison.expectOther();
        } else if (ASK_FOR_MORE.contains(scenario.name())) {
            comparison.expectTheSameUpToARefusal();
        } else {
            comparison.expectTheSame();
        }
    }
}
