package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.pool.Stream10.Frame;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What one client did with a link, or the broker with it meanwhile, is nothing to the client that has it next. */
class KeptLinks10Test {

    private final Rig10 rig = new Rig10();

    private TestClient10 sender() {
        return rig.open().begin(0).sender(0, 0, "q").run();
    }

    private TestClient10 sender(Wire10.@Nullable Described source) {
        return rig.open()
                .begin(0)
                .say(0, 0x12, "s", 0, false, null, null, source, Wire10.composite(0x29, "q"), null, null, 0)
                .run();
    }

    private static Wire10.Described source(@Nullable Object... fields) {
        return new Wire10.Described(0x28L, Arrays.asList(fields));
    }

    private FakeLink toBroker() {
        return rig.rig.links.stream()
                .filter(link -> link.session() instanceof io.amqproxy.impl.amqp10.upstream.Amqp10Upstream)
                .findFirst()
                .orElseThrow();
    }

    private static ScriptedBroker10.Link first(ScriptedBroker10.Session session) {
        return Objects.requireNonNull(session.links.get(0));
    }

    // What the client said.

    @Test
    void aCreditThatAClientHasDrainedIsNotForTheNext() {
        TestClient10 client = sender();
        ScriptedBroker10.Session session = rig.session();
        session.say(0x13, 0, 100, 0, 100, session.link(0).ownHandle, 0, 10, 0, true);
        rig.rig.run();
        assertThat(client.last(0x13).is(8)).isTrue();
        client.say(0, 0x13, 0, 100, 0, 100, 0, 10, 0, 0, true).run();
        session.link(0).count = 10;
        client.leave();

        TestClient10 next = sender();
        assertThat(rig.broker.attaches).isEqualTo(2);
        assertThat(next.last(0x13).number(6, 0)).isEqualTo(10);
        next.transfer(0, 0, 0, false, "a").run();
        assertThat(rig.broker.taken).containsExactly("a");
    }

    @Test
    void aClientThatAsksHasTheAnswerForItself() {
        sender().say(0, 0x13, 0, 100, 0, 100, 0, 0, 10, 0, false, true).run().leave();
        assertThat(rig.rig.pool().channelsIdle()).isZero();
        sender();
        assertThat(rig.broker.attaches).isEqualTo(2);
    }

    @Test
    void aDeliveryThatTheBrokerHasNotGotIsNotCountedInWhatIsDrained() {
        TestClient10 client = sender();
        ScriptedBroker10.Session session = rig.session();
        client.part(0, 0, 0, false, true, "in ").run();
        session.drain(first(session));
        rig.rig.run();
        client.say(0, 0x13, 0, 100, 0, 100, 0, 10, 0, 0, true).run();
        assertThat(rig.broker.flows.get(0).number(5, 0)).isEqualTo(9);
        assertThat(rig.broker.flows.get(0).number(6, 0)).isEqualTo(1);
        client.part(0, 0, 0, false, false, "parts").run();
        assertThat(rig.broker.taken).containsExactly("in parts");
    }

    @Test
    void aFlowThatSaysNothingNewLeavesTheLinkAsItIs() {
        TestClient10 client = sender();
        client.transfer(0, 0, 0, false, "a").run();
        client.say(0, 0x13, 0, 100, 1, 100, 0, 1, 9).run().leave();
        sender();
        assertThat(rig.broker.attaches).isEqualTo(1);
    }

    @Test
    void settledAndUnsettledAreKeptApartOnALinkThatIsAttachedAgain() {
        rig.broker.product = "Qpid";
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        client.transfer(0, 0, 0, true, "a")
                .say(0, 0x16, 0, true)
                .sender(0, 0, "q")
                .transfer(0, 0, 1, false, "b")
                .run();
        assertThat(rig.broker.taken).containsExactly("a", "b");
        assertThat(rig.broker.attaches).as("with a barrier in between").isEqualTo(2);
    }

    // What it asked for.

    @Test
    void theAddressOfASourceIsTheClientsOwn() {
        sender(source("first", null, null, null, null)).leave();
        TestClient10 next = sender(source("second"));
        assertThat(rig.broker.attaches).isEqualTo(1);
        assertThat(next.last(0x12).field(5)).hasToString(source("second").toString());
        next.leave();
        sender(source((Object) null));
        assertThat(rig.broker.attaches).isEqualTo(2);
    }

    @Test
    void whoAsksForAnotherSourceGetsAnotherLink() {
        List<Wire10.Described> sources = List.of(
                source("me"),
                source("me", null, new Wire10.Symbol("link-detach")),
                source("me", null, null, 5),
                source("me", null, null, null, null, null, new Wire10.Symbol("copy")),
                source("me", null, null, null, null, null, null, null, Wire10.composite(0x26)),
                source("me", null, null, null, null, null, null, null, null, new Wire10.Symbol("amqp:accepted:list")),
                source("me", null, null, null, null, null, null, null, null, null, new Wire10.Symbol("topic")));
        for (int round = 0; round < 2; round++) {
            for (Wire10.Described one : sources) {
                TestClient10 client = sender(one);
                assertThat(client.last(0x12).field(5)).hasToString(one.toString());
                client.leave();
            }
            sender((Wire10.Described) null).leave();
            assertThat(rig.broker.attaches).isEqualTo(1 + sources.size());
        }
    }

    @Test
    void aSourceThatTheBrokerNamesIsNotSaidToOthers() {
        rig.broker.sourceNames = "name-of-the-broker-";
        TestClient10 first = sender(source("me"));
        Object named = first.last(0x12).field(5);
        first.leave();
        TestClient10 next = sender(source("me"));
        assertThat(rig.broker.attaches).isEqualTo(2);
        assertThat(next.last(0x12).field(5))
                .hasToString(Objects.requireNonNull(named).toString().replace("broker-1", "broker-2"));
    }

    // For how long.

    @Test
    void aLinkThatIsTooOldServesNotEvenItsOwnClientAgain() {
        Rig10 aging = new Rig10(options -> options.maxChannelAge = Duration.ofSeconds(30));
        TestClient10 client = aging.open().begin(0).sender(0, 0, "q").run();
        client.say(0, 0x16, 0, true).run();
        aging.rig.pass(Duration.ofSeconds(29));
        client.sender(0, 0, "q").run();
        assertThat(aging.broker.attaches).isEqualTo(1);
        client.say(0, 0x16, 0, true).run();
        aging.rig.pass(Duration.ofSeconds(2));
        client.sender(0, 0, "q").run();
        assertThat(aging.broker.attaches).isEqualTo(2);
        assertThat(client.all(0x16)).hasSize(2);
    }

    @Test
    void aLinkThatIsTooOldServesNobodyThoughAnotherSessionWasUsedSince() {
        Rig10 aging = new Rig10(options -> options.maxChannelAge = Duration.ofSeconds(30));
        TestClient10 old = aging.open().begin(0).sender(0, 0, "old").run();
        aging.rig.pass(Duration.ofSeconds(20));
        TestClient10 young = aging.open().begin(0).sender(0, 0, "young").run();
        old.leave();
        young.leave();
        aging.rig.pass(Duration.ofSeconds(11));
        aging.open().begin(0).sender(0, 0, "old").run();
        assertThat(aging.broker.attaches).isEqualTo(3);
        aging.open().begin(0).sender(0, 0, "young").run();
        assertThat(aging.broker.attaches).isEqualTo(3);
    }

    @Test
    void whatALinkThatIsGoneWasGrantedServesNobodyElseOnItsSession() {
        Rig10 aging = new Rig10(options -> options.maxChannelAge = Duration.ofSeconds(30));
        TestClient10 client = aging.open().begin(0).sender(0, 0, "q").run();
        aging.rig.pass(Duration.ofSeconds(31));
        client.say(0, 0x16, 0, true).run();
        client.sender(0, 0, "q").run().leave();
        assertThat(aging.broker.attaches).isEqualTo(2);
        aging.open().begin(0).sender(0, 0, "q").run();
        assertThat(aging.broker.attaches).isEqualTo(3);
    }

    @Test
    void aRightThatIsMissedIsAskedForAnew() {
        TestClient10 other = sender();
        sender().leave();
        rig.session().end("amqp:unauthorized-access");
        rig.rig.run();
        assertThat(other.last(0x17).error(0)).isEqualTo("amqp:unauthorized-access");
        int attaches = rig.broker.attaches;
        sender();
        assertThat(rig.broker.attaches).isEqualTo(attaches + 1);
    }

    // What the broker said meanwhile.

    @Test
    void theAnswerToADetachOfWhatWasKeptReachesNobody() {
        rig.open().begin(0).sender(0, 0, "q").sender(0, 9, "p").run().leave();
        ScriptedBroker10.Session session = rig.session();
        session.say(0x13, 0, 100, 0, 100, session.link(1).ownHandle, 0, 0, 0, true);
        FakeLink broker = toBroker();
        broker.clogged = true;
        rig.rig.run();
        TestClient10 next = sender();
        assertThat(next.all(0x12)).hasSize(1);
        broker.unclog();
        rig.rig.run();
        next.transfer(0, 0, 0, false, "a").run();
        assertThat(next.last(0x15).is(3)).isTrue();
        assertThat(next.all(0x16)).isEmpty();
        assertThat(rig.broker.connections).hasSize(1);
        assertThat(session.links).hasSize(1);
    }

    @Test
    void behindTheEndOfASessionNothingIsSaid() {
        rig.broker.answers = false;
        TestClient10 client = sender().transfer(0, 0, 0, false, "open").run();
        ScriptedBroker10.Session session = rig.session();
        FakeLink broker = toBroker();
        broker.clogged = true;
        client.leave();
        session.say(0x13, 0, 100, 0, 100, null, null, null, null, false, true);
        session.drain(first(session));
        session.say(0x15, true, 0, null, false, Wire10.composite(0x24));
        session.detach(first(session), "amqp:resource-deleted");
        rig.rig.run();
        broker.unclog();
        rig.rig.run();
        assertThat(rig.broker.sessions()).isZero();
        assertThat(rig.broker.connections.get(0).ended).isFalse();
    }

    @Test
    void aSessionWhoseOnlyLinkIsDrainedEnds() {
        sender().leave();
        ScriptedBroker10.Session session = rig.session();
        session.say(0x13, 0, 100, 0, 100, session.link(0).ownHandle, 0, 0, 0, true);
        rig.rig.run();
        assertThat(rig.broker.sessions()).isZero();
        assertThat(rig.rig.pool().channelsIdle()).isZero();
    }

    @Test
    void aQuestionAboutALinkThatIsKeptIsAnswered() {
        TestClient10 client = sender();
        client.transfer(0, 0, 0, false, "a").run().leave();
        ScriptedBroker10.Session session = rig.session();
        rig.broker.flows.clear();
        session.say(0x13, 0, 100, 0, 100, session.link(0).ownHandle, 0, 10, 0, false, true);
        rig.rig.run();
        assertThat(rig.broker.flows).hasSize(1);
        Frame answer = rig.broker.flows.get(0);
        assertThat(answer.number(4, -1)).isZero();
        assertThat(answer.number(5, -1)).isEqualTo(1);
        assertThat(answer.number(6, -1)).isEqualTo(9);
    }

    @Test
    void aSessionEndsWhoseLinkTheBrokerDetachesBeforeItCanBeKept() {
        rig.broker.answersBarriers = false;
        sender().transfer(0, 0, 0, true, "a").run().leave();
        ScriptedBroker10.Session session = rig.session();
        session.say(0x16, first(session).ownHandle, true);
        rig.rig.run();
        assertThat(rig.broker.sessions()).isEqualTo(1);

        session.answerBarriers();
        rig.rig.run();
        assertThat(rig.broker.sessions()).isZero();
    }
}
