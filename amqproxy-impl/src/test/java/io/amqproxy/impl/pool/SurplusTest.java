package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.PoolStats;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Settings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client has no room for goes back to its queue, so that others on its connection do not wait. */
class SurplusTest {

    private static final Duration MOMENT = Duration.ofMillis(800);
    private static final int MANY = 40;
    private static final String PADDING = "x".repeat(100_000);
    private static final Pattern NUMBER = Pattern.compile("<(\\d+)>");

    private final Rig.Options options = new Rig.Options();
    private Rig rig = new Rig();

    SurplusTest() {
        options.maxConnections = 1;
    }

    private void begin() {
        options.readBuffer = 2 * Settings.FRAME_MAX;
        rig = new Rig(options);
        rig.broker.queue("a").queue("b").queue("c").queue("n");
    }

    private TestClient consumer(String queue) {
        TestClient consumer = rig.open();
        consumer.openChannel(1).qos(1, 1000, false).consume(1, queue, "tag", false);
        rig.run();
        return consumer;
    }

    private TestClient deaf(String queue) {
        TestClient consumer = consumer(queue);
        consumer.link().clogged = true;
        return consumer;
    }

    private TestClient slow(String queue) {
        TestClient consumer = consumer(queue);
        consumer.link().slow = true;
        return consumer;
    }

    /** Messages with numbers from this one on, and what the neighbour waits for behind them. */
    private void publish(String queue, int from, int count) {
        TestClient publisher = rig.open();
        publisher.openChannel(1);
        for (int i = from; i < from + count; i++) {
            publisher.publish(1, queue, "<" + i + ">" + PADDING);
        }
        publisher.publish(1, "n", "n");
        rig.run();
        publisher.close();
        rig.run();
    }

    private void read(TestClient slow, int octets) {
        if (slow.link().canMoveToPeer()) {
            slow.link().moveToPeer(octets);
            rig.run();
        }
    }

    private static List<Integer> numbers(TestClient client) {
        return NUMBER.matcher(client.bodies())
                .results()
                .map(found -> Integer.valueOf(found.group(1)))
                .toList();
    }

    private static List<Integer> upTo(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private int waitingIn(String queue) {
        return rig.broker.existing(queue).messages.size();
    }

    @Test
    void othersWaitForAMomentOnly() {
        begin();
        TestClient neighbour = consumer("n");
        List<TestClient> deaf = List.of(deaf("a"), deaf("b"), deaf("c"));
        for (String queue : List.of("a", "b", "c")) {
            publish(queue, 0, MANY);
        }
        assertThat(neighbour.bodies()).as("it waits").hasSizeLessThan(3);

        rig.pass(MOMENT);

        assertThat(neighbour.bodies()).isEqualTo("nnn");
        publish("a", MANY, MANY);
        assertThat(neighbour.bodies()).as("nobody waits again").isEqualTo("nnnn");
        assertThat(rig.loop.chunks.usedBytes()).isLessThan(3L * (options.maxClientBacklog + Settings.OWNED_BACKLOG));
        rig.pass(Duration.ofSeconds(15));
        assertThat(deaf).noneMatch(one -> one.ended);
    }

    @Test
    void whoReadsAgainGetsAllInItsOrder() {
        begin();
        consumer("n");
        TestClient deaf = deaf("a");
        publish("a", 0, MANY);
        rig.pass(MOMENT);
        publish("a", MANY, MANY);
        rig.pass(MOMENT);

        deaf.link().unclog();
        rig.run();
        rig.pass(Duration.ofSeconds(1));

        assertThat(numbers(deaf)).isEqualTo(upTo(2 * MANY));
        deaf.ack(1, 0, true);
        rig.run();
        deaf.close();
        rig.run();
        assertThat(waitingIn("a")).as("all are acknowledged").isZero();
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void aMessageCountsAsDeliveredWhenTheClientGetsIt() {
        begin();
        consumer("n");
        TestClient deaf = deaf("a");
        publish("a", 0, MANY);
        rig.pass(MOMENT);
        long before = delivered();
        assertThat(before).as("some are withheld").isLessThan(MANY);

        deaf.link().unclog();
        rig.run();
        rig.pass(Duration.ofSeconds(1));

        assertThat(numbers(deaf)).isEqualTo(upTo(MANY));
        assertThat(delivered()).as("and the neighbour's").isEqualTo(MANY + 1);
    }

    private long delivered() {
        return rig.registry.stats().stream().mapToLong(PoolStats::delivered).sum();
    }

    /** What it may leave unread has a measure that is of one time only: when it has read, it begins anew. */
    @Test
    void whoHasReadOnceMayBeFartherBehindTheNextTime() {
        options.maxBufferBytes = 32 * 1024 * 1024;
        begin();
        TestClient neighbour = consumer("n");
        TestClient deaf = deaf("a");
        publish("a", 0, MANY);
        rig.pass(MOMENT);
        deaf.link().unclog();
        rig.run();
        rig.pass(Duration.ofSeconds(5));
        assertThat(numbers(deaf)).isEqualTo(upTo(MANY));
        assertThat(neighbour.bodies()).isEqualTo("n");

        options.maxClientBacklog = 8 * 1024 * 1024;
        rig.takeOver();
        deaf.link().clogged = true;
        publish("a", MANY, MANY);
        assertThat(neighbour.bodies()).as("so much is kept").isEqualTo("nn");
        rig.loop.chunks.countBeside(options.maxBufferBytes / 2); // Memory is short.
        publish("a", 2 * MANY, 1);
        rig.pass(MOMENT);

        assertThat(neighbour.bodies()).isEqualTo("nnn");
        rig.loop.chunks.countBeside(-options.maxBufferBytes / 2);
        deaf.link().unclog();
        rig.run();
        rig.pass(Duration.ofSeconds(1));
        assertThat(numbers(deaf)).isEqualTo(upTo(2 * MANY + 1));
    }

    @Test
    void forWhoReadsAnOctetNowAndThenNobodyWaits() {
        begin();
        TestClient neighbour = consumer("n");
        TestClient slow = slow("a");
        publish("a", 0, MANY);
        for (int i = 1; i < 60; i++) {
            read(slow, 1);
            rig.pass(Duration.ofSeconds(1));
            publish("a", MANY + i, 1);
            assertThat(neighbour.bodies()).hasSize(i + 1);
        }
        assertThat(slow.ended).isFalse();
    }

    @Test
    void whatTheClientDidNotGetIsNotAcknowledgedWithTheRest() {
        begin();
        consumer("n");
        TestClient slow = slow("a");
        publish("a", 0, MANY);
        rig.pass(MOMENT);
        for (int i = 0; i < 2_000 && numbers(slow).size() < MANY / 2; i++) {
            read(slow, 50_000);
        }
        assertThat(numbers(slow)).isEqualTo(upTo(MANY / 2));
        List<Long> tags = slow.tags(Method.BASIC_DELIVER);
        assertThat(tags).as("some came again").isSorted().anyMatch(tag -> tag > MANY);

        slow.ack(1, tags.get(MANY / 2 - 1), true); // Of another one the beginning has come.
        slow.link().clogged = true;
        rig.run();
        slow.vanish();
        rig.run();

        assertThat(waitingIn("a")).isEqualTo(MANY / 2);
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void allThatWasGotIsAcknowledgedAndNothingElse() {
        begin();
        consumer("n");
        TestClient slow = slow("a");
        publish("a", 0, MANY);
        rig.pass(MOMENT);
        for (int i = 0; i < 2_000 && numbers(slow).size() < MANY; i++) {
            read(slow, 50_000);
            if (i % 5 == 0) {
                slow.ack(1, 0, true);
                rig.run();
            }
            rig.pass(Duration.ofMillis(10));
        }
        assertThat(numbers(slow)).doesNotHaveDuplicates().isEqualTo(upTo(MANY));
        slow.ack(1, 0, true);
        rig.run();
        slow.vanish();
        rig.run();

        assertThat(waitingIn("a")).isZero();
        assertThat(slow.hears(Method.CHANNEL_CLOSE)).isFalse();
    }

    @Test
    void whoAcknowledgesWhatItDidNotGetHearsThatItIsUnknown() {
        begin();
        consumer("n");
        TestClient slow = slow("a");
        publish("a", 0, MANY);
        rig.pass(MOMENT);

        slow.ack(1, MANY, true);
        rig.run();
        slow.link().unclog();
        rig.run();

        assertThat(slow.closeHeard(1).code()).isEqualTo(406);
        assertThat(slow.closeHeard(1).text()).contains("unknown delivery tag " + MANY);
        assertThat(waitingIn("a")).isEqualTo(MANY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-stream-offset", "x-delivery-count"})
    void messagesOfAStreamAreNotGivenBackNorThoseThatAQuorumQueueHasCounted(String header) {
        begin();
        TestClient neighbour = consumer("n");
        TestClient deaf = deaf("a");
        for (int i = 0; i < MANY; i++) {
            byte[] body = ("<" + i + ">" + PADDING).getBytes(StandardCharsets.UTF_8);
            rig.broker.existing("a").messages.add(new BrokerQueue.Message("", "a", with(header, body.length), body));
        }
        publish("a", MANY, 1);
        rig.pass(MOMENT);
        assertThat(neighbour.bodies()).isEmpty();

        rig.pass(Duration.ofSeconds(12));
        deaf.link().unclog();
        rig.run();

        assertThat(neighbour.bodies()).isEqualTo("n");
        assertThat(deaf.closeHeard(0).text()).contains("nothing was read for 10 s");
    }

    /** A content header with an entry in its table of headers. */
    private static byte[] with(String entry, int bodySize) {
        byte[] name = entry.getBytes(StandardCharsets.US_ASCII);
        int table = 1 + name.length + 1 + 8;
        return ByteBuffer.allocate(14 + 4 + table)
                .putShort((short) 60)
                .putShort((short) 0)
                .putLong(bodySize)
                .putShort((short) (1 << 13))
                .putInt(table)
                .put((byte) name.length)
                .put(name)
                .put((byte) 'l')
                .putLong(7)
                .array();
    }

    @Test
    void beforeATransactionAllGoesBack() {
        begin();
        consumer("n");
        TestClient deaf = deaf("a");
        publish("a", 0, MANY);
        rig.pass(MOMENT);

        deaf.write(1, Method.TX_SELECT);
        rig.run();
        deaf.link().unclog();
        rig.run();

        assertThat(numbers(deaf)).isEqualTo(upTo(MANY));
        deaf.ack(1, 0, true);
        rig.run();
        deaf.write(1, Method.TX_COMMIT);
        rig.run();
        assertThat(deaf.hears(Method.TX_COMMIT_OK)).isTrue();
    }

    @Test
    void whoHasAllDeliveredAgainGetsAllOfIt() {
        begin();
        consumer("n");
        TestClient deaf = deaf("a");
        publish("a", 0, MANY);
        rig.pass(MOMENT);

        rig.broker.acceptsUnscripted = true;
        deaf.write(1, Method.BASIC_RECOVER, writer -> writer.octet(1));
        rig.run();
        deaf.link().unclog();
        rig.run();
        rig.pass(Duration.ofSeconds(1));

        assertThat(deaf.hears(Method.BASIC_RECOVER_OK)).isTrue();
        List<Integer> numbers = new ArrayList<>(numbers(deaf));
        assertThat(numbers.subList(numbers.size() - MANY, numbers.size()))
                .containsExactlyInAnyOrderElementsOf(upTo(MANY));
    }

    @Test
    void forWhoIsAloneTheBrokerIsLeftUnread() {
        options.maxConnections = 2;
        begin();
        TestClient deaf = deaf("a");
        publish("a", 0, MANY);
        rig.pass(Duration.ofMinutes(10));

        deaf.link().unclog();
        rig.run();

        assertThat(deaf.tags(Method.BASIC_DELIVER)).hasSize(MANY);
        assertThat(deaf.tags(Method.BASIC_DELIVER)).last().isEqualTo((long) MANY);
    }
}
