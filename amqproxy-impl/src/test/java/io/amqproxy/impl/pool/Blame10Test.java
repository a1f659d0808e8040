package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.upstream.Amqp10Upstream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is told what, and who is kept apart, when the broker closes a connection that several clients share. */
class Blame10Test {

    private final Rig10 rig = new Rig10();

    private TestClient10 sender(String container) {
        return TestClient10.open(rig.rig, container).begin(0).sender(0, 0, "q").run();
    }

    private BrokerConnection10 connection() {
        return rig.broker.connections.get(0);
    }

    /** The broker closes the connection for something. */
    private void close(String condition) {
        connection().say(0, 0x18, Wire10.composite(0x1D, new Wire10.Symbol(condition), "because"));
        rig.rig.run();
    }

    private static String told(TestClient10 client) {
        return client.last(0x18).error(0);
    }

    /** Whether clients of these containers share a connection, in one order or the other. */
    private boolean share(String one, String other) {
        int before = rig.broker.connections.size();
        sender(one);
        sender(other);
        return rig.broker.connections.size() - before <= 1;
    }

    @Test
    void theOnlyOneThatTheBrokerHasNotAnsweredGetsTheCloseAsItIs() {
        TestClient10 innocent = sender("innocent");
        TestClient10 culprit = sender("culprit");
        innocent.transfer(0, 0, 0, false, "handled").run();
        rig.broker.answers = false;
        culprit.transfer(0, 0, 0, false, "bad").run();
        close("amqp:decode-error");
        assertThat(told(culprit)).isEqualTo("amqp:decode-error");
        assertThat(told(innocent)).isEqualTo("amqp:connection:forced");

        rig.broker.answers = true;
        culprit.vanish();
        innocent.vanish();
        sender("innocent");
        int shared = rig.broker.connections.size();
        sender("third");
        assertThat(rig.broker.connections).hasSize(shared);
        sender("culprit");
        assertThat(rig.broker.connections).hasSize(shared + 1);
    }

    @Test
    void whatIsSaidWithoutAnAnswerIsHandledWhenSomethingBehindItIsAnswered() {
        TestClient10 innocent =
                sender("innocent").transfer(0, 0, 0, true, "settled").run();
        TestClient10 culprit = sender("culprit");
        culprit.transfer(0, 0, 0, false, "good").run();
        culprit.transfer(0, 0, 1, true, "bad").run();
        close("amqp:not-allowed");
        assertThat(told(culprit)).isEqualTo("amqp:not-allowed");
        assertThat(told(innocent)).isEqualTo("amqp:connection:forced");
    }

    @Test
    void whatWaitsForTheWindowIsSaidWhenItIsWritten() {
        rig.broker.window = 1;
        TestClient10 culprit = sender("culprit");
        TestClient10 innocent = sender("innocent");
        culprit.transfer(0, 0, 0, false, "good").transfer(0, 0, 1, false, "bad").run();
        innocent.transfer(0, 0, 0, false, "good").run();
        assertThat(rig.broker.taken).containsExactly("good", "good");

        rig.broker.answers = false;
        widen(0);
        assertThat(rig.broker.taken).containsExactly("good", "good", "bad");
        close("amqp:decode-error");
        assertThat(told(culprit)).isEqualTo("amqp:decode-error");
        assertThat(told(innocent)).isEqualTo("amqp:connection:forced");
    }

    @Test
    void whatHasNotLeftTheProxyIsNobodysOffence() {
        rig.broker.window = 1;
        TestClient10 waiting = sender("waiting");
        TestClient10 culprit = sender("culprit");
        waiting.transfer(0, 0, 0, false, "good")
                .transfer(0, 0, 1, false, "waits")
                .run();
        rig.broker.answers = false;
        culprit.transfer(0, 0, 0, false, "bad").run();
        close("amqp:decode-error");
        assertThat(told(culprit)).isEqualTo("amqp:decode-error");
        assertThat(told(waiting)).isEqualTo("amqp:connection:forced");
    }

    @Test
    void theOutcomeOfWhatHadToWaitProvesItToo() {
        rig.broker.window = 1;
        TestClient10 innocent = sender("innocent");
        TestClient10 culprit = sender("culprit");
        for (int i = 0; i < 3; i++) {
            innocent.transfer(0, 0, i, false, "good");
        }
        innocent.run();
        widen(0);
        widen(0);
        assertThat(innocent.all(0x15)).hasSize(3);
        closesForBadOnesOf(culprit, innocent);
    }

    /** The broker takes one more transfer of the session of this client, by the order in which they came. */
    private void widen(int client) {
        ScriptedBroker10.Session session =
                List.copyOf(connection().sessions.values()).get(client);
        session.roomHere = 1;
        session.say(0x13, session.nextIncomingId, 1, 0, 100);
        rig.rig.run();
    }

    private void closesForBadOnesOf(TestClient10 culprit, TestClient10 innocent) {
        rig.broker.answers = false;
        culprit.transfer(0, 0, 0, false, "bad").run();
        close("amqp:decode-error");
        assertThat(told(culprit)).isEqualTo("amqp:decode-error");
        assertThat(told(innocent)).isEqualTo("amqp:connection:forced");
    }

    @Test
    void whoHasAllItsAnswersIsNoSuspect() {
        TestClient10 innocent = sender("innocent");
        TestClient10 culprit = sender("culprit");
        for (int i = 0; i < 5; i++) {
            innocent.transfer(0, 0, i, false, "good");
        }
        assertThat(innocent.run().all(0x15)).hasSize(5);
        closesForBadOnesOf(culprit, innocent);
    }

    @Test
    void anAnswerToWhatCameLaterDoesToo() {
        rig.broker.answers = false;
        TestClient10 innocent = sender("innocent");
        TestClient10 culprit = sender("culprit");
        for (int i = 0; i < 3; i++) {
            innocent.transfer(0, 0, i, false, "good").run();
        }
        rig.session().accept(2);
        rig.rig.run();
        closesForBadOnesOf(culprit, innocent);
    }

    @Test
    void whoHasSaidNothingThatWasWrittenIsNoSuspect() {
        TestClient10 innocent = sender("innocent");
        TestClient10 culprit = sender("culprit");
        innocent.transfer(0, 0, 0, false, "good").run();
        innocent.settle(0, 7, 9) // Of what it never got.
                .say(0, 0x15, false, 0, 0, true) // Of what is settled.
                .say(0, 0x16, 0, true) // The link is kept.
                .run();
        rig.broker.answers = false;
        culprit.transfer(0, 0, 0, false, "bad").run();
        close("amqp:decode-error");
        assertThat(told(culprit)).isEqualTo("amqp:decode-error");
        assertThat(innocent.all(0x18)).isEmpty(); // It has nothing there.
    }

    @Test
    void ofSeveralNobodyIsToldToHaveDoneItAndAllAreKeptApart() {
        TestClient10 one = sender("one");
        TestClient10 other = sender("other");
        rig.broker.answers = false;
        one.transfer(0, 0, 0, false, "bad").run();
        other.transfer(0, 0, 0, false, "bad").run();
        close("amqp:internal-error");
        assertThat(told(one)).isEqualTo("amqp:connection:forced");
        assertThat(told(other)).isEqualTo("amqp:connection:forced");
        one.vanish();
        other.vanish();
        rig.broker.answers = true;
        assertThat(share("one", "other")).isFalse();
    }

    @Test
    void whoLeftMayHaveDoneIt() {
        TestClient10 neighbour = sender("neighbour");
        TestClient10 gone = sender("gone");
        rig.broker.answers = false;
        neighbour.transfer(0, 0, 0, false, "good").run();
        rig.rig.links.forEach(link -> link.clogged |= link.session() instanceof Amqp10Upstream);
        gone.transfer(0, 0, 0, false, "bad").run();
        gone.vanish();
        close("amqp:internal-error");
        assertThat(told(neighbour)).isEqualTo("amqp:connection:forced");
    }

    @Test
    void aBrokerThatGoesBlamesNobody() {
        TestClient10 one = sender("one");
        rig.broker.answers = false;
        one.transfer(0, 0, 0, false, "good").run();
        TestClient10 other = sender("other");
        close("amqp:connection:forced");
        assertThat(told(one)).isEqualTo("amqp:connection:forced");
        assertThat(told(other)).isEqualTo("amqp:connection:forced");
        one.vanish();
        other.vanish();
        assertThat(share("one", "other")).isTrue();
    }

    @Test
    void aMessageThatTheBrokerWouldCloseTheConnectionForDoesNotReachIt() {
        rig.broker.product = "apache-activemq-artemis";
        TestClient10 neighbour = sender("neighbour");
        String good = "\0Su\u00a0\u0001m";
        assertThat(neighbour.transfer(0, 0, 0, false, good).run().last(0x15).is(3))
                .isTrue();
        TestClient10 whole =
                sender("whole").transfer(0, 0, 0, false, "no message").run();
        TestClient10 parts = sender("parts")
                .part(0, 0, 0, false, true, "\0Sp\u00c1")
                .run()
                .part(0, 0, 0, false, false, "\u0001\0" + good)
                .run();
        assertThat(told(whole)).isEqualTo("amqp:internal-error");
        assertThat(told(parts)).isEqualTo("amqp:internal-error");
        assertThat(neighbour.transfer(0, 0, 1, false, good).run().all(0x15)).hasSize(2);
        assertThat(rig.broker.taken).containsExactly(good, good);
    }
}
