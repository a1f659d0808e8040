package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What clients of AMQP 1.0 notice of pauses, drained pools, reloads, endpoints that fail, and outages. */
class Operating10Test {

    private Rig.Options options = new Rig.Options();
    private final Rig10 rig = new Rig10(set -> {
        set.endpoints = List.of("one:5672", "two:5672");
        options = set;
    });

    private TestClient10 sender() {
        return rig.open().begin(0).sender(0, 0, "q").run();
    }

    private TestClient10 send(TestClient10 client, int id, String body) {
        return client.transfer(0, 0, id, false, body).run();
    }

    private void pause(boolean is) {
        rig.rig.registry.pause(is);
        rig.rig.pass(Duration.ofNanos(10));
    }

    /** All connections to the broker break, or to what there was until now. */
    private void cutAll() {
        List.copyOf(rig.broker.connections).forEach(BrokerConnection10::cut);
        rig.rig.run();
    }

    private static String told(TestClient10 client) {
        return client.last(0x18).error(0);
    }

    private static void assertThatItNoticesNothing(TestClient10 client) {
        assertThat(client.all(0x16)).isEmpty();
        assertThat(client.all(0x17)).isEmpty();
        assertThat(client.all(0x18)).isEmpty();
        assertThat(client.ended).isFalse();
    }

    // Pauses.

    @Test
    void aSessionThatHasALeaseGoesOnThroughAPauseAndOthersWait() {
        TestClient10 bound = sender();
        pause(true);
        send(bound, 0, "one");
        bound.receiver(0, 1, "other").run();
        assertThat(bound.all(0x12)).hasSize(2);
        TestClient10 waits = sender();
        rig.rig.pass(Duration.ofSeconds(5));
        assertThat(waits.all(0x11)).hasSize(1);
        assertThat(waits.all(0x12)).isEmpty();

        pause(false);
        assertThat(send(waits, 0, "two").last(0x15).is(3)).isTrue();
        assertThat(rig.broker.taken).containsExactly("one", "two");
        assertThatItNoticesNothing(bound);
        assertThatItNoticesNothing(waits);
    }

    @Test
    void whoWaitsTooLongInAPauseIsToldWhy() {
        sender();
        pause(true);
        TestClient10 waits = sender();
        TestClient10 fresh = TestClient10.connect(rig.rig);
        fresh.write(TestClient10.handshake("other", "c", 65_536)).run();
        rig.rig.pass(Duration.ofSeconds(11));
        assertThat(told(waits)).isEqualTo("amqp:connection:forced");
        assertThat(String.valueOf(waits.last(0x18).field(0))).contains("the proxy is paused");
        assertThat(fresh.ended).isTrue();
        assertThat(rig.broker.connections).hasSize(1);
    }

    @Test
    void anIdleClientStaysThroughAPause() {
        TestClient10 client = send(sender(), 0, "one");
        client.say(0, 0x17).run();
        client.heard.clear();
        pause(true);
        rig.rig.pass(Duration.ofSeconds(30));
        pause(false);
        send(client.begin(0).sender(0, 0, "q"), 0, "two");
        assertThat(rig.broker.taken).containsExactly("one", "two");
        assertThatItNoticesNothing(client);
    }

    @Test
    void aLogInWaitsThroughAPauseAndGoesOn() {
        pause(true);
        TestClient10 fresh = TestClient10.connect(rig.rig);
        fresh.write(TestClient10.handshake("guest", "c", 65_536)).run();
        rig.rig.pass(Duration.ofSeconds(5));
        assertThat(rig.broker.connections).isEmpty();
        pause(false);
        assertThat(fresh.all(0x10)).hasSize(1);
        assertThat(fresh.all(0x18)).isEmpty();
    }

    // New connections in place of others.

    @Test
    void aDrainedPoolGetsNewConnectionsAndItsClientsNoticeNothing() {
        TestClient10 before = sender();
        assertThat(rig.rig.registry.drain("guest", "nowhere")).isZero();
        assertThat(rig.rig.registry.drain("guest", rig.rig.pool().vhost())).isEqualTo(1);
        send(before, 0, "old");
        TestClient10 after = send(sender(), 0, "new");
        assertThat(rig.rig.pool().upstreams()).isEqualTo(2);
        before.say(0, 0x17).run();
        rig.rig.pass(Duration.ofSeconds(1));
        assertThat(rig.rig.pool().upstreams()).isEqualTo(1);
        before.heard.clear();
        send(before.begin(0).sender(0, 0, "q"), 0, "moved");
        assertThat(rig.broker.taken).containsExactly("old", "new", "moved");
        assertThat(rig.rig.pool().upstreams()).isEqualTo(1);
        assertThatItNoticesNothing(before);
        assertThatItNoticesNothing(after);
    }

    @Test
    void aReloadThatLeavesAnEndpointOutMovesSessionsAsTheyEnd() {
        TestClient10 client = send(sender(), 0, "one");
        assertThat(rig.rig.connectedTo).containsExactly("one:5672");
        options.endpoints = List.of("two:5672");
        rig.rig.reload();
        send(client, 1, "two");
        client.say(0, 0x17).run();
        client.heard.clear();
        send(client.begin(0).sender(0, 0, "q"), 0, "three");
        assertThat(rig.broker.taken).containsExactly("one", "two", "three");
        assertThat(rig.rig.connectedTo).containsExactly("one:5672", "two:5672");
        assertThatItNoticesNothing(client);
    }

    // Connections that are lost.

    @Test
    void whoHasNothingAtTheBrokerIsMovedToAnotherEndpoint() {
        TestClient10 detached = send(sender(), 0, "one");
        detached.say(0, 0x16, 0, true).run();
        TestClient10 ended = send(sender(), 0, "two");
        ended.say(0, 0x17).run();
        TestClient10 idle = rig.open();
        detached.heard.clear();
        ended.heard.clear();
        rig.rig.refusing.add("one:5672");
        cutAll();
        rig.rig.pass(Duration.ofSeconds(1));

        send(detached.sender(0, 0, "q"), 1, "three");
        send(ended.begin(0).sender(0, 0, "q"), 0, "four");
        send(idle.begin(0).sender(0, 0, "q"), 0, "five");
        assertThat(rig.broker.taken).containsExactly("one", "two", "three", "four", "five");
        assertThat(rig.rig.connectedTo).contains("two:5672");
        for (TestClient10 client : List.of(detached, ended, idle)) {
            assertThatItNoticesNothing(client);
        }
    }

    @Test
    void whoHasLinksIsToldOfTheLossAndMayComeBackAtOnce() {
        TestClient10 sender = sender();
        TestClient10 receiver = rig.open().begin(0).receiver(0, 0, "p").run();
        TestClient10 waits = rig.open().begin(0).sender(0, 0, "q");
        rig.rig.refusing.add("one:5672");
        cutAll();
        rig.rig.pass(Duration.ofSeconds(1));
        assertThat(told(sender)).isEqualTo("amqp:connection:forced");
        assertThat(told(receiver)).isEqualTo("amqp:connection:forced");
        send(waits, 0, "there");
        send(sender(), 0, "again");
        assertThat(rig.broker.taken).containsExactly("there", "again");
    }

    @Test
    void aBrokerThatGoesIsNoOffence() {
        TestClient10 sender = sender();
        TestClient10 idle = rig.open();
        BrokerConnection10 connection = rig.broker.connections.get(0);
        connection.say(
                0, 0x18, Wire10.composite(0x1D, new Wire10.Symbol("amqp:connection:forced"), "broker is stopped"));
        rig.rig.run();
        assertThat(told(sender)).isEqualTo("amqp:connection:forced");
        send(idle.begin(0).sender(0, 0, "q"), 0, "one");
        assertThat(rig.broker.taken).containsExactly("one");
        assertThatItNoticesNothing(idle);
    }

    // Outages.

    @Test
    void inAnOutageWhoWaitsIsToldAndEverybodyServedAfterIt() {
        TestClient10 idle = rig.open();
        rig.rig.reachable = false;
        cutAll();
        idle.begin(0).sender(0, 0, "q").run();
        rig.rig.pass(Duration.ofSeconds(12));
        assertThat(told(idle)).isEqualTo("amqp:connection:forced");

        rig.rig.reachable = true;
        rig.rig.pass(Duration.ofSeconds(5));
        send(sender(), 0, "one");
        assertThat(rig.broker.taken).containsExactly("one");
    }
}
