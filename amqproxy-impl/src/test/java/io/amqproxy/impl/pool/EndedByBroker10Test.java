package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.upstream.Amqp10Upstream;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Sessions and links at the broker that end on purpose, as if the broker ended them. */
class EndedByBroker10Test {

    private static final int DISPOSITION = 0x15;
    private static final int DETACH = 0x16;
    private static final int END = 0x17;

    private static final String CONDITION = "test:on-purpose";

    private final Rig10 rig = new Rig10();

    private Amqp10Upstream upstream() {
        return rig.rig.links.stream()
                .filter(link -> link.session() instanceof Amqp10Upstream && !link.isOver())
                .map(link -> (Amqp10Upstream) Objects.requireNonNull(link.session()))
                .findFirst()
                .orElseThrow();
    }

    private int end() {
        int ended = upstream().endSessions(channel -> true, CONDITION, "why");
        rig.rig.run();
        return ended;
    }

    private int detach() {
        int detached = upstream().detachLinks(channel -> true, CONDITION, "why");
        rig.rig.run();
        return detached;
    }

    private static void sends(TestClient10 client, int handle, String body) {
        client.heard.clear();
        client.transfer(0, handle, 0, false, body).run();
        assertThat(client.last(DISPOSITION).number(1, -1)).isZero();
    }

    @Test
    void whoHasASessionHearsOfItsEndAndBeginsAnother() {
        rig.broker.queue("r").add(new byte[] {'x'});
        TestClient10 client = rig.open()
                .begin(0)
                .sender(0, 0, "q")
                .receiver(0, 1, "r")
                .credit(0, 1, 7, 5)
                .run();
        TestClient10 other = rig.open().begin(0).sender(0, 0, "q").run();
        assertThat(client.bodies()).containsExactly("x");
        ScriptedBroker10.Session first = rig.session();
        assertThat(upstream().endSessions(channel -> channel == first.channel, CONDITION, "why"))
                .isOne();
        rig.rig.run();
        assertThat(client.all(END)).extracting(frame -> frame.error(0)).containsExactly(CONDITION);
        assertThat(rig.broker.sessions()).isOne();
        assertThat(rig.broker.queue("r")).as("it is given back").hasSize(1);
        sends(other, 0, "of the other");

        client.say(0, END)
                .begin(0)
                .receiver(0, 1, "r")
                .credit(0, 1, 7, 5)
                .sender(0, 0, "q")
                .run();
        assertThat(client.bodies()).containsExactly("x", "x");
        sends(client, 0, "of the next");
        client.leave();
        other.leave();
        assertThat(rig.broker.taken).containsExactly("of the other", "of the next");
        assertThat(rig.rig.loop.chunks.usedBytes()).isZero();
    }

    /** The broker has begun none of these, so that it cannot have ended one. */
    @Test
    void whatTheBrokerHasNotAnsweredIsLetAlone() {
        TestClient10 client = rig.open();
        client.begin(0).sender(0, 0, "q").link().moveToSession(1_000);
        rig.rig.endTurn();
        int there = rig.rig.links.stream().anyMatch(link -> link.session() instanceof Amqp10Upstream)
                ? upstream().endSessions(channel -> true, CONDITION, "why")
                        + upstream().detachLinks(channel -> true, CONDITION, "why")
                : 0;
        assertThat(there).isZero();
        client.run();
        sends(client, 0, "a");
        client.leave();
    }

    @Test
    void linksThatWaitInThePoolAreThereNoMoreAndNeitherIsTheirSession() {
        rig.open().begin(0).sender(0, 0, "q").sender(0, 1, "p").run().leave();
        assertThat(rig.rig.pool().channelsIdle()).isOne();
        assertThat(detach()).isEqualTo(2);
        assertThat(rig.broker.detaches).isEqualTo(2);
        assertThat(rig.rig.pool().channelsIdle()).isZero();
        assertThat(rig.broker.sessions()).isZero();
        assertThat(detach()).isZero();

        TestClient10 next = rig.open().begin(0).sender(0, 0, "q").run();
        sends(next, 0, "a");
        next.leave();
    }

    @Test
    void sessionsThatWaitInThePoolAreThereNoMore() {
        rig.open().begin(0).sender(0, 0, "q").run().leave();
        assertThat(rig.rig.pool().channelsIdle()).isOne();
        assertThat(end()).isOne();
        assertThat(rig.rig.pool().channelsIdle()).isZero();
        assertThat(rig.broker.sessions()).isZero();
        assertThat(end()).isZero();

        TestClient10 next = rig.open().begin(0).sender(0, 0, "q").run();
        sends(next, 0, "a");
        next.leave();
    }

    @Test
    void linksOfAClientAreDetachedAndItsSessionGoesOn() {
        TestClient10 client =
                rig.open().begin(0).sender(0, 0, "q").receiver(0, 1, "r").run();
        assertThat(detach()).isEqualTo(2);
        assertThat(client.all(DETACH))
                .extracting(frame -> frame.error(2) + ' ' + frame.is(1))
                .containsExactly(CONDITION + " true", CONDITION + " true");
        assertThat(detach()).isZero();
        client.say(0, DETACH, 0, true).say(0, DETACH, 1, true).sender(0, 0, "q").run();
        sends(client, 0, "a");
        assertThat(rig.broker.detaches).isEqualTo(2);
        assertThat(client.all(END)).isEmpty();
        client.leave();
        assertThat(rig.rig.loop.chunks.usedBytes()).isZero();
    }

    /** What was sent without an outcome is no more than a broker owes that ends the link. */
    @Test
    void whatHasNoOutcomeHasNoneAfterTheEnd() {
        rig.broker.answers = false;
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        client.transfer(0, 0, 0, false, "a").run();
        assertThat(end()).isOne();
        assertThat(client.last(END).error(0)).isEqualTo(CONDITION);
        assertThat(client.all(DISPOSITION)).isEmpty();
        client.say(0, END).run();
        client.leave();
        assertThat(rig.broker.sessions()).isZero();
        assertThat(rig.rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void anEndThatWaitsForTheWindowComesBehindWhatWasSent() {
        rig.broker.window = 3;
        rig.broker.announcedWindow = 1;
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        for (int i = 0; i < 3; i++) {
            client.transfer(0, 0, i, false, "m" + i);
        }
        client.link().moveToSession(100_000);
        rig.rig.endTurn();
        rig.rig.run();
        ScriptedBroker10.Session session = rig.session();
        assertThat(end()).isOne();
        assertThat(client.all(END)).hasSize(1);
        assertThat(rig.broker.sessions()).as("it waits").isOne();
        rig.broker.announcedWindow = null;
        session.grant(session.link(0), 1);
        client.say(0, END).run();
        client.leave();
        assertThat(rig.broker.sessions()).isZero();
        assertThat(rig.broker.taken).containsExactly("m0", "m1"); // The client has not been read further.
        assertThat(rig.rig.loop.chunks.usedBytes()).isZero();
    }
}
