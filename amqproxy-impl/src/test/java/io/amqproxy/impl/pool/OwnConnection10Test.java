package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What belongs to the client's connection at the broker is on one of its own, which ends with the client. */
class OwnConnection10Test {

    private final Rig10 rig = new Rig10();

    private TestClient10 attached(@Nullable Object target) {
        return rig.open()
                .begin(0)
                .say(0, 0x12, "x", 0, false, null, null, Wire10.composite(0x28, "me"), target, null, null, 0)
                .run();
    }

    @Test
    void whatIsSentToAQueueIsOnAConnectionThatClientsShare() {
        attached(Wire10.composite(0x29, "q"));
        attached(Wire10.composite(0x29, "q"));
        assertThat(rig.broker.connections).hasSize(1);
    }

    /** Some brokers number transactions by connection, and some roll back what is left open only when that ends. */
    @Test
    void transactionsAreOnAConnectionOfTheClientsOwn() {
        ownConnection(Wire10.composite(0x30));
    }

    /** Some brokers close the connection of a sender without a target. */
    @Test
    void aSenderWithoutATargetIsOnAConnectionOfItsOwn() {
        ownConnection(null);
    }

    /** Artemis knows it by the name of its link and, unless it is global, by its container. */
    @Test
    void aSubscriptionThatReceiversShareHasTheNamesThatItsClientGives() {
        TestClient10 client = rig.open().begin(0);
        client.say(0, 0x12, "sub|1", 0, true, null, null, sharedSource(), null).run();
        ScriptedBroker10.Session session = rig.session();
        assertThat(session.link(0).name).isEqualTo("sub|1");
        assertThat(session.connection.container).isEqualTo("c");
        client.leave();
        assertThat(session.connection.ended).isTrue();
    }

    /** Without it a subscription would be nobody's when its client has left: its names would be the proxy's. */
    @Test
    void aSessionThatHasOnlySentMovesWithItsLinksWhereItsSubscriptionIsKnown() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        client.transfer(0, 0, 0, false, "a").run();
        client.heard.clear();
        subscribe(client).run();
        ScriptedBroker10.Session moved = sessionOf("c");
        assertThat(moved.links.values())
                .extracting(link -> link.sends + " " + link.address)
                .containsExactlyInAnyOrder("true q", "false t");
        assertThat(moved.links.values()).extracting(link -> link.name).contains("sub");
        assertThat(client.all(0x12)).extracting(attach -> attach.field(0)).containsExactly("sub");
        client.transfer(0, 0, 1, false, "b").run();
        assertThat(rig.broker.taken).containsExactly("a", "b");
        assertThat(client.last(0x15).is(3)).isTrue();
        assertThat(client.all(0x13).stream().filter(flow -> flow.number(4, -1) == 0))
                .allSatisfy(flow -> assertThat(flow.number(5, -1)).isEqualTo(1));
        client.say(0, 0x16, 0, true).run();
        assertThat(client.all(0x16)).hasSize(1);
        client.leave();
        assertThat(moved.connection.ended).isTrue();
    }

    /** With deliveries it cannot move, so it receives where it may subscribe later. */
    @Test
    void aClientThatHasNamedItsContainerSubscribesWhereItReceives() {
        TestClient10 client = receiving("orders");
        subscribe(client).run();
        assertThat(sessionOf("orders").links.values())
                .extracting(link -> link.name)
                .contains("sub");
        client.leave();
        assertThat(rig.broker.connections.get(rig.broker.connections.size() - 1).ended)
                .isTrue();
    }

    @Test
    void oneThatHasNotReceivesOnAConnectionThatClientsShare() {
        receiving("ID:1:1");
        receiving("ID:2:1");
        assertThat(rig.broker.connections)
                .extracting(connection -> connection.container)
                .doesNotContain("ID:1:1", "ID:2:1");
    }

    /** As JMS clients do, with a client id that they were given or one of their own. */
    private TestClient10 receiving(String container) {
        rig.broker.capability = "sole-connection-for-container";
        TestClient10 client = TestClient10.connect(rig.rig);
        Wire10.Symbol desired = new Wire10.Symbol("sole-connection-for-container");
        client.write(TestClient10.handshake("guest", container, 65_536, desired))
                .run();
        client.heard.clear();
        return client.begin(0).receiver(0, 0, "q").credit(0, 0, 0, 10).run();
    }

    /** What it had there before serves the next one. */
    @Test
    void theSessionThatItLeavesServesAgain() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        subscribe(client).run();
        int attaches = rig.broker.attaches;
        rig.open().begin(0).sender(0, 0, "q").transfer(0, 0, 0, true, "a").run();
        assertThat(rig.broker.taken).containsExactly("a");
        assertThat(rig.broker.attaches).isEqualTo(attaches);
    }

    @Test
    void whatIsSentBeforeTheBrokerHasGivenCreditThereWaits() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        rig.broker.credit = 0;
        subscribe(client).transfer(0, 0, 0, true, "a").run();
        assertThat(rig.broker.taken).isEmpty();
        ScriptedBroker10.Session moved = sessionOf("c");
        moved.links.values().stream().filter(link -> link.sends).forEach(link -> moved.grant(link, 5));
        client.run();
        assertThat(rig.broker.taken).containsExactly("a");
    }

    /** As clients do it that attach all they need in one go. */
    @Test
    void itMovesWhenTheBrokerHasAnsweredItsAttach() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q");
        subscribe(client).run();
        assertThat(sessionOf("c").links).hasSize(2);
        assertThat(client.all(0x12)).extracting(attach -> attach.field(0)).containsExactly("s0", "sub");
    }

    @Test
    void itMovesWhenTheBrokerHasSaidWhatBecameOfItsMessages() {
        rig.broker.answers = false;
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        ScriptedBroker10.Session session = rig.session();
        subscribe(client.transfer(0, 0, 0, false, "a").transfer(0, 0, 1, false, "b"))
                .run();
        session.accept(0);
        assertThat(client.run().all(0x12)).hasSize(1);
        session.accept(1);
        assertThat(client.run().all(0x12)).hasSize(2);
        assertThat(sessionOf("c").links).hasSize(2);
        assertThat(client.all(0x15)).hasSize(2);
    }

    /** Artemis proves it too, asked for the attach and the detach one after the other. */
    @ParameterizedTest
    @ValueSource(strings = {"scripted", "apache-activemq-artemis"})
    void itMovesWhenTheBrokerHasHandledWhatWasSentSettled(String product) {
        rig.broker.product = product;
        rig.broker.failsOverHastyEnds = product.contains("artemis");
        rig.broker.answersBarriers = false;
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        ScriptedBroker10.Session session = rig.session();
        subscribe(client.transfer(0, 0, 0, true, "\0Sw\241\1a")).run();
        assertThat(client.all(0x12)).hasSize(1);
        session.answerBarriers();
        client.run();
        session.answerBarriers();
        assertThat(client.run().all(0x12)).hasSize(2);
        assertThat(sessionOf("c").links).hasSize(2);
    }

    @Test
    void itStaysWhereItIsForTheClientToSettleThem() {
        rig.broker.leavesSettling = true;
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        subscribe(client.transfer(0, 0, 0, false, "a").run()).run();
        assertThat(rig.session().links).hasSize(2);
        assertThat(client.all(0x12)).hasSize(2);
    }

    @Test
    void aSessionThatReceivesStaysWhereItIs() {
        TestClient10 client = rig.open().begin(0).receiver(0, 0, "q").run();
        subscribe(client).run();
        assertThat(client.all(0x12)).hasSize(2);
        assertThat(client.all(0x17)).isEmpty();
        assertThat(rig.session().links).hasSize(2);
    }

    @Test
    void soDoesOneWithALinkThatTheBrokerHasDetached() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        ScriptedBroker10.Session session = rig.session();
        session.say(0x16, 50, true, Wire10.composite(0x1D, new Wire10.Symbol("amqp:not-found")));
        subscribe(client.run()).say(0, 0x16, 0, true).run();
        assertThat(session.links.values()).extracting(link -> link.address).containsExactly("t");
        assertThat(client.all(0x17)).isEmpty();
    }

    @Test
    void oneWhoseClientHasDetachedItsLinksMovesToo() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        subscribe(client.say(0, 0x16, 0, true).run()).run();
        assertThat(sessionOf("c").links.values()).extracting(link -> link.name).containsExactly("sub");
    }

    @Test
    void aSessionWithADeliveryThatIsNotCompleteStaysToo() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        client.part(0, 0, 0, true, true, "a").run();
        subscribe(client).part(0, 0, 0, true, false, "b").run();
        assertThat(rig.broker.taken).containsExactly("ab");
        assertThat(client.all(0x12)).hasSize(2);
    }

    /** Otherwise what comes next could be there first. */
    @Test
    void aSessionMovesWhenTheBrokerHasHandledWhatWasSentSettled() {
        rig.broker.answersBarriers = false;
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        ScriptedBroker10.Session left = rig.session();
        subscribe(client.transfer(0, 0, 0, true, "a"))
                .transfer(0, 0, 1, true, "b")
                .run();
        assertThat(rig.broker.taken).containsExactly("a");
        assertThat(rig.broker.connections).hasSize(1);
        left.answerBarriers();
        client.run();
        assertThat(rig.broker.taken).containsExactly("a", "b");
        assertThat(sessionOf("c").links.values()).extracting(link -> link.name).contains("sub");
    }

    private static TestClient10 subscribe(TestClient10 client) {
        return client.say(0, 0x12, "sub", 1, true, null, null, Wire10.composite(0x28, "t", 2, null), null);
    }

    private ScriptedBroker10.Session sessionOf(String container) {
        return rig.broker.connections.stream()
                .filter(connection -> connection.container.equals(container))
                .flatMap(connection -> connection.sessions.values().stream())
                .findFirst()
                .orElseThrow();
    }

    /** With the capabilities {@code topic} and {@code shared}, in an array as Qpid JMS has them. */
    private static Object sharedSource() {
        byte[] capabilities = {
            (byte) 0xE0, 15, 2, (byte) 0xA3, 5, 't', 'o', 'p', 'i', 'c', 6, 's', 'h', 'a', 'r', 'e', 'd'
        };
        return Wire10.composite(
                0x28, "t", null, null, null, null, null, null, null, null, null, new Wire10.Raw(capabilities));
    }

    private void ownConnection(@Nullable Object target) {
        attached(Wire10.composite(0x29, "q"));
        TestClient10 first = attached(target);
        TestClient10 second = attached(target);
        assertThat(rig.broker.connections).hasSize(3);
        first.vanish();
        second.leave();
        assertThat(rig.broker.connections.stream().filter(connection -> !connection.ended))
                .hasSize(1);
    }
}
