package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a client's next frame waits for comes, or costs its session after a while. */
class Waits10Test {

    private static final Duration LONG = Duration.ofSeconds(61);

    private final Rig10 rig = new Rig10(options -> options.maxConnections = 1);

    private TestClient10 senderOfTwoSessions() {
        return rig.open().begin(0).sender(0, 0, "q").begin(1).sender(1, 1, "q").run();
    }

    @Test
    void anOutcomeThatNeverComesHoldsUpNoMoreThanItsSessionInTheEnd() {
        rig.broker.product = "Qpid";
        rig.broker.answers = false;
        TestClient10 client = senderOfTwoSessions();
        client.transfer(0, 0, 0, false, "open")
                .transfer(0, 0, 1, true, "held")
                .transfer(1, 1, 0, true, "other")
                .run();
        assertThat(rig.broker.taken).containsExactly("open");

        rig.rig.pass(LONG);
        assertThat(client.last(0x17).error(0)).isEqualTo("amqp:resource-limit-exceeded");
        assertThat(client.last(0x17).channel()).isZero();
        assertThat(rig.broker.taken).containsExactly("open", "other");
        assertThat(client.all(0x18)).isEmpty();
    }

    @Test
    void aClientThatHasToSettleFirstIsReadSoThatItCan() {
        rig.broker.product = "Qpid";
        rig.broker.answers = false;
        TestClient10 client = senderOfTwoSessions();
        client.transfer(0, 0, 0, false, "open").transfer(0, 0, 1, true, "held").run();
        ScriptedBroker10.Session session = rig.session();
        session.say(0x15, true, 0, null, false, Wire10.composite(0x24));
        rig.rig.run();
        assertThat(rig.broker.taken).containsExactly("open", "held");
        client.say(0, 0x15, false, 0, null, true).run();
        assertThat(rig.broker.dispositions).hasSize(1);
        rig.rig.pass(LONG);
        assertThat(client.all(0x17)).isEmpty();
    }

    @Test
    void aBarrierThatIsNeverAnsweredHoldsUpNoMoreThanItsSessionInTheEnd() {
        rig.broker.product = "Qpid";
        rig.broker.answersBarriers = false;
        TestClient10 client = senderOfTwoSessions();
        client.transfer(0, 0, 0, true, "settled")
                .transfer(0, 0, 1, false, "held")
                .run();
        rig.rig.pass(LONG);
        assertThat(client.last(0x17).error(0)).isEqualTo("amqp:resource-limit-exceeded");
        assertThat(rig.broker.taken).containsExactly("settled");
    }

    @Test
    void whileTheBrokerTakesNothingAClientWaitsAsItWouldDirectly() {
        rig.broker.window = 1;
        TestClient10 client = senderOfTwoSessions();
        for (int i = 0; i < 3; i++) {
            client.transfer(0, 0, i, true, "m" + i);
        }
        client.run();
        rig.rig.pass(LONG);
        rig.rig.pass(LONG);
        assertThat(client.all(0x17)).isEmpty();
        assertThat(rig.broker.taken).containsExactly("m0");

        client.say(0, 0x13, 0, 100, 3, 100, 0, 3, 7).run();
        rig.session().roomHere = 10;
        rig.session().say(0x13, 1, 10, 0, 100);
        rig.rig.run();
        assertThat(rig.broker.taken).containsExactly("m0", "m1", "m2");
        assertThat(rig.broker.flows).hasSize(1);
        rig.rig.pass(LONG);
        assertThat(client.all(0x17)).isEmpty();
    }
}
