package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.LeaseInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import io.amqproxy.impl.amqp10.Wire10;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Deliveries that a client never settles hold nobody up, and what is said of them late is about no others. */
class Unsettled10Test {

    /** More than may be unsettled. */
    private static final int MANY = 1_100_000;

    private final List<Release> releases = new ArrayList<>();
    private final Rig10 rig = new Rig10(options -> options.listener = new ProxyListener() {
        @Override
        public void channelReleased(LeaseInfo lease, Release release) {
            releases.add(release);
        }
    });

    private void queue(String name, String... bodies) {
        for (String body : bodies) {
            rig.broker.queue(name).add(body.getBytes(UTF_8));
        }
    }

    private TestClient10 receiver() {
        return rig.open().begin(0).receiver(0, 0, "q").credit(0, 0, 7, 10).run();
    }

    /** A part of a delivery of the broker. */
    private void part(@Nullable Integer id, boolean settled, boolean more, boolean aborted) {
        ScriptedBroker10.Session session = rig.session();
        session.connection.send(Wire10.frame(
                session.channel + 100,
                0x14,
                new byte[1],
                session.link(0).ownHandle,
                id,
                id == null ? null : new byte[] {1},
                0,
                settled,
                more,
                null,
                null,
                null,
                aborted));
        rig.rig.run();
    }

    /** As if so many deliveries had come and been settled, the broker says another one, and all goes on. */
    private void goesOnAfterMany(TestClient10 client) {
        client.receiver(0, 1, "other").credit(0, 1, 7, 1000).run();
        for (int round = 0; round < 3; round++) {
            rig.session().nextDeliveryId += MANY;
            queue("other", "later " + round);
            rig.session().deliver();
            rig.rig.run();
            int id = client.last(0x14).number(1, -1);
            client.settle(0, id, id).credit(0, 1, 8, 1000).run();
        }
        assertThat(client.bodies()).contains("later 0", "later 1", "later 2");
        assertThat(rig.broker.flows.get(rig.broker.flows.size() - 1).number(1, 0))
                .as("window")
                .isPositive();
        assertThat(client.all(0x18)).isEmpty();
    }

    @Test
    void whatAReceiverThatIsGoneLeftUnsettledHoldsNobodyUp() {
        queue("q", "a", "b");
        TestClient10 client = receiver();
        client.say(0, 0x16, 0, true).run();
        goesOnAfterMany(client);
    }

    @Test
    void whatIsSaidOfTheDeliveriesOfAReceiverThatIsGoneReachesNobody() {
        queue("q", "a", "b");
        TestClient10 client = receiver();
        client.say(0, 0x16, 0, true).run();
        client.settle(0, 0, 1).run();
        assertThat(rig.broker.dispositions).isEmpty();
    }

    @Test
    void whatWasUnsettledOnALinkThatTheBrokerDetachesHoldsNobodyUp() {
        queue("q", "a", "b");
        TestClient10 client = receiver();
        ScriptedBroker10.Session session = rig.session();
        session.detach(session.link(0), "amqp:resource-deleted");
        session.link(0).limit = 0;
        rig.rig.run();
        goesOnAfterMany(client);
    }

    @Test
    void aDeliveryThatTheBrokerGivesUpIsSettled() {
        TestClient10 client = receiver();
        part(ScriptedBroker10.FIRST_DELIVERY, false, true, false);
        part(null, false, false, true);
        rig.session().nextDeliveryId++;
        client.settle(0, 0, 0).run();
        assertThat(rig.broker.dispositions).isEmpty();
        goesOnAfterMany(client);
    }

    @Test
    void aDeliveryThatALaterTransferSettlesIsSettledThoughThatSaysNoNumber() {
        TestClient10 client = receiver();
        part(ScriptedBroker10.FIRST_DELIVERY, false, true, false);
        part(null, true, false, false);
        rig.session().nextDeliveryId++;
        client.settle(0, 0, 0).run();
        assertThat(rig.broker.dispositions).isEmpty();
        goesOnAfterMany(client);
    }

    @Test
    void aDeliveryThatAClientKeepsToItselfHoldsNoOtherUp() {
        queue("q", "kept");
        TestClient10 client = receiver();
        goesOnAfterMany(client);
        client.settle(0, 0, 0).run();
        assertThat(rig.broker.dispositions).hasSize(4);
        assertThat(rig.broker.dispositions.get(3).number(1, 0)).isEqualTo(ScriptedBroker10.FIRST_DELIVERY);
    }

    /** Brokers look at each number of a range. */
    @Test
    void aRangeIsSaidWithoutTheManyThatAreSettledInIt() {
        queue("q", "kept");
        TestClient10 client = receiver();
        rig.session().nextDeliveryId += MANY;
        queue("q", "later", "last");
        rig.session().deliver();
        rig.rig.run();
        client.settle(0, 0, MANY + 2).run();
        assertThat(rig.broker.dispositions).hasSize(2);
        assertThat(rig.broker.dispositions.get(0).number(2, 0)).isEqualTo(ScriptedBroker10.FIRST_DELIVERY);
        assertThat(rig.broker.dispositions.get(1).number(1, 0)).isEqualTo(ScriptedBroker10.FIRST_DELIVERY + MANY + 1);
        assertThat(rig.session().unsettled).isEmpty();
    }

    // A session that goes on at another one of the broker.

    private TestClient10 onASecondUpstream() {
        queue("q", "first", "second");
        TestClient10 client = receiver();
        client.say(0, 0x16, 0, true).run();
        rig.session().connection.cut();
        rig.rig.run();
        assertThat(client.all(0x18)).isEmpty();
        client.receiver(0, 0, "q").credit(0, 0, 7, 10).run();
        return client;
    }

    @Test
    void deliveriesAreCountedOnWhereTheSessionAtTheBrokerWasLost() {
        TestClient10 client = onASecondUpstream();
        assertThat(client.all(0x14).stream().map(frame -> frame.number(1, -1))).containsExactly(0, 1, 2, 3);
        client.settle(0, 3, 3).run();
        assertThat(rig.broker.dispositions).hasSize(1);
        assertThat(rig.broker.dispositions.get(0).number(1, 0)).isEqualTo(ScriptedBroker10.FIRST_DELIVERY + 1);
    }

    @Test
    void whatIsSaidOfDeliveriesOfALostSessionReachesNobody() {
        TestClient10 client = onASecondUpstream();
        client.settle(0, 0, 1).run();
        assertThat(rig.broker.dispositions).isEmpty();
        client.settle(0, 0, 2).run();
        assertThat(rig.broker.dispositions).hasSize(1);
        assertThat(rig.broker.dispositions.get(0).number(1, 0)).isEqualTo(ScriptedBroker10.FIRST_DELIVERY);
        assertThat(rig.broker.dispositions.get(0).number(2, 0)).isEqualTo(ScriptedBroker10.FIRST_DELIVERY);
    }

    @Test
    void whatPassedIsCountedForEachLeaseByItself() {
        onASecondUpstream().vanish();
        assertThat(releases).extracting(Release::delivered).containsExactly(2L, 2L);
    }

    /** The client was told of that by the proxy, and has yet to answer. */
    @Test
    void aLinkThatFailedIsTheClientsToDetachThoughItsUpstreamIsLost() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        client.say(0, 0x14, 0, 0, null, 0, true).run();
        assertThat(client.all(0x16)).hasSize(1);
        rig.session().connection.cut();
        rig.rig.run();
        client.transfer(0, 0, 1, true, "under way").run();
        assertThat(client.all(0x17)).isEmpty();
        client.say(0, 0x16, 0, true)
                .sender(0, 0, "q")
                .transfer(0, 0, 2, true, "next")
                .run();
        assertThat(rig.broker.taken).containsExactly("next");
        assertThat(client.all(0x16)).hasSize(1);
    }

    /** Clients end a session in which a number is left out. */
    @Test
    void deliveriesThatCrossTheDetachOfAStolenLinkAreCounted() {
        rig.broker.product = "Qpid";
        queue("q", "a");
        TestClient10 client = receiver();
        ScriptedBroker10.Link stolen = rig.session().link(0);
        client.begin(1).receiver(1, 0, "q");
        rig.session()
                .connection
                .send(Wire10.frame(
                        rig.session().channel + 100,
                        0x14,
                        "crossed".getBytes(UTF_8),
                        stolen.ownHandle,
                        rig.session().nextDeliveryId++,
                        new byte[] {9},
                        0,
                        false));
        client.run();
        assertThat(client.last(0x16).error(2)).isEqualTo("amqp:link:stolen");
        queue("other", "b");
        client.receiver(0, 1, "other").credit(0, 1, 7, 1).run();
        assertThat(client.all(0x14).stream()
                        .filter(frame -> frame.channel() == 0)
                        .map(frame -> frame.number(1, -1)))
                .containsExactly(0, 1, 2);
    }
}
