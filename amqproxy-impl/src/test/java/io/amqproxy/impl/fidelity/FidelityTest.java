package io.amqproxy.impl.fidelity;

import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client says and hears, frame by frame, is the same through the proxy as it is without it. */
@RequiresRabbitMq
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FidelityTest {

    @AutoClose
    private Comparison comparison;

    @BeforeAll
    void playSlowOnesAhead(BrokerNode broker) throws Exception {
        comparison = new Comparison(broker);
        comparison.playAhead(HandshakeScenarios.all());
        comparison.playAhead(OffenceScenarios.all());
        comparison.playAhead(OrderScenarios.all());
    }

    static Stream<Scenario> scenarios() {
        return Stream.of(
                        HandshakeScenarios.all(),
                        OffenceScenarios.all(),
                        OrderScenarios.all(),
                        ChannelScenarios.all(),
                        QueueScenarios.all(),
                        PublishScenarios.all(),
                        ConsumeScenarios.all(),
                        NextClientScenarios.all(),
                        ConnectionScenarios.all())
                .flatMap(List::stream);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void aClientSeesTheSameWithAndWithoutTheProxy(Scenario scenario) throws Exception {
        comparison.check(scenario);
    }
}
