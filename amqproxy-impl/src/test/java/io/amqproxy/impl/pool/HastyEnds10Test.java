package io.amqproxy.impl.pool;

import static io.amqproxy.impl.amqp10.Wire10.ATTACH;
import static io.amqproxy.impl.amqp10.Wire10.CLOSE;
import static io.amqproxy.impl.amqp10.Wire10.DETACH;
import static io.amqproxy.impl.amqp10.Wire10.END;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Artemis serves a connection no more on which a session ends before it has answered the attach of a receiver: whoever
 * leaves just then costs nobody else the connection.
 */
class HastyEnds10Test {

    /** One section of data, as Artemis closes the connection for what is no message. */
    private static final String MESSAGE = "\0Su\u00a0\u0002go";

    private final Rig10 rig = new Rig10();
    private TestClient10 neighbour;

    @BeforeEach
    void haveANeighbour() {
        rig.broker.product = "apache-activemq-artemis";
        rig.broker.failsOverHastyEnds = true;
        rig.broker.queue("q").add("m".getBytes(StandardCharsets.ISO_8859_1));
        neighbour = rig.open().begin(0).sender(0, 0, "n").run();
    }

    private TestClient10 receiver() {
        return rig.open().begin(0).receiver(0, 0, "q").credit(0, 0, 0, 10);
    }

    private void assertThatNothingIsLeft() {
        assertThat(rig.broker.flows.get(rig.broker.flows.size() - 1).number(6, -1))
                .isZero();
        neighbour.transfer(0, 0, 0, false, MESSAGE).run();
        assertThat(rig.broker.taken).containsExactly(MESSAGE);
        assertThat(rig.broker.queue("q")).hasSize(1);
        assertThat(rig.broker.sessions()).isEqualTo(1);
    }

    @Test
    void anEndWaitsForTheAnswer() {
        TestClient10 client = receiver().say(0, END).run();
        assertThat(client.all(ATTACH)).hasSize(1);
        assertThat(client.all(DETACH)).isEmpty();
        assertThat(rig.broker.detaches).isZero();
        assertThat(client.all(END)).hasSize(1);
        assertThatNothingIsLeft();
    }

    @Test
    void soDoesTheEndOfAClientThatCloses() {
        TestClient10 client = receiver().say(0, CLOSE).run();
        assertThat(client.all(CLOSE)).hasSize(1);
        assertThatNothingIsLeft();
    }

    @Test
    void andOfOneThatVanishes() {
        receiver().vanish();
        rig.rig.run();
        assertThatNothingIsLeft();
    }

    /** Artemis fails over the one of a coordinator of transactions in the same way. */
    @ParameterizedTest
    @ValueSource(ints = {END, CLOSE})
    void soDoesAnEndBehindACoordinator(int end) {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "s").run();
        int attaches = rig.broker.attaches;
        Object coordinator = Wire10.composite(0x30, new Wire10.Symbol("amqp:local-transactions"));
        client.say(0, ATTACH, "tx", 1, false, null, null, Wire10.composite(0x28), coordinator, null, null, 0)
                .say(0, end)
                .run();
        assertThat(client.all(end)).hasSize(1);
        assertThat(rig.broker.attaches).isEqualTo(attaches + 1);
        neighbour.transfer(0, 0, 0, false, MESSAGE).run();
        assertThat(rig.broker.taken).containsExactly(MESSAGE);
    }

    @Test
    void aClientThatHasDetachedHearsOfBoth() {
        TestClient10 client = receiver().say(0, DETACH, 0, true).say(0, END).run();
        assertThat(client.all(ATTACH)).hasSize(1);
        assertThat(client.all(DETACH)).hasSize(1);
        assertThat(client.all(END)).hasSize(1);
    }

    @Test
    void aDetachWaitsForTheAnswerToo() {
        TestClient10 client = receiver().say(0, DETACH, 0, true).run();
        assertThat(client.all(ATTACH)).hasSize(1);
        assertThat(client.all(DETACH)).hasSize(1);
        assertThat(rig.broker.detaches).isEqualTo(1);
        neighbour.transfer(0, 0, 0, false, MESSAGE).run();
        assertThat(rig.broker.taken).containsExactly(MESSAGE);
    }

    @Test
    void soDoesOneOfAClientThatSends() {
        TestClient10 client =
                rig.open().begin(0).sender(0, 0, "q").sayAllOfAnEnd().run();
        assertThat(client.all(ATTACH)).hasSize(1);
        assertThat(client.all(DETACH)).hasSize(1);
        assertThat(client.all(END)).hasSize(1);
        assertThat(client.all(CLOSE)).hasSize(1);
    }

    @Test
    void aLinkOfTheNameWaitsForTheDetach() {
        TestClient10 client =
                receiver().say(0, DETACH, 0, true).receiver(0, 1, "q", "r0").run();
        assertThat(client.all(ATTACH)).hasSize(2);
        assertThat(client.all(DETACH)).hasSize(1);
    }

    /** A link that nobody uses, whose detach proves that what was sent settled is handled. */
    @Test
    void andTheBarriersOwn() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "s").run();
        client.transfer(0, 0, 0, true, MESSAGE).say(0, CLOSE).run();
        assertThat(rig.broker.taken).containsExactly(MESSAGE);
        rig.open().begin(0).sender(0, 0, "s").run();
        assertThat(rig.broker.sessions()).isEqualTo(2);
    }
}
