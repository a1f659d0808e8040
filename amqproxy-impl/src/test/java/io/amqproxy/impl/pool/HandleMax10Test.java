package io.amqproxy.impl.pool;

import static io.amqproxy.impl.amqp10.Wire10.ATTACH;
import static io.amqproxy.impl.amqp10.Wire10.BEGIN;
import static io.amqproxy.impl.amqp10.Wire10.CLOSE;
import static io.amqproxy.impl.amqp10.Wire10.END;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A handle that one side does not take costs what it does at the broker in front. */
class HandleMax10Test {

    private final Rig10 rig = new Rig10();

    private TestClient10 beginning(int handleMax) {
        return rig.open().say(0, BEGIN, null, 0, 1000, 1000, handleMax);
    }

    @Test
    void aHandleAboveTheBrokersEndsTheSessionInFrontOfRabbitMq() {
        rig.broker.product = "RabbitMQ";
        TestClient10 client = beginning(1000).sender(0, 256, "q").run();
        assertThat(client.last(END).error(0)).isEqualTo("amqp:connection:framing-error");
        assertThat(client.all(CLOSE)).isEmpty();
    }

    @Test
    void soDoesOneAboveTheClientsOwn() {
        rig.broker.product = "RabbitMQ";
        TestClient10 client =
                beginning(0).sender(0, 0, "q").run().sender(0, 1, "q").run();
        assertThat(client.all(ATTACH)).hasSize(1);
        assertThat(client.last(END).error(0)).isEqualTo("amqp:connection:framing-error");
    }

    @Test
    void elsewhereTheFirstClosesTheConnectionAndTheOtherIsServed() {
        TestClient10 client = beginning(0).sender(0, 0, "q").sender(0, 1, "q").run();
        assertThat(client.all(ATTACH)).hasSize(2);
        client.sender(0, 256, "q").run();
        assertThat(client.last(CLOSE).error(0)).isEqualTo("amqp:connection:framing-error");
    }

    @Test
    void aSessionThatHasNoHandleForABarrierIsGivenUpAtOnce() {
        rig.broker.handleMax = 0;
        rig.open().begin(0).sender(0, 0, "q").transfer(0, 0, 0, true, "a").run().leave();

        assertThat(rig.broker.taken).containsExactly("a");
        assertThat(rig.rig.pool().channelsLeased()).isZero();
        assertThat(rig.broker.sessions()).isZero();
    }

    @Test
    void aLinkThatIsKeptGivesWayToOneOfAClient() {
        rig.broker.handleMax = 1;
        TestClient10 former =
                rig.open().begin(0).sender(0, 0, "q").sender(0, 1, "r").run();
        former.transfer(0, 0, 0, false, "a").transfer(0, 1, 1, false, "b").run().leave();
        TestClient10 client =
                rig.open().begin(0).sender(0, 0, "q").sender(0, 1, "s").run();
        client.transfer(0, 0, 0, false, "c").transfer(0, 1, 1, false, "d").run();

        assertThat(client.all(END)).isEmpty();
        assertThat(rig.broker.taken).containsExactly("a", "b", "c", "d");
        assertThat(rig.broker.sessionsBegun).isOne();
    }

    @Test
    void aClientsOwnLinksGiveWayToNone() {
        rig.broker.handleMax = 1;
        TestClient10 client =
                rig.open().begin(0).sender(0, 0, "q").sender(0, 1, "r").run();
        client.sender(0, 2, "s").run();
        assertThat(client.last(END).error(0)).isEqualTo("amqp:resource-limit-exceeded");
    }
}
