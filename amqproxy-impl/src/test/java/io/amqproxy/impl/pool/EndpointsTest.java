package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.EndpointChoice;
import io.amqproxy.EndpointStats;
import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of the broker's endpoints connections go to, while some of them fail and come back. */
class EndpointsTest {

    private static final String A = "a:5672";
    private static final String B = "b:5672";
    private static final String C = "c:5672";

    private final Rig.Options options = new Rig.Options();

    private Rig rig(String... endpoints) {
        options.endpoints = List.of(endpoints);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        return rig;
    }

    private static void assertOpen(TestClient client) {
        assertThat(client.methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
    }

    /** A client that publishes a message, and what is asked of the rig to get it there. */
    private static TestClient publisher(Rig rig, String body) {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", body);
        rig.run();
        return client;
    }

    private static EndpointStats stats(Rig rig, String endpoint) {
        return rig.registry.endpointStats().stream()
                .filter(one -> one.endpoint().equals(endpoint))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theFirstEndpointThatAnswersIsUsed() {
        Rig rig = rig(A, B, C);

        assertOpen(rig.open());

        assertThat(rig.connectedTo).containsExactly(A);
        assertThat(stats(rig, A)).isEqualTo(new EndpointStatsSnapshot(A, null, true, 1, 1, 0, null));
        assertThat(stats(rig, B)).isEqualTo(new EndpointStatsSnapshot(B, null, true, 0, 0, 0, null));
    }

    @Test
    void whereAnEndpointRefusesTheNextOneIsTriedAtOnce() {
        Rig rig = rig(A, B, C);
        rig.refusing.addAll(List.of(A, B));
        long before = rig.loop.now;

        TestClient client = rig.connect();
        client.logIn("guest", "guest", "/");
        rig.pass(Duration.ofNanos(10));

        assertOpen(client);
        assertThat(rig.loop.now - before).isLessThan(Duration.ofMillis(1).toNanos());
        assertThat(rig.connectedTo).containsExactly(C);
        assertThat(rig.health).containsExactly("unreachable " + A, "unreachable " + B);
        assertThat(stats(rig, A).failures()).isEqualTo(1);
        assertThat(stats(rig, A).lastFailure()).isEqualTo("connection refused");
        assertThat(stats(rig, A).reachable()).isFalse();
    }

    @Test
    void anEndpointThatDoesNotAnswerCostsOneConnectTimeoutAndNotOneForEachClient() {
        options.acquireTimeout = Duration.ofSeconds(30);
        Rig rig = rig(A, B);
        rig.mute.add(A);
        TestClient first = rig.connect();
        first.logIn("guest", "guest", "/");
        rig.pass(Duration.ofSeconds(9));
        assertThat(first.hears(Method.CONNECTION_TUNE)).isFalse();
        rig.pass(Duration.ofSeconds(2));
        assertOpen(first);

        rig.broker.vhosts.add("other");
        assertOpen(rig.connect().logIn("guest", "guest", "other"));

        assertThat(rig.connectedTo).containsOnly(B);
        assertThat(rig.health).isEmpty();
        rig.pass(Duration.ofSeconds(10));
        assertThat(rig.health).containsExactly("unreachable " + A);
    }

    @Test
    void newConnectionsReturnToAnEndpointThatCameBack() {
        options.policy = new ExclusivePolicy();
        Rig rig = rig(A, B);
        rig.refusing.add(A);
        publisher(rig, "one");
        rig.pass(Duration.ofMillis(1));
        rig.run();
        rig.refusing.clear();
        rig.pass(Duration.ofSeconds(6));

        publisher(rig, "two");

        assertThat(rig.health).containsExactly("unreachable " + A, "reachable " + A);
        assertThat(rig.connectedTo).containsExactly(B, A);
        assertThat(rig.broker.bodies()).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void roundRobinTakesOneAfterTheOtherAndLeavesOutWhatFails() {
        options.policy = new ExclusivePolicy();
        options.maxConnections = 10;
        options.choice = EndpointChoice.roundRobin();
        Rig rig = rig(A, B, C);
        for (int i = 0; i < 4; i++) {
            publisher(rig, "m" + i);
        }
        assertThat(rig.connectedTo).containsExactly(A, B, C, A);

        rig.refusing.add(B);
        for (int i = 4; i < 9; i++) {
            publisher(rig, "m" + i);
            rig.pass(Duration.ofNanos(10));
        }

        assertThat(rig.connectedTo.subList(4, 9)).containsOnly(A, C).contains(A, C);
        assertThat(rig.broker.published).hasSize(9);
    }

    @Test
    void theChoiceOfTheFewestConnectionsEvensThemOut() {
        options.choice = EndpointChoice.leastConnections();
        options.policy = new ExclusivePolicy();
        Rig rig = rig(A, B);
        TestClient first = publisher(rig, "m0");
        publisher(rig, "m1");
        publisher(rig, "m2");
        assertThat(rig.connectedTo).containsExactly(A, B, A);
        publisher(rig, "m3");
        assertThat(rig.connectedTo).containsExactly(A, B, A, B);
        assertThat(first).isNotNull();
    }

    @Test
    void aChoiceThatFailsOrAnswersNonsenseIsReplacedByTheFirst() {
        options.choice = reachable -> new EndpointStatsSnapshot("nonsense", null, true, 0, 0, 0, null);
        assertOpen(rig(A, B).open());

        options.choice = reachable -> {
            throw new IllegalStateException("on purpose");
        };
        assertOpen(rig(A, B).open());
    }

    @Test
    void aRefusedLogInIsNoFaultOfTheEndpoint() {
        Rig rig = rig(A, B);
        TestClient wrong = rig.connect().logIn("guest", "wrong", "/");
        TestClient nowhere = rig.connect().logIn("guest", "guest", "nowhere");

        assertThat(wrong.closeHeard(0).code()).isEqualTo(403);
        assertThat(nowhere.closeHeard(0).code()).isEqualTo(530);
        assertThat(rig.connectedTo).containsOnly(A);
        assertThat(rig.health).isEmpty();
        assertThat(stats(rig, A).failures()).isZero();
    }

    @Test
    void whatTheProxyLacksIsNoFaultOfTheEndpoint() {
        Rig rig = rig(A, B);
        rig.lack = "no socket for a connection: Too many open files";
        TestClient waits = rig.open();
        rig.pass(Duration.ofSeconds(1));
        rig.lack = null;
        rig.pass(Duration.ofSeconds(3));

        assertOpen(waits);
        assertThat(rig.connectedTo).containsExactly(A);
        assertThat(rig.health).isEmpty();
        assertThat(rig.registry.endpointStats()).allMatch(endpoint -> endpoint.reachable() && endpoint.failures() == 0);
    }

    @Test
    void aProbeThatCannotBeMadeLeavesWhatWasKnown() {
        Rig rig = rig(A);
        TestClient client = rig.open();
        rig.broker.only().cut();
        rig.lack = "no socket for a connection: Too many open files";
        rig.pass(Duration.ofSeconds(30));

        assertOpen(client);
        assertThat(rig.health).isEmpty();
    }

    @Test
    void whatTheBrokerDoesToOneUserIsNoFaultOfTheEndpoint() {
        Rig rig = rig(A, B);
        TestClient client = consumer(rig);
        rig.broker.connections.forEach(
                connection -> connection.close(320, "CONNECTION_FORCED - connection closed by an operator", 0));
        rig.run();

        assertThat(client.closeHeard(0).text()).contains("operator");
        assertThat(stats(rig, A).reachable()).isTrue();
        assertThat(stats(rig, A).failures()).isZero();
        assertOpen(rig.open());
        assertThat(rig.connectedTo).containsOnly(A);
        assertThat(rig.health).isEmpty();
    }

    @Test
    void aUserWithWhomTheBrokerBreaksOffIsTriedEverMoreSeldomAndNobodyElseWaits() {
        Rig rig = rig(A);
        rig.broker.dropsUser = "mallory";
        TestClient mallory = rig.connect();
        mallory.logIn("mallory", "guest", "/");
        rig.pass(Duration.ofSeconds(5));

        assertOpen(rig.open());
        assertThat(stats(rig, A).reachable()).isTrue();
        assertThat(rig.health).isEmpty();
        assertThat(rig.broker.logins).isBetween(5, 15);
        rig.pass(Duration.ofSeconds(5));
        assertThat(mallory.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void aPoolWhoseConnectionsBreakOffAsTheyOpenGoesOnWhenTheyNoLongerDo() {
        Rig rig = rig(A);
        TestClient client = publisher(rig, "one");
        client.closeChannel(1);
        rig.run();
        rig.broker.dropsUser = "guest";
        rig.broker.only().drop();
        rig.run();
        client.openChannel(1).select(1).publish(1, "q", "two");
        rig.pass(Duration.ofSeconds(3));
        assertThat(rig.broker.bodies()).containsExactly("one");

        rig.broker.dropsUser = null;
        rig.pass(Duration.ofSeconds(2));
        assertThat(rig.broker.bodies()).containsExactly("one", "two");
    }

    @Test
    void aBrokerThatIsBeingShutDownDuringLogInRefusesNobody() {
        Rig rig = rig(A, B);
        TestClient client = rig.connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        rig.endTurn();
        client.link().moveToSession(Integer.MAX_VALUE);
        rig.setUpConnections();
        rig.refusing.add(A);
        rig.broker.connections.get(0).close(320, "CONNECTION_FORCED - broker forced connection closure", 0);
        rig.pass(Duration.ofNanos(10));

        client.write(TestClient.tuneOk(100, 8192, 0)).write(TestClient.openVhost("/"));
        rig.run();

        assertOpen(client);
        assertThat(rig.connectedTo).containsExactly(A, B);
    }

    @Test
    void publishersNoticeNothingWhenTheirEndpointIsLost() {
        Rig rig = rig(A, B);
        TestClient client = publisher(rig, "one");
        client.closeChannel(1).openChannel(2).publish(2, "q", "two");
        rig.run();
        client.get(2, "q", true);
        rig.run();

        rig.refusing.add(A);
        rig.broker.only().drop();
        rig.pass(Duration.ofNanos(10));
        client.publish(2, "q", "three");
        rig.run();

        assertThat(client.ended).isFalse();
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).containsExactly("one", "two", "three");
        assertThat(rig.connectedTo).containsExactly(A, B);
    }

    @Test
    void restartingAllNodesOneByOneCostsAConsumerOneReconnectForItsNode() {
        Rig rig = rig(A, B, C);
        int closed = 0;
        TestClient consumer = consumer(rig);
        for (String node : List.of(A, B, C)) {
            rig.refusing.add(node);
            if (rig.connectedTo.get(rig.connectedTo.size() - 1).equals(node)) {
                rig.broker.connections.stream()
                        .filter(connection -> connection.open)
                        .forEach(connection -> connection.close(320, "CONNECTION_FORCED - shutdown", 0));
                rig.pass(Duration.ofNanos(10));
                assertThat(consumer.closeHeard(0).code()).isEqualTo(320);
                closed++;
                consumer = consumer(rig);
            }
            assertThat(consumer.hears(Method.CONNECTION_CLOSE)).isFalse();
            rig.refusing.clear();
            rig.pass(Duration.ofSeconds(6));
        }

        assertThat(closed).isEqualTo(2);
        assertThat(consumer.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.connectedTo).startsWith(A).contains(B).endsWith(A).doesNotContain(C);
    }

    private static TestClient consumer(Rig rig) {
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        assertThat(client.hears(Method.BASIC_CONSUME_OK)).isTrue();
        return client;
    }

    @Test
    void aConnectionThatWasLostAloneIsMadeAgainAtTheSameEndpoint() {
        Rig rig = rig(A, B);
        TestClient client = publisher(rig, "one");
        client.closeChannel(1);
        rig.run();

        rig.broker.only().drop();
        rig.pass(Duration.ofNanos(10));
        client.openChannel(1).publish(1, "q", "two");
        rig.run();

        assertThat(rig.connectedTo).containsExactly(A, A);
        assertThat(rig.health).isEmpty();
    }

    @Test
    void attemptsBecomeSeldomAndAreMadeByTheProbeAlone() {
        Rig rig = rig(A);
        rig.reachable = false;
        for (int i = 0; i < 50; i++) {
            rig.broker.vhosts.add("v" + i);
            rig.connect().logIn("user" + i, "guest", "/");
        }
        rig.pass(Duration.ofSeconds(9));

        // One of a client and one of the probe at once, then after 100 ms and twice as long each time, up to 2 s; of
        // each wait half or more is waited. Besides there is the probe of the start.
        assertThat(stats(rig, A).failures()).isEqualTo(1);
        assertThat(rig.attempts(A)).isBetween(8, 16);
        int soFar = rig.attempts(A);

        rig.pass(Duration.ofSeconds(60));
        assertThat(rig.attempts(A) - soFar).isBetween(29, 61);
    }

    @Test
    void theSameSeedGivesTheSameAttempts() {
        options.seed = 42;
        Rig one = rig(A);
        Rig other = rig(A);
        for (Rig rig : List.of(one, other)) {
            rig.reachable = false;
            rig.connect().logIn("guest", "guest", "/");
            rig.pass(Duration.ofSeconds(30));
        }
        assertThat(one.attemptTimes).isEqualTo(other.attemptTimes).hasSizeGreaterThan(8);
    }

    @Test
    void aBrokerThatAnswersButFailsEveryLogInIsTriedEverMoreSeldom() {
        options.acquireTimeout = Duration.ofSeconds(60);
        Rig rig = rig(A);
        rig.failsLogins = true;
        rig.connect().logIn("guest", "guest", "/");
        rig.pass(Duration.ofSeconds(59));

        assertThat(stats(rig, A).failures()).isBetween(20L, 70L);
    }

    @Test
    void whileNoEndpointAnswersClientsAreHeldAndThenClosed() {
        Rig rig = rig(A, B);
        TestClient idle = publisher(rig, "one");
        idle.closeChannel(1);
        rig.run();
        rig.reachable = false;
        rig.broker.only().drop();
        rig.pass(Duration.ofMillis(1));

        TestClient fresh = rig.connect();
        fresh.logIn("other", "guest", "/");
        TestClient asking = rig.open();
        asking.openChannel(1).publish(1, "q", "lost");
        rig.run();
        rig.pass(Duration.ofSeconds(9));
        assertThat(List.of(idle, fresh, asking)).noneMatch(client -> client.hears(Method.CONNECTION_CLOSE));

        rig.pass(Duration.ofSeconds(2));

        assertThat(List.of(idle, fresh, asking))
                .allSatisfy(client -> assertThat(client.closeHeard(0).code()).isEqualTo(320));
        assertThat(idle.closeHeard(0).text()).isEqualTo("CONNECTION_FORCED - no broker answers: a:5672, b:5672");
        assertThat(fresh.closeHeard(0).text()).contains("no log-in at a:5672, b:5672 in time", "connection refused");
        assertThat(asking.closeHeard(0).text()).contains("no channel was free in time");
        assertThat(rig.health).containsExactly("unreachable " + A, "unreachable " + B, "down");
        assertThat(rig.registry.upstreams()).isZero();
    }

    @Test
    void aPublisherThatWaitsThroughAnOutageLosesNothing() {
        Rig rig = rig(A);
        TestClient client = publisher(rig, "one");
        client.closeChannel(1);
        rig.run();
        rig.reachable = false;
        rig.broker.only().drop();
        rig.run();
        client.openChannel(1).select(1).publish(1, "q", "two").publish(1, "q", "three");
        rig.pass(Duration.ofSeconds(8));
        assertThat(client.tags(Method.BASIC_ACK)).isEmpty();

        rig.reachable = true;
        rig.pass(Duration.ofSeconds(5));

        assertThat(client.tags(Method.BASIC_ACK)).containsExactly(1L, 2L);
        assertThat(rig.broker.bodies()).containsExactly("one", "two", "three");
    }

    @Test
    void otherEndpointsAreTakenOverWhileClientsGoOn() {
        Rig rig = rig(A, B);
        TestClient client = publisher(rig, "one");
        TestClient consumer = consumer(rig);

        options.endpoints = List.of(C, B);
        options.maxConnections = 7;
        rig.reload();
        client.publish(1, "q", "two").closeChannel(1);
        rig.run();
        client.openChannel(2).publish(2, "q", "three");
        rig.run();

        assertThat(consumer.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(consumer.bodies()).isEqualTo("onetwothree");
        assertThat(rig.connectedTo).containsExactly(A, A, C);
        assertThat(rig.registry.endpointStats())
                .extracting(EndpointStats::endpoint)
                .containsExactly(C, B);

        consumer.close();
        rig.run();
        assertThat(rig.broker.openConnections()).isEqualTo(1);
    }

    @Test
    void whatIsKnownOfAnEndpointOutlivesAReload() {
        Rig rig = rig(A, B);
        rig.refusing.add(A);
        TestClient client = rig.open();
        rig.pass(Duration.ofMillis(1));
        assertOpen(client);

        options.endpoints = List.of(A, B, C);
        rig.reload();

        assertThat(stats(rig, A).reachable()).isFalse();
        assertThat(stats(rig, A).failures()).isEqualTo(1);
        assertThat(stats(rig, B).opened()).isEqualTo(1);
        assertThat(stats(rig, B).upstreams()).isEqualTo(1);
        assertThat(rig.health).containsExactly("unreachable " + A, "reachable " + C);
    }

    @Test
    void anEndpointThatIsNoneAnyMoreIsToldAndNotAskedAgain() {
        Rig rig = rig(A, B, C);
        rig.refusing.add(A);
        TestClient client = rig.open();
        rig.pass(Duration.ofMillis(1));
        assertOpen(client);
        options.endpoints = List.of(B);
        rig.reload();
        int asked = rig.attempts(A);
        rig.pass(Duration.ofMinutes(1));

        assertThat(rig.health).containsExactly("unreachable " + A, "unreachable " + C);
        assertThat(rig.attempts(A)).isEqualTo(asked);
        assertOpen(rig.open());
    }
}
