package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Peers that go silent without a reset are found out within two heartbeats; peers that only do not read are not. */
class SilenceTest {

    private static final int HEARTBEAT = 10;
    private static final Duration TWO = Duration.ofSeconds(2 * HEARTBEAT);

    private final Rig.Options options = new Rig.Options();

    private Rig rig() {
        options.heartbeat = Duration.ofSeconds(HEARTBEAT);
        Rig rig = new Rig(options);
        rig.broker.heartbeat = HEARTBEAT;
        rig.broker.queue("q");
        return rig;
    }

    /** A client that asks for heartbeats. */
    private static TestClient open(Rig rig) {
        TestClient client = rig.connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        client.write(TestClient.tuneOk(100, client.frameMax, HEARTBEAT)).write(TestClient.openVhost("/"));
        rig.run();
        return client;
    }

    private Rig slowRig() {
        options.heartbeat = Duration.ofSeconds(60);
        options.maxConnections = 1;
        Rig rig = new Rig(options);
        rig.broker.heartbeat = 60;
        rig.broker.queue("q");
        return rig;
    }

    private static TestClient consumer(Rig rig, int heartbeat) {
        TestClient client = rig.connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        client.write(TestClient.tuneOk(100, client.frameMax, heartbeat)).write(TestClient.openVhost("/"));
        client.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false);
        rig.run();
        return client;
    }

    private static int toldHeartbeat(Rig rig) throws AmqpException {
        var heard = rig.broker.connections.get(rig.broker.connections.size() - 1).heard;
        var arguments = heard.stream()
                .filter(frame -> frame.is(Method.CONNECTION_TUNE_OK))
                .findFirst()
                .orElseThrow()
                .arguments();
        arguments.shortInt();
        arguments.longInt();
        return arguments.shortInt();
    }

    @Test
    void theQuickestHeartbeatOfTheClientsIsThatOfTheirConnection() {
        Rig rig = slowRig();
        TestClient client = consumer(rig, 6);
        rig.broker.connections.forEach(connection -> connection.mute = true);

        pass(rig, Duration.ofSeconds(11), client);
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        pass(rig, Duration.ofSeconds(1), client);
        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void aConnectionWithSlowerHeartbeatsIsReplacedForAClientThatAsksForQuickerOnes() throws Exception {
        Rig rig = slowRig();
        TestClient patient = consumer(rig, 0);
        assertThat(toldHeartbeat(rig)).isEqualTo(60);
        TestClient client = consumer(rig, 1);

        assertThat(toldHeartbeat(rig)).isEqualTo(5);
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        assertThat(patient.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(client.hears(Method.BASIC_CONSUME_OK)).isTrue();
        patient.close();
        rig.run();
        assertThat(rig.broker.openConnections()).isEqualTo(1);
        consumer(rig, 60);
        assertThat(rig.broker.openConnections()).isEqualTo(1);
    }

    /** Time passes while these peers say every second that they live. */
    private static void pass(Rig rig, Duration time, TestClient... living) {
        for (int second = 0; second < time.toSeconds(); second++) {
            for (TestClient client : living) {
                client.write(Frames.heartbeat());
            }
            rig.pass(Duration.ofSeconds(1));
        }
    }

    private static void beat(Rig rig) {
        rig.broker.connections.stream()
                .filter(connection -> connection.open)
                .forEach(connection -> connection.send(Frames.heartbeat()));
    }

    private static long heartbeats(List<Frames.Heard> heard) {
        return heard.stream().filter(frame -> frame.type() == Frame.HEARTBEAT).count();
    }

    @Test
    void aBrokerThatGoesSilentIsGivenUpWithinTwoHeartbeatsAndAnotherOneServes() {
        options.endpoints = List.of("a:5672", "b:5672");
        Rig rig = rig();
        TestClient consumer = open(rig);
        TestClient idle = open(rig);
        consumer.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false);
        rig.run();
        rig.broker.connections.forEach(connection -> connection.mute = true);
        rig.mute.add("a:5672");

        pass(rig, TWO.minusSeconds(1), consumer, idle);
        assertThat(consumer.hears(Method.CONNECTION_CLOSE)).isFalse();
        pass(rig, Duration.ofSeconds(1), consumer, idle);

        assertThat(consumer.closeHeard(0).code()).isEqualTo(320);
        assertThat(idle.hears(Method.CONNECTION_CLOSE)).isFalse();
        idle.openChannel(1).publish(1, "q", "there");
        rig.run();
        assertThat(rig.connectedTo).endsWith("b:5672");
        assertThat(rig.broker.bodies()).containsExactly("there");
    }

    /** As by a collector of garbage, or a machine that sleeps: the peers have spoken, and nobody has listened. */
    @Test
    void aLoopThatWasHeldUpTakesNobodyForSilentBeforeItHasRead() {
        Rig rig = rig();
        TestClient client = open(rig);
        client.openChannel(1).publish(1, "q", "before");
        rig.run();
        rig.loop.now += Duration.ofMinutes(2).toNanos();
        beat(rig);
        client.write(Frames.heartbeat());
        rig.loop.timers.fire(rig.loop.now);
        rig.run();
        rig.loop.timers.fire(rig.loop.now);
        client.publish(1, "q", "after");
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("before", "after");
        assertThat(rig.health).isEmpty();
        assertThat(client.ended).isFalse();
    }

    @Test
    void aBrokerThatOnlySendsHeartbeatsIsKept() {
        Rig rig = rig();
        TestClient client = open(rig);
        client.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false);
        for (int second = 0; second < 100; second++) {
            beat(rig);
            pass(rig, Duration.ofSeconds(1), client);
        }
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(client.ended).isFalse();
        assertThat(rig.health).isEmpty();
    }

    @Test
    void aClientThatGoesSilentIsGivenUpWithinTwoHeartbeatsAndItsMessagesAreRequeued() {
        Rig rig = rig();
        TestClient client = open(rig);
        client.openChannel(1).publish(1, "q", "one").qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        assertThat(client.bodies()).isEqualTo("one");

        for (int second = 0; second < 2 * HEARTBEAT - 1; second++) {
            beat(rig);
            rig.pass(Duration.ofSeconds(1));
        }
        assertThat(client.ended).isFalse();
        assertThat(heartbeats(client.heard)).isBetween(2L, 5L);
        rig.pass(Duration.ofSeconds(1));

        assertThat(client.ended).isTrue();
        TestClient next = open(rig);
        next.openChannel(1).get(1, "q", true);
        rig.run();
        assertThat(next.bodies()).isEqualTo("one");
    }

    @Test
    void whileTheBrokerDoesNotReadItsPublishersHearHeartbeatsAndMemoryStaysBounded() {
        options.maxBufferBytes = 4 * 1024 * 1024;
        Rig rig = rig();
        TestClient client = open(rig);
        client.openChannel(1).publish(1, "q", "one");
        rig.run();
        FakeLink upstream = rig.broker.only().link;
        assertThat(upstream).isNotNull();
        upstream.clogged = true;
        for (int i = 0; i < 30; i++) {
            client.publish(1, "q", "x".repeat(100_000));
            rig.run();
        }
        int before = (int) heartbeats(client.heard);

        for (int second = 0; second < 5 * HEARTBEAT; second++) {
            beat(rig);
            rig.pass(Duration.ofSeconds(1));
        }

        assertThat(client.ended).isFalse();
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(heartbeats(client.heard) - before).isBetween(5L, 15L);
        assertThat(client.link().waitingForSession()).isPositive();
        assertThat(rig.loop.chunks.usedBytes()).isLessThan(options.maxBufferBytes);

        upstream.unclog();
        rig.run();
        assertThat(rig.broker.published).hasSize(31);
    }

    @Test
    void whileAClientDoesNotReadItsOwnUpstreamStillHearsHeartbeats() {
        Rig rig = rig();
        TestClient client = open(rig);
        client.openChannel(1).consume(1, "q", "tag", true);
        TestClient publisher = open(rig);
        publisher.openChannel(1);
        rig.run();
        client.link().clogged = true;
        for (int i = 0; i < 40; i++) {
            publisher.publish(1, "q", "x".repeat(100_000));
        }
        rig.run();
        List<Long> before = heard(rig);

        for (int second = 0; second < 5 * HEARTBEAT; second++) {
            beat(rig);
            pass(rig, Duration.ofSeconds(1), client, publisher);
        }

        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        List<Long> after = heard(rig);
        for (int i = 0; i < after.size(); i++) {
            assertThat(after.get(i) - before.get(i)).isBetween(5L, 15L);
        }
        client.link().unclog();
        rig.run();
        assertThat(client.bodies()).hasSize(4_000_000);
    }

    private static List<Long> heard(Rig rig) {
        List<Long> heard = new ArrayList<>();
        rig.broker.connections.stream()
                .filter(connection -> connection.open)
                .forEach(connection -> heard.add(heartbeats(connection.heard)));
        return heard;
    }

    @Test
    void whileTheBrokerHoldsPublishersBackHeartbeatsGoBothWays() {
        Rig rig = rig();
        TestClient client = open(rig);
        client.openChannel(1).publish(1, "q", "one");
        rig.run();
        rig.broker.only().send(Frames.method(0, Method.CONNECTION_BLOCKED, writer -> writer.shortString("memory")));
        rig.run();

        for (int second = 0; second < 5 * HEARTBEAT; second++) {
            beat(rig);
            pass(rig, Duration.ofSeconds(1), client);
        }

        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(heartbeats(client.heard)).isBetween(5L, 15L);
        assertThat(heartbeats(rig.broker.only().heard)).isBetween(5L, 15L);
    }

    @Test
    @Tag("long")
    void thousandsOfClientsThatPublishToABrokerThatDoesNotReadStayWithinTheBound() {
        options.maxBufferBytes = 8 * 1024 * 1024;
        options.maxIncompleteBytes = 2 * 1024 * 1024;
        options.maxConnections = 2;
        options.maxChannelsPerConnection = 10_000;
        options.channelMax = 10_000;
        options.acquireTimeout = Duration.ofHours(1);
        Rig rig = rig();
        int count = 4_000; // As many channels as such a bound allows.
        TestClient first = rig.open();
        first.openChannel(1).publish(1, "q", "first");
        rig.run();
        FakeLink upstream = rig.broker.only().link;
        assertThat(upstream).isNotNull();
        upstream.clogged = true;
        List<TestClient> clients = new ArrayList<>();
        String body = "x".repeat(3_000);
        for (int i = 0; i < count; i++) {
            TestClient client = rig.connect();
            client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
            client.write(TestClient.tuneOk(100, client.frameMax, 0)).write(TestClient.openVhost("/"));
            clients.add(client);
        }
        rig.run();

        clients.forEach(client -> client.openChannel(1).publish(1, "q", body));
        rig.run();

        long oneRead = 256 * 1024;
        assertThat(rig.loop.chunks.usedBytes()).isLessThan(options.maxBufferBytes + oneRead);
        assertThat(clients).noneMatch(client -> client.hears(Method.CONNECTION_CLOSE));
        upstream.unclog();
        rig.run();
        assertThat(rig.broker.published).hasSize(count + 1);
    }
}
