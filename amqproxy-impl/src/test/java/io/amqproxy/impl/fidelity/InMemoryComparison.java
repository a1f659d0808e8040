package io.amqproxy.impl.fidelity;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.Login;
import java.util.List;

/** What is seen of a scenario with RabbitMQ and with the broker for unit tests. */
final class InMemoryComparison implements AutoCloseable {

    static final String REFUSED = "the in-memory broker does not know";

    private final String vhost;
    private final InMemoryBroker inMemory = InMemoryBroker.start();
    private List<String> expected = List.of();
    private List<String> seen = List.of();

    /** @param vhost at both brokers */
    InMemoryComparison(String vhost) {
        this.vhost = vhost;
    }

    /** {@return where clients of this broker's log-in find the other one} */
    Login loginLike(BrokerNode broker) {
        return broker.login().in(vhost).at(inMemory.uri().getPort());
    }

    void play(Scenario scenario, BrokerNode broker) throws Exception {
        try (ScenarioRun run = new ScenarioRun(broker, broker.login().in(vhost), null)) {
            scenario.play().in(run);
            expected = run.transcript().lines();
        }
        try (ScenarioRun run = new ScenarioRun(broker, loginLike(broker), null, this::state, REFUSED)) {
            scenario.play().in(run);
            seen = run.transcript().lines();
        }
    }

    private String state(String queue) {
        try {
            return "ready " + inMemory.messageCount(vhost, queue) + ", unacked "
                    + inMemory.unacknowledgedCount(vhost, queue) + ", consumers "
                    + inMemory.consumerCount(vhost, queue);
        } catch (IllegalArgumentException none) {
            return "missing";
        }
    }

    void expectTheSame() {
        assertThat(seen).isEqualTo(expected);
    }

    void expectOther() {
        assertThat(seen).isNotEqualTo(expected);
    }

    /** The refusal has to be there. */
    void expectTheSameUpToARefusal() {
        int refusal = 0;
        while (refusal < seen.size() && !seen.get(refusal).contains(REFUSED)) {
            refusal++;
        }
        assertThat(refusal).as("%s was refused", seen).isLessThan(seen.size());
        assertThat(seen.subList(0, refusal)).isEqualTo(expected.subList(0, refusal));
    }

    @Override
    public void close() {
        inMemory.close();
    }
}
