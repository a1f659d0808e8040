package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How channels of clients get channels of the broker, and what becomes of these. */
class LeaseTest {

    private final Rig.Options options = new Rig.Options();

    @Test
    void anOpenedChannelCostsNothingAndTheFirstPublishGoesInOneFlight() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        TestClient client = rig.open();
        client.openChannel(1);
        rig.run();
        assertThat(client.methods(1)).containsExactly(Method.CHANNEL_OPEN_OK);
        assertThat(rig.broker.only().channels).isEmpty();

        FakeLink upstream = rig.links.get(1);
        int flights = upstream.flights.size();
        client.publish(1, "q", "hello");
        rig.run();

        assertThat(upstream.flights).hasSize(flights + 1);
        assertThat(rig.broker.bodies()).containsExactly("hello");
    }

    @Test
    void confirmsCountFromOneForEachClientOfAChannel() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        for (int i = 0; i < 4; i++) {
            TestClient client = rig.open();
            client.openChannel(1).select(1).publish(1, "q", "a" + i).publish(1, "q", "b" + i);
            rig.run();
            assertThat(client.tags(Method.BASIC_ACK)).containsExactly(1L, 2L);
            client.close();
            rig.run();
        }
        assertThat(rig.broker.only().count(Method.CHANNEL_OPEN)).isEqualTo(1);
        assertThat(rig.broker.only().count(Method.CONFIRM_SELECT)).isEqualTo(1);
    }

    @Test
    void deliveriesCountFromOneAndTheirAcksReachTheRightMessage() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        for (int i = 0; i < 3; i++) {
            TestClient client = rig.open();
            client.openChannel(1).publish(1, "q", "m" + i).get(1, "q", false);
            rig.run();
            assertThat(client.tags(Method.BASIC_GET_OK)).containsExactly(1L);
            client.ack(1, 1, false).close();
            rig.run();
        }
        assertThat(rig.broker.only().count(Method.CHANNEL_OPEN)).isEqualTo(1);
    }

    @Test
    void aPrefetchLimitOfOneClientIsNotTheNextOnes() {
        Rig rig = new Rig();
        TestClient first = rig.open();
        first.openChannel(1).declare(1, "q", false).qos(1, 3, false).qos(1, 5, true);
        rig.run();
        assertThat(rig.broker.only().channel(1).deliveries.prefetchPerConsumer).isEqualTo(3);
        first.close();
        rig.run();

        assertThat(rig.broker.only().channel(1).deliveries.prefetchPerConsumer).isZero();
        assertThat(rig.broker.only().channel(1).deliveries.prefetchPerChannel).isZero();
        assertThat(rig.pool().channelsIdle()).isEqualTo(1);
    }

    @Test
    void anEmptyQueueNameNeverMeansAnotherClientsQueue() {
        Rig rig = new Rig();
        TestClient first = rig.open();
        first.openChannel(1)
                .declare(1, "secret", false)
                .publish(1, "secret", "m")
                .close();
        rig.run();

        TestClient second = rig.open();
        second.openChannel(1).get(1, "", true);
        rig.run();

        assertThat(second.closeHeard(1).code()).isEqualTo(404);
        assertThat(second.bodies()).isEmpty();
    }

    @Test
    void aChannelWithAConsumerIsClosedAndItsMessagesGoBack() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "m").consume(1, "q", "t", false);
        rig.run();
        assertThat(client.bodies()).isEqualTo("m");
        client.close();
        rig.run();

        assertThat(client.ended).isTrue();
        assertThat(rig.pool().channelsLeased()).isZero();
        assertThat(rig.broker.queues.get("q"))
                .satisfies(queue -> assertThat(queue.messages).hasSize(1));
    }

    @Test
    void nothingOfAnIncompleteMessageReachesTheBroker() {
        byte[] publish = Frames.publish(1, "", "q", false, new byte[100], 128 * 1024);
        for (int length = 0; length < publish.length; length++) {
            Rig rig = new Rig();
            rig.broker.queue("q");
            TestClient client = rig.open();
            client.openChannel(1)
                    .write(java.util.Arrays.copyOf(publish, length))
                    .vanish();
            rig.run();

            assertThat(rig.broker.only().count(Method.BASIC_PUBLISH)).isZero();
            assertThat(rig.pool().channelsLeased()).isZero();
            assertThat(rig.loop.chunks.usedBytes()).isZero();
        }
    }

    @Test
    void bodiesAreCutToWhatEachPeerTakes() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        TestClient publisher = rig.open();
        String body = "0123456789".repeat(2_000);
        publisher.openChannel(1).publish(1, "q", body);
        TestClient reader = rig.connect();
        reader.frameMax = 4096;
        reader.logIn("guest", "guest", "/").openChannel(1).get(1, "q", true);
        rig.run();

        assertThat(reader.bodies()).isEqualTo(body);
    }

    @Test
    void aClientThatWaitsTooLongIsClosedWithTheFiguresOfItsPool() {
        options.maxConnections = 1;
        options.maxChannelsPerConnection = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        rig.open().openChannel(1).publish(1, "q", "m");
        TestClient second = rig.open();
        second.openChannel(1).publish(1, "q", "n");
        rig.pass(Duration.ofSeconds(9));
        assertThat(second.hears(Method.CONNECTION_CLOSE)).isFalse();
        rig.pass(Duration.ofSeconds(2));

        assertThat(second.closeHeard(0).code()).isEqualTo(320);
        assertThat(second.closeHeard(0).text()).contains("user guest", "1 of 1 connections");
    }

    @Test
    void whoWaitsBeyondTheTimeOfAProofGetsThePlaceThatBecomesFree() {
        options.policy = new ExclusivePolicy();
        options.maxConnections = 1;
        options.credentialTtl = Duration.ofSeconds(5);
        options.acquireTimeout = Duration.ofSeconds(30);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient first = rig.open().openChannel(1).publish(1, "q", "first");
        rig.run();
        TestClient second = rig.open().openChannel(1).publish(1, "q", "second");
        rig.pass(Duration.ofSeconds(6));

        first.close();
        rig.pass(Duration.ofSeconds(1));

        assertThat(rig.broker.bodies()).containsExactly("first", "second");
        assertThat(second.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void idleConnectionsAreClosedDownToTheMinimum() {
        options.minConnections = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "m").openChannel(2).consume(2, "q", "t", true);
        rig.run();
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        client.close();

        rig.pass(Duration.ofMinutes(5));
        assertThat(rig.broker.openConnections()).isEqualTo(1);
    }

    @Test
    void theMinimumIsKeptBesideConnectionsThatAreOneClientsOwn() {
        options.minConnections = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient leaves = rig.open().openChannel(1).publish(1, "q", "m");
        rig.open().openChannel(1).declare(1, "mine", true);
        rig.run();
        leaves.close();

        rig.pass(Duration.ofMinutes(5));
        assertThat(rig.broker.openConnections()).as("one serves the others").isEqualTo(2);
    }

    @Test
    void aConsumerWithoutALimitGetsTheConnectionThatOneBeforeHadForItself() {
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        for (int i = 0; i < 3; i++) {
            TestClient client = rig.open();
            client.openChannel(1).consume(1, "q", "t", true);
            rig.run();
            assertThat(client.hears(Method.BASIC_CONSUME_OK)).isTrue();
            client.close();
            rig.run();
        }

        assertThat(rig.broker.openConnections())
                .as("with the one of the log-in")
                .isEqualTo(2);
    }

    @Test
    void anExclusiveQueueIsGoneBeforeItsClientHearsCloseOk() {
        Rig rig = new Rig();
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "mine", true);
        rig.run();
        client.close();
        client.link().moveToSession(Integer.MAX_VALUE);
        rig.endTurn();
        assertThat(client.link().canMoveToPeer()).isFalse();
        rig.run();

        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isTrue();
        assertThat(rig.broker.queues).isEmpty();
        assertThat(rig.broker.openConnections()).isZero();
    }

    @Test
    void aLostConnectionIsNoticedByThoseOnlyWhoHaveStateThere() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        TestClient publisher = rig.open();
        publisher.openChannel(1).publish(1, "q", "first");
        TestClient consumer = rig.open();
        consumer.openChannel(1).consume(1, "other", "t", false);
        rig.broker.queue("other");
        rig.pass(Duration.ofSeconds(2));
        List.copyOf(rig.broker.connections).stream().filter(one -> one.open).forEach(ScriptedBroker.Connection::drop);
        rig.pass(Duration.ofSeconds(5));
        publisher.publish(1, "q", "second");
        rig.pass(Duration.ofSeconds(5));

        assertThat(rig.broker.bodies()).containsExactly("first", "second");
        assertThat(consumer.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void heartbeatsAreSentAndASilentBrokerIsDropped() {
        options.heartbeat = Duration.ofSeconds(10);
        options.idleTimeout = Duration.ofHours(1);
        Rig rig = new Rig(options);
        rig.broker.heartbeat = 10;
        rig.open();
        ScriptedBroker.Connection connection = rig.broker.only();
        int before = connection.heard.size();
        rig.pass(Duration.ofSeconds(16));
        assertThat(connection.heard.size() - before).isEqualTo(3);

        rig.pass(Duration.ofSeconds(5));
        assertThat(rig.broker.openConnections()).isZero();
    }

    @Test
    void anUpstreamThatServedLongEnoughIsReplacedAndClosedWhenItsLastClientLeft() {
        options.maxLifetime = Duration.ofMinutes(10);
        options.idleTimeout = Duration.ofHours(1);
        options.credentialTtl = Duration.ofHours(24);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient stays = rig.open();
        stays.openChannel(1).publish(1, "q", "first");
        rig.pass(Duration.ofMinutes(11));
        assertThat(rig.broker.openConnections()).isEqualTo(1);

        rig.open().openChannel(1).publish(1, "q", "second");
        rig.run();
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        stays.publish(1, "q", "third").closeChannel(1);
        rig.run();

        assertThat(rig.broker.openConnections()).isEqualTo(1);
        assertThat(rig.broker.bodies()).containsExactly("first", "second", "third");
    }

    @Test
    void upstreamsThatAreReplacedWhileClientsHoldThemKeepNobodyWaiting() {
        options.maxConnections = 2;
        options.maxChannelsPerConnection = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        List<TestClient> stay = List.of(publisher(rig, "a"), publisher(rig, "b"));
        assertThat(rig.registry.drain("guest", "/")).isEqualTo(2);

        List<TestClient> more = List.of(publisher(rig, "c"), publisher(rig, "d"));

        assertThat(rig.broker.bodies()).containsExactly("a", "b", "c", "d");
        assertThat(rig.broker.openConnections()).isEqualTo(4);
        stay.forEach(client -> client.publish(1, "q", "again"));
        rig.run();
        assertThat(rig.broker.bodies()).endsWith("again", "again");
        more.forEach(client -> assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse());
    }

    @Test
    void noMoreUpstreamsAreReplacedAtATimeThanThereMayBe() {
        options.maxConnections = 2;
        options.maxChannelsPerConnection = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient first = publisher(rig, "a");
        publisher(rig, "b");
        rig.registry.drain("guest", "/");
        TestClient third = publisher(rig, "c");
        assertThat(rig.registry.drain("guest", "/")).isEqualTo(1);
        TestClient fourth = publisher(rig, "d");
        TestClient fifth = publisher(rig, "e");
        assertThat(rig.broker.openConnections()).isEqualTo(4);
        assertThat(fifth.hears(Method.CONNECTION_CLOSE)).isFalse();

        first.close();
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.broker.bodies()).containsExactly("a", "b", "c", "d", "e");
        third.close();
        fourth.close();
        fifth.close();
        rig.pass(Duration.ofSeconds(1));

        assertThat(rig.broker.openConnections()).isEqualTo(3);
    }

    @Test
    void whoSharesAnUpstreamThatBecameSomebodyElsesGetsMoreChannelsElsewhere() {
        options.maxConnections = 2;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient owner = publisher(rig, "a");
        TestClient other = publisher(rig, "b");
        owner.declare(1, "mine", true);
        rig.run();
        assertThat(rig.broker.openConnections()).isEqualTo(1);

        other.openChannel(2).declare(2, "q", false);
        rig.run();

        assertThat(other.methods(2)).containsExactly(Method.CHANNEL_OPEN_OK, Method.QUEUE_DECLARE_OK);
        assertThat(rig.broker.openConnections()).isEqualTo(2);
    }

    @Test
    void aChannelThatTheBrokerClosesWhileItWaitsForAnotherPlaceNeedsNoneAnyMore() {
        options.policy = new ExclusivePolicy();
        options.maxChannelsPerConnection = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "q", false);
        rig.run();
        ScriptedBroker.Connection first = rig.broker.only();
        client.consume(1, "q", "tag", true);
        client.link().moveToSession(Integer.MAX_VALUE);
        rig.endTurn();
        assertThat(client.hears(Method.BASIC_CONSUME_OK)).isFalse();

        first.channel(1).fail(406, "PRECONDITION_FAILED - by the operator", Method.BASIC_CONSUME);
        Objects.requireNonNull(first.link).moveToSession(Integer.MAX_VALUE);
        rig.endTurn();
        rig.run();

        assertThat(client.methods(1)).endsWith(Method.CHANNEL_CLOSE);
        assertThat(rig.pool().channelsLeased()).isZero();
        client.write(1, Method.CHANNEL_CLOSE_OK).openChannel(2).publish(2, "q", "on");
        rig.run();
        assertThat(rig.broker.bodies()).containsExactly("on");
        client.close();
        rig.pass(Duration.ofMinutes(5));
        assertThat(rig.broker.openConnections()).isZero();
    }

    private static TestClient publisher(Rig rig, String body) {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", body);
        rig.run();
        return client;
    }

    @Test
    void closesThatCrossEndOnBothSidesInAnyOrder() {
        for (int seed = 0; seed < 200; seed++) {
            Rig rig = new Rig();
            Random random = new Random(seed);
            TestClient client = rig.open();
            client.openChannel(1).publish(1, "missing", "", seed % 2 == 0, "m").closeChannel(1);
            while (rig.moveSome(random)) {
                if (client.hears(Method.CHANNEL_CLOSE)) {
                    break;
                }
            }
            rig.run();
            if (client.hears(Method.CHANNEL_CLOSE)) {
                client.write(1, Method.CHANNEL_CLOSE_OK);
            }
            rig.run();
            client.openChannel(1);
            rig.run();

            assertThat(client.methods(1)).contains(Method.CHANNEL_CLOSE_OK).endsWith(Method.CHANNEL_OPEN_OK);
            assertThat(rig.pool().channelsLeased()).isZero();
        }
    }
}
