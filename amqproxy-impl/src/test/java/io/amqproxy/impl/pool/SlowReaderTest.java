package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.LeaseRequest;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Clients that read more slowly than the broker sends: progress counts, and not how much is under way. */
class SlowReaderTest {

    private static final Duration UNREAD_TIMEOUT = Duration.ofNanos(Settings.UNREAD_TIMEOUT);
    private static final String MESSAGE = "x".repeat(100_000);
    /** More than a client may leave unread where others need its upstream. */
    private static final int MANY = 40;

    private final Rig.Options options = new Rig.Options();
    private Rig rig = new Rig();

    private void begin() {
        options.readBuffer = 2 * Settings.FRAME_MAX;
        rig = new Rig(options);
        rig.broker.queue("a").queue("b").queue("n");
    }

    private TestClient consumer(String queue) {
        TestClient consumer = rig.open();
        consumer.openChannel(1).qos(1, 1000, false).consume(1, queue, "tag", false);
        rig.run();
        return consumer;
    }

    /** One whose messages could not be given back. */
    private TestClient consumerWithoutAcks(String queue) {
        TestClient consumer = rig.open();
        consumer.openChannel(1).consume(1, queue, "tag", true);
        rig.run();
        return consumer;
    }

    private void publish(String queue, int count) {
        TestClient publisher = rig.open();
        publisher.openChannel(1);
        for (int i = 0; i < count; i++) {
            publisher.publish(1, queue, MESSAGE);
        }
        publisher.publish(1, queue, "last-" + queue);
        rig.run();
        publisher.close();
        rig.run();
    }

    private static void readSome(TestClient slow, int octets) {
        if (slow.link().canMoveToPeer()) {
            slow.link().moveToPeer(octets);
            slow.rig.run();
        }
    }

    private record Waiting(TestClient neighbour, TestClient slow) {}

    /** On one connection, one has so much unread that the other waits; nothing of it could be given back. */
    private Waiting oneWaitsForAnother(Consumer<FakeLink> becomesSlow) {
        options.maxConnections = 1;
        begin();
        Waiting two = new Waiting(consumer("n"), consumerWithoutAcks("a"));
        becomesSlow.accept(two.slow().link());
        publish("a", MANY);
        publish("n", 0);
        return two;
    }

    @Test
    void whoIsAloneIsWaitedForAsLongAsItLikes() {
        options.maxConnections = 2;
        begin();
        TestClient slow = consumer("a");
        slow.link().clogged = true;
        publish("a", MANY);

        rig.pass(Duration.ofMinutes(10));
        assertThat(rig.loop.chunks.usedBytes()).isLessThan(2 * Settings.OWNED_BACKLOG);
        slow.link().unclog();
        rig.run();

        assertThat(slow.bodies().length()).isEqualTo(MANY * MESSAGE.length() + "last-a".length());
        assertThat(slow.ended).isFalse();
    }

    @Test
    void whoeverComesThereMakesTheBrokerBeReadAgain() {
        options.maxConnections = 2;
        options.maxClientBacklog = 64 * 1024 * 1024;
        begin();
        TestClient slow = consumer("a");
        slow.link().clogged = true;
        publish("a", MANY);
        long before = rig.loop.chunks.usedBytes();
        assertThat(before).isLessThan(2 * Settings.OWNED_BACKLOG);

        TestClient neighbour = consumer("n");
        publish("n", 0);

        assertThat(rig.broker.openConnections()).isEqualTo(2);
        assertThat(neighbour.bodies()).isEqualTo("last-n");
        rig.pass(Duration.ofMinutes(10));
        assertThat(slow.ended).as("nobody waits for it").isFalse();
        slow.link().unclog();
        rig.run();
        assertThat(slow.bodies()).endsWith("last-a");
    }

    @Test
    void whileThereIsRoomElsewhereOthersAreNotPutThere() {
        begin();
        TestClient slow = consumer("a");
        slow.link().clogged = true;
        publish("a", MANY);
        long before = rig.loop.chunks.usedBytes();
        long connections = rig.broker.openConnections();

        consumer("n");

        assertThat(rig.broker.openConnections()).isEqualTo(connections + 1);
        assertThat(rig.loop.chunks.usedBytes()).isEqualTo(before);
    }

    /** It reads just so much that the broker is read for a moment, and held up by the next messages. */
    @Test
    void norAreTheyWhereTheBrokerIsReadAgainForAMomentOnly() {
        options.maxConnections = 3;
        begin();
        consumer("n");
        TestClient slow = consumer("a");
        slow.write(1, Method.TX_SELECT); // What comes in a transaction cannot go back.
        rig.run();
        slow.link().slow = true;
        publish("a", MANY);
        rig.pass(Duration.ofSeconds(2));
        Upstream heldUp = rig.registry.pools().get(0).all().stream()
                .filter(upstream -> upstream.label().equals(MultiplexedPolicy.CONSUME))
                .findFirst()
                .orElseThrow();
        assertThat(heldUp.session().isPaused()).isTrue();
        while (heldUp.session().isPaused()) {
            readSome(slow, 100_000);
        }
        long connections = rig.broker.openConnections();

        TestClient newcomer = consumer("b");
        publish("a", 2 * MANY);
        rig.pass(Duration.ofSeconds(2));
        publish("b", 0);

        assertThat(rig.broker.openConnections()).isEqualTo(connections + 1);
        assertThat(newcomer.bodies()).isEqualTo("last-b");
    }

    @Test
    void whoReadsIsNeverCutAndOthersGetTheirTurn() {
        Waiting two = oneWaitsForAnother(link -> link.slow = true);
        TestClient neighbour = two.neighbour();
        TestClient slow = two.slow();
        assertThat(neighbour.bodies()).as("it waits").isEmpty();

        for (int i = 0; i < 200 && neighbour.bodies().isEmpty(); i++) {
            readSome(slow, 30_000);
            rig.pass(UNREAD_TIMEOUT.dividedBy(2));
            assertThat(rig.loop.chunks.usedBytes())
                    .isLessThan(options.maxClientBacklog + 2 * options.readBuffer + 65_536);
        }

        assertThat(neighbour.bodies()).isEqualTo("last-n");
        assertThat(slow.ended).isFalse();
        slow.link().unclog();
        rig.run();
        assertThat(slow.bodies().length()).isEqualTo(MANY * MESSAGE.length() + "last-a".length());
    }

    @Test
    void whoReadsNothingWhileOthersWaitIsClosedAndTold() {
        options.listener = new Closes();
        Waiting two = oneWaitsForAnother(link -> link.clogged = true);
        TestClient neighbour = two.neighbour();
        TestClient slow = two.slow();

        rig.pass(UNREAD_TIMEOUT.minusSeconds(1));
        assertThat(neighbour.bodies()).isEmpty();
        rig.pass(Duration.ofSeconds(4));
        assertThat(neighbour.bodies()).isEqualTo("last-n");
        slow.link().unclog();
        rig.run();

        assertThat(slow.closeHeard(0).code()).isEqualTo(320);
        assertThat(slow.closeHeard(0).text()).contains("nothing was read for 10 s");
        assertThat(closes).hasSize(1).first().asString().contains("nothing was read for 10 s");
    }

    @Test
    void whoReadsNextToNothingWhileOthersWaitIsClosedAndTold() {
        Waiting two = oneWaitsForAnother(link -> link.slow = true);
        TestClient neighbour = two.neighbour();
        TestClient slow = two.slow();

        for (int i = 0; i < 13; i++) {
            readSome(slow, 500);
            rig.pass(Duration.ofSeconds(1));
        }
        assertThat(neighbour.bodies()).isEqualTo("last-n");
        slow.link().unclog();
        rig.run();

        assertThat(slow.closeHeard(0).code()).isEqualTo(320);
        assertThat(slow.closeHeard(0).text()).contains("less than 10 KiB were read in 10 s");
    }

    @Test
    void forSeveralWhoReadNothingOthersWaitNoLongerThanForOne() {
        options.maxConnections = 1;
        begin();
        rig.broker.queue("c");
        TestClient neighbour = consumer("n");
        List<TestClient> deaf = new ArrayList<>();
        for (String queue : List.of("a", "b", "c")) {
            TestClient one = consumerWithoutAcks(queue);
            one.link().clogged = true;
            deaf.add(one);
        }
        TestClient publisher = rig.open();
        publisher.openChannel(1);
        for (int i = 0; i < MANY; i++) {
            publisher.publish(1, "a", MESSAGE).publish(1, "b", MESSAGE).publish(1, "c", MESSAGE);
        }
        publisher.publish(1, "n", "last-n");
        rig.run();
        assertThat(neighbour.bodies()).isEmpty();

        rig.pass(UNREAD_TIMEOUT.plusSeconds(2));

        assertThat(neighbour.bodies()).isEqualTo("last-n");
        for (TestClient one : deaf) {
            one.link().unclog();
        }
        rig.run();
        assertThat(deaf).anyMatch(one -> one.hears(Method.CONNECTION_CLOSE));
    }

    @Test
    void whoReadNothingIsAloneWhenItComesAgain() {
        options.maxConnections = 8;
        options.policy = new Crowded();
        begin();
        TestClient neighbour = consumer("n");
        TestClient slow = consumerWithoutAcks("a");
        slow.link().clogged = true;
        TestClient publisher = rig.open();
        publisher.openChannel(1);
        for (int i = 0; i < MANY; i++) {
            publisher.publish(1, "a", MESSAGE);
        }
        rig.run();
        rig.pass(UNREAD_TIMEOUT.plusSeconds(4));
        slow.link().unclog();
        rig.run();
        assertThat(slow.closeHeard(0).code()).isEqualTo(320);
        long connections = rig.broker.openConnections();

        TestClient again = consumer("a");
        assertThat(rig.broker.openConnections()).isEqualTo(connections + 1);
        again.link().clogged = true;
        publisher.publish(1, "n", "last-n");
        rig.run();
        assertThat(neighbour.bodies()).isEqualTo("last-n");
    }

    /** All clients on one connection, but for those that are kept apart. */
    private static final class Crowded implements PoolPolicy {
        @Override
        public Placement place(LeaseRequest request, PoolView pool) {
            return pool.upstreams().isEmpty()
                    ? Placement.open("all")
                    : Placement.on(pool.upstreams().get(0));
        }
    }

    @Test
    void whoReadsItsWayToACloseHasTimeForThat() {
        options.maxConnections = 1;
        begin();
        TestClient slow = consumer("a");
        consumer("n");
        slow.link().slow = true;
        publish("a", 9);
        rig.broker.only().close(320, "CONNECTION_FORCED - shutdown", 0);
        rig.run();

        for (int i = 0; i < 40; i++) {
            readSome(slow, 30_000);
            rig.pass(Duration.ofSeconds(4));
        }

        assertThat(slow.bodies()).endsWith("last-a");
        assertThat(slow.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void aLargeMessageThatIsGotArrivesHoweverSlowly() {
        options.maxConnections = 1;
        begin();
        rig.broker.existing("a").messages.add(new BrokerQueue.Message("", "a", header(3_000_000), new byte[3_000_000]));
        consumer("n");
        TestClient slow = rig.open();
        slow.openChannel(1);
        slow.link().slow = true;
        slow.get(1, "a", true);
        rig.pass(Duration.ofNanos(10));

        for (int i = 0; i < 200; i++) {
            readSome(slow, 30_000);
            rig.pass(Duration.ofSeconds(5));
        }

        assertThat(slow.bodies().length()).isEqualTo(3_000_000);
        assertThat(slow.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void bothUpstreamsOfItsOwnAreReadAgain() {
        options.policy = new ExclusivePolicy();
        options.maxChannelsPerConnection = 1;
        begin();
        TestClient reader = rig.open();
        reader.openChannel(1).consume(1, "a", "ta", true);
        rig.run();
        reader.openChannel(2).consume(2, "b", "tb", true);
        rig.run();
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        reader.link().clogged = true;
        publishBoth(12);

        reader.link().unclog();
        rig.run();
        publishBoth(1);

        assertThat(reader.bodies().length())
                .isEqualTo(26 * MESSAGE.length() + 2 * ("last-a".length() + "last-b".length()));
    }

    /** Turn by turn, so that the reader is behind on both. */
    private void publishBoth(int count) {
        TestClient publisher = rig.open();
        publisher.openChannel(1);
        for (int i = 0; i < count; i++) {
            publisher.publish(1, "a", MESSAGE).publish(1, "b", MESSAGE);
            rig.run();
        }
        publisher.publish(1, "a", "last-a").publish(1, "b", "last-b");
        rig.run();
        publisher.close();
        rig.run();
    }

    private static byte[] header(int bodySize) {
        return java.nio.ByteBuffer.allocate(14)
                .putShort((short) 60)
                .putShort((short) 0)
                .putLong(bodySize)
                .array();
    }

    private final List<String> closes = new ArrayList<>();

    private final class Closes implements io.amqproxy.ProxyListener {
        @Override
        public void clientDisconnected(io.amqproxy.ClientInfo client, io.amqproxy.CloseReason reason) {
            if (reason.code() == 320) {
                closes.add(reason.text());
            }
        }
    }
}
