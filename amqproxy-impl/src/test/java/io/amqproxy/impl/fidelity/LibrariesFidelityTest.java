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

/** What client libraries make of the broker, calls, exceptions and listeners, is the same through the proxy. */
@RequiresRabbitMq
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LibrariesFidelityTest {

    @AutoClose
    private Comparison comparison;

    @BeforeAll
    void playSlowOnesAhead(BrokerNode broker) throws Exception {
        comparison = new Comparison(broker);
        comparison.playAhead(JavaConnectionScenarios.slow());
        comparison.playAhead(ForeignScenarios.slow());
    }

    static Stream<Scenario> scenarios() {
        return Stream.of(
                        JavaConnectionScenarios.slow(),
                        JavaPublishScenarios.all(),
                        JavaConsumeScenarios.all(),
                        JavaQueueScenarios.all(),
                        JavaConnectionScenarios.all(),
                        SpringTemplateScenarios.all(),
                        SpringListenerScenarios.all(),
                        ForeignScenarios.all())
                .flatMap(List::stream);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void aLibrarySeesTheSameWithAndWithoutTheProxy(Scenario scenario) throws Exception {
        comparison.check(scenario);
    }
}
