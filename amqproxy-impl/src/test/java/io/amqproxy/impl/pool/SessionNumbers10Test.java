package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers of sessions: those at the broker, and those of frames that belong to none. */
class SessionNumbers10Test {

    private final Rig10 rig = new Rig10();

    private TestClient10 receiver() {
        return rig.open().begin(0).receiver(0, 0, "q").run();
    }

    private Set<Integer> channels() {
        return rig.broker.connections.stream()
                .flatMap(connection -> connection.sessions.keySet().stream())
                .collect(Collectors.toSet());
    }

    /** Broker-J closes the connection for a number whose session it has ended, but not forgotten. */
    @Test
    void aNumberWhoseSessionHasEndedRestsBeforeItServesAgain() {
        receiver();
        Set<Integer> used = new HashSet<>(channels());
        for (int i = 0; i < 60; i++) {
            TestClient10 client = receiver();
            List<Integer> now = channels().stream()
                    .filter(channel -> !used.contains(channel))
                    .toList();
            assertThat(now).hasSize(1);
            used.addAll(now);
            client.leave();
        }
    }

    @Test
    void numbersStayWithinWhatTheBrokerTakesAndServeAgain() {
        for (int i = 0; i < 200; i++) {
            TestClient10 client = receiver();
            assertThat(client.all(0x12)).hasSize(1);
            assertThat(channels()).allMatch(channel -> channel <= 63);
            client.leave();
        }
    }

    /** Those brokers let them pass. */
    @ParameterizedTest
    @ValueSource(strings = {"RabbitMQ", "ActiveMQ", "apache-activemq-artemis"})
    void aFrameWithoutASessionPassesWhereItDoesAtTheBroker(String product) {
        rig.broker.product = product;
        TestClient10 client = stray();
        assertThat(client.all(0x18)).isEmpty();
        assertThat(client.begin(0).sender(0, 0, "q").run().all(0x12)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Apache Qpid Broker-J Core", "another"})
    void elsewhereItClosesTheConnection(String product) {
        rig.broker.product = product;
        assertThat(stray().last(0x18).error(0)).isEqualTo("amqp:connection:framing-error");
    }

    /** A client that says something on a channel without a session, and on one whose session it has ended. */
    private TestClient10 stray() {
        TestClient10 client =
                rig.open().sender(3, 0, "q").transfer(3, 0, 0, false, "m").say(4, 0x17);
        return client.begin(0).say(0, 0x17).say(0, 0x16, 0, true).run();
    }
}
