package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.pool.Stream10.Frame;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Sessions and links at the broker that serve one client after the other. */
class SenderReuse10Test {

    /** By hand fifty thousand, which takes 20 s. */
    private static final int CLIENTS = Integer.getInteger("clients10", 3000);

    private final Rig10 rig = new Rig10();

    private TestClient10 sender(int count) {
        return rig.open().begin(0).sender(0, 0, "q", count).run();
    }

    @Test
    void theNextClientHasTheLinkAndItsCreditWithoutAskingTheBroker() {
        sender(0).transfer(0, 0, 0, false, "first").run().leave();
        int attaches = rig.broker.attaches;

        TestClient10 next = rig.open();
        FakeLink toBroker = rig.rig.links.stream()
                .filter(link -> link.session() instanceof io.amqproxy.impl.amqp10.upstream.Amqp10Upstream)
                .findFirst()
                .orElseThrow();
        toBroker.clogged = true; // The broker hears nothing, and says nothing.
        next.begin(0).sender(0, 0, "q", 1000).run();
        assertThat(next.last(0x12).number(1, -1)).isZero();
        assertThat(next.last(0x12).is(2)).isTrue();
        Frame flow = next.last(0x13);
        assertThat(flow.number(5, -1)).isEqualTo(1000);
        assertThat(flow.number(6, -1)).isEqualTo(9);
        next.transfer(0, 0, 77, true, "second")
                .say(0, 0x16, 0, true)
                .say(0, 0x17)
                .say(0, 0x18)
                .run();
        assertThat(next.all(0x18)).hasSize(1);
        toBroker.unclog();
        rig.rig.run();
        assertThat(rig.broker.taken).containsExactly("first", "second");
        assertThat(rig.broker.attaches - attaches).as("the barrier's only").isEqualTo(1);
    }

    @Test
    void eachClientCountsAndNumbersAsItLikes() {
        for (int i = 0; i < 30; i++) {
            int first = i * 0x1234_5678;
            TestClient10 client = sender(first);
            Frame flow = client.last(0x13);
            assertThat(flow.number(5, -1)).isEqualTo(first);
            int credit = flow.number(6, -1);
            for (int k = 0; k < credit; k++) {
                client.transfer(0, 0, first + k, false, "m" + i + "." + k).run();
                assertThat(client.last(0x15).number(1, -1)).isEqualTo(first + k);
            }
            client.leave();
        }
        assertThat(rig.broker.sessionsBegun).isEqualTo(1);
        assertThat(rig.broker.connections).hasSize(1);
    }

    @Test
    void whatWasSentSettledIsProvedBeforeAnotherClientComes() {
        rig.broker.answersBarriers = false;
        sender(0).transfer(0, 0, 0, true, "settled").run().leave();
        assertThat(rig.broker.taken).containsExactly("settled");
        assertThat(rig.rig.pool().channelsIdle()).isZero();

        sender(0).run();
        assertThat(rig.broker.sessionsBegun).isEqualTo(2);
        rig.rig.pass(Duration.ofSeconds(60));
        assertThat(rig.broker.sessions()).as("the unproved one is ended").isEqualTo(1);
    }

    @Test
    void anErrorThatComesBeforeTheProofReachesNobodyElse() {
        rig.broker.answersBarriers = false;
        sender(0).transfer(0, 0, 0, true, "bad").run().leave();
        TestClient10 next = sender(0);
        rig.session().end("amqp:internal-error");
        rig.rig.run();
        next.transfer(0, 0, 0, false, "good").run();
        assertThat(next.all(0x17)).isEmpty();
        assertThat(next.last(0x15).is(3)).isTrue();
    }

    @Test
    void whoLeavesSomethingUnsettledLeavesNothingToOthers() {
        rig.broker.answers = false;
        sender(0).transfer(0, 0, 0, false, "open").run().leave();
        rig.broker.answers = true;
        TestClient10 next = sender(0);
        next.transfer(0, 0, 0, false, "mine").run();
        assertThat(next.all(0x15)).hasSize(1);
        assertThat(rig.broker.sessionsBegun).isEqualTo(2);
        assertThat(rig.broker.sessions()).isEqualTo(1);
    }

    @Test
    void anotherTargetOrRequestGetsAnotherLink() {
        sender(0).transfer(0, 0, 0, false, "a").run().leave();
        TestClient10 other = rig.open().begin(0).sender(0, 0, "p").run();
        other.transfer(0, 0, 0, false, "b").run().leave();
        assertThat(new String(Objects.requireNonNull(rig.broker.queue("p").peek()), UTF_8))
                .isEqualTo("b");
        assertThat(rig.broker.sessionsBegun).isEqualTo(2);
    }

    @Test
    void aLinkThatTheBrokerDetachesMeanwhileServesNobody() {
        sender(0).transfer(0, 0, 0, false, "a").run().leave();
        ScriptedBroker10.Session session = rig.session();
        session.detach(session.links.values().iterator().next(), "amqp:resource-deleted");
        rig.rig.run();
        assertThat(rig.broker.sessions()).isZero();
        TestClient10 next = sender(0);
        assertThat(next.all(0x16)).isEmpty();
        next.transfer(0, 0, 0, false, "b").run();
        assertThat(next.last(0x15).is(3)).isTrue();
    }

    @Test
    void aClientThatDetachesAndAttachesAgainHasTheSameLink() {
        TestClient10 client = sender(0);
        for (int i = 0; i < 20; i++) {
            client.transfer(0, 0, i, false, "m" + i).run();
            client.say(0, 0x16, 0, true).sender(0, 0, "q", 5 * i).run();
            assertThat(client.last(0x13).number(5, -1)).isEqualTo(5 * i);
        }
        assertThat(rig.broker.attaches).isEqualTo(1);
        assertThat(client.all(0x16)).hasSize(20);
    }

    @Test
    void aLinkServesNoLongerThanItsAge() {
        Rig10 aging = new Rig10(options -> options.maxChannelAge = Duration.ofSeconds(30));
        aging.open().begin(0).sender(0, 0, "q").run().leave();
        aging.rig.pass(Duration.ofSeconds(31));
        aging.open().begin(0).sender(0, 0, "q").run();
        assertThat(aging.broker.sessionsBegun).isEqualTo(2);
    }

    @Test
    void receiversAreNeverLeftToOthers() {
        rig.broker.queue("q").add("one".getBytes(UTF_8));
        TestClient10 client =
                rig.open().begin(0).receiver(0, 0, "q").credit(0, 0, 7, 10).run();
        assertThat(client.bodies()).containsExactly("one");
        client.leave();
        assertThat(rig.broker.queue("q")).hasSize(1);
        assertThat(rig.broker.sessions()).isZero();
        TestClient10 next = rig.open().begin(0).receiver(0, 0, "q").run();
        assertThat(next.bodies()).isEmpty();
    }

    /** Where it is missing RabbitMQ takes 0, and others close the connection, or the link. */
    @Test
    void aSenderWithoutAnInitialDeliveryCountBeginsAtZero() {
        TestClient10 client = rig.open().begin(0);
        client.say(0, 0x12, "s", 0, false, null, null, Wire10.composite(0x28, "me"), Wire10.composite(0x29, "q"));
        client.run().transfer(0, 0, 0, false, "m").run();
        assertThat(client.last(0x13).number(5, -1)).isZero();
        assertThat(client.last(0x15).is(3)).isTrue();
    }

    /** Artemis answers such a begin in a way that says nothing of whom it is for. */
    @Test
    void sessionsThatEndBeforeTheBrokerHasAnsweredTheirBeginCostNobodyAnything() {
        rig.broker.readsAhead = true;
        TestClient10 neighbour = sender(0);
        TestClient10 hasty = rig.open();
        for (int round = 0; round < 3; round++) {
            hasty.begin(0).receiver(0, 0, "q").say(0, 0x17);
        }
        hasty.begin(1).sender(1, 0, "missing").begin(2).receiver(2, 0, "q").say(0, 0x18);
        hasty.run().vanish();
        assertThat(hasty.all(0x17)).extracting(end -> end.error(0)).containsExactly("", "", "amqp:not-found", "");
        assertThat(hasty.all(0x18)).hasSize(1);
        assertThat(rig.broker.sessions()).isEqualTo(1);
        assertThat(neighbour.transfer(0, 0, 0, false, "on").run().last(0x15).is(3))
                .isTrue();
    }

    @Test
    void messagesForWhichTheWindowHasNoRoomAreSentBeforeTheSessionServesAgain() {
        rig.broker.window = 4;
        rig.broker.credit = 100;
        TestClient10 client = sender(0);
        for (int i = 0; i < 50; i++) {
            client.transfer(0, 0, i, true, "m" + i);
        }
        client.say(0, 0x17).run().leave();
        assertThat(rig.broker.taken).hasSize(50);
        assertThat(rig.rig.pool().channelsIdle()).isEqualTo(1);
    }

    @Test
    void manyShortClientsShareOneConnection() {
        int most = 0;
        for (int i = 0; i < CLIENTS; i++) {
            TestClient10 client = rig.open().begin(0).sender(0, 0, "q" + i % 70).run();
            client.transfer(0, 0, 0, i % 2 == 0, "x");
            if (i % 3 == 0) {
                client.run().vanish();
            } else {
                client.run().leave();
            }
            rig.broker.queues.clear();
            rig.broker.taken.clear();
            most = Math.max(most, rig.broker.sessions());
        }
        assertThat(rig.broker.connections).hasSize(1);
        assertThat(most).isLessThanOrEqualTo(64);
        assertThat(rig.rig.pool().channelsLeased()).isZero();
    }

    @Test
    void mixedDeliveriesAreKeptApartWhereTheBrokerNeedsIt() {
        Rig10 qpid = new Rig10();
        qpid.broker.product = "Qpid";
        TestClient10 client = qpid.open().begin(0).sender(0, 0, "q").run();
        for (int i = 0; i < 8; i++) {
            client.transfer(0, 0, i, i % 2 == 0, "m" + i);
        }
        client.run();
        assertThat(qpid.broker.taken).isEqualTo(List.of("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"));
        assertThat(client.all(0x15)).hasSize(4);
        assertThat(qpid.broker.attaches).as("with four barriers").isEqualTo(5);
    }
}
