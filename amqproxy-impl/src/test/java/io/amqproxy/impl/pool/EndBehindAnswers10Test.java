package io.amqproxy.impl.pool;

import static io.amqproxy.impl.amqp10.Wire10.ATTACH;
import static io.amqproxy.impl.amqp10.Wire10.BEGIN;
import static io.amqproxy.impl.amqp10.Wire10.CLOSE;
import static io.amqproxy.impl.amqp10.Wire10.DETACH;
import static io.amqproxy.impl.amqp10.Wire10.END;
import static io.amqproxy.impl.amqp10.Wire10.TRANSFER;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A client that attaches and ends in one flight hears of its links before the end is answered, as it does directly. */
class EndBehindAnswers10Test {

    private final Rig10 rig = new Rig10();

    private static List<Integer> heard(TestClient10 client) {
        return client.heard.stream()
                .map(Stream10.Frame::code)
                .filter(code -> code == BEGIN || code == ATTACH || (code >= TRANSFER && code != 0x15))
                .toList();
    }

    @Test
    void anAttachIsAnsweredBeforeTheEnd() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").say(0, END).run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, END);
        assertThat(rig.broker.sessions()).isZero();
    }

    @Test
    void soIsADetach() {
        TestClient10 client = rig.open()
                .begin(0)
                .receiver(0, 0, "q")
                .say(0, DETACH, 0, true)
                .say(0, END)
                .run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, DETACH, END);
    }

    /** The broker has the end with the credit. */
    @Test
    void aReceiverThatEndsGetsNothingMeanwhile() {
        rig.broker.queue("q").add("m".getBytes(StandardCharsets.ISO_8859_1));
        TestClient10 client = rig.open()
                .begin(0)
                .receiver(0, 0, "q")
                .credit(0, 0, 0, 10)
                .say(0, END)
                .run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, END);
        assertThat(rig.broker.queue("q")).hasSize(1);
    }

    @Test
    void theChannelServesAgainInTheSameFlight() {
        TestClient10 client = rig.open().begin(0).receiver(0, 0, "q").say(0, END);
        client.begin(0).receiver(0, 0, "p").run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, END, BEGIN, ATTACH);
        assertThat(rig.broker.sessions()).isEqualTo(1);
    }

    @Test
    void theCloseIsAnsweredBehindTheEnd() {
        TestClient10 client =
                rig.open().begin(0).receiver(0, 0, "q").sayAllOfAnEnd().run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, DETACH, END, CLOSE);
    }

    @Test
    void theCloseIsAnsweredBehindTheAttachesOfAllSessions() {
        TestClient10 client = rig.open()
                .begin(0)
                .receiver(0, 0, "q")
                .begin(1)
                .sender(1, 0, "p")
                .say(0, CLOSE)
                .run();
        assertThat(heard(client)).containsExactlyInAnyOrder(BEGIN, BEGIN, ATTACH, ATTACH, CLOSE);
        assertThat(heard(client).get(4)).isEqualTo(CLOSE);
        assertThat(rig.broker.sessions()).isZero();
    }

    /** What it was told of its link it knows, so that there is nothing to wait for. */
    @Test
    void aCloseBehindADetachDoesNotWaitForTheBroker() {
        TestClient10 client = rig.open().begin(0).receiver(0, 0, "q").run();
        rig.broker.connections.get(0).isDeaf = true;
        client.sayAllOfAnEnd().run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, DETACH, END, CLOSE);
    }

    @Test
    void norDoesAChannelThatIsUsedAgain() {
        TestClient10 client = rig.open().begin(0).receiver(0, 0, "q").run();
        rig.broker.connections.get(0).isDeaf = true;
        client.say(0, DETACH, 0, false).say(0, END).begin(0).run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, DETACH, END, BEGIN);
        assertThat(client.all(DETACH).get(0).field(1)).isNotEqualTo(true);
    }

    @Test
    void aCloseWaitsForABrokerThatDoesNotAnswerNoLongerThanForOneThatDoesNotClose() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        rig.broker.connections.get(0).isDeaf = true;
        client.sender(0, 1, "p").say(0, CLOSE).run();
        assertThat(client.all(CLOSE)).isEmpty();
        rig.rig.pass(Duration.ofSeconds(6));
        assertThat(client.all(CLOSE)).hasSize(1);
    }

    /** Broker-J answers some attaches never, and the end of their session. */
    @Test
    void aCloseIsAllThatAnswersAClose() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        ScriptedBroker10.Session session = rig.session();
        session.connection.isDeaf = true;
        client.sender(0, 1, "p").say(0, CLOSE).run();
        assertThat(client.all(CLOSE)).isEmpty();
        session.say(END);
        client.run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, CLOSE);
    }

    @Test
    void whatTheBrokerHasAgainstTheSessionIsToldBeforeIt() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        client.sender(0, 1, "missing").say(0, CLOSE).run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, END, CLOSE);
        assertThat(client.last(END).error(0)).isEqualTo("amqp:not-found");
    }

    @Test
    void itIsAnsweredWhenTheConnectionToTheBrokerIsLost() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        rig.broker.connections.get(0).isDeaf = true;
        client.sender(0, 1, "p").say(0, END).run();
        assertThat(client.all(END)).isEmpty();
        rig.broker.connections.get(0).cut();
        client.run();
        assertThat(client.all(END)).hasSize(1);
    }

    @Test
    void aBrokerThatDoesNotAnswerIsNotWaitedForForEver() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        rig.broker.connections.get(0).isDeaf = true;
        client.sender(0, 1, "p").say(0, END).run();
        assertThat(client.all(END)).isEmpty();
        rig.rig.pass(Duration.ofSeconds(61));
        assertThat(client.all(END)).hasSize(1);
    }

    @Test
    void whatCostsTheSessionBehindADetachIsToldBehindIt() {
        TestClient10 client =
                rig.open().begin(0).receiver(0, 0, "q").receiver(0, 1, "p").run();
        client.say(0, DETACH, 0, true).credit(0, 0, 7, 1).run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, ATTACH, DETACH, END);
        assertThat(client.last(DETACH).is(1)).isTrue();
        assertThat(client.last(END).error(0)).isEqualTo("amqp:session:unattached-handle");
        client.say(0, END).begin(0).receiver(0, 0, "q").run();
        assertThat(client.all(ATTACH)).hasSize(3);
        assertThat(rig.broker.sessions()).isEqualTo(1);
    }

    /** Of a link that it has not heard of it cannot hear the end. */
    @Test
    void whatCostsTheSessionBehindAttachAndDetachIsAllThatIsTold() {
        TestClient10 client = rig.open().begin(0).receiver(0, 1, "p").run();
        client.receiver(0, 0, "q").say(0, DETACH, 0, true).credit(0, 0, 7, 1).run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, END);
    }

    /** Transfers wait for the broker's window, and the detach behind them. */
    @Test
    void anEndDoesNotWaitForABrokerThatTakesNothing() {
        rig.broker.announcedWindow = 0;
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        client.transfer(0, 0, 0, false, "waits")
                .say(0, DETACH, 0, true)
                .say(0, END)
                .run();
        assertThat(client.all(END)).hasSize(1);
    }
}
