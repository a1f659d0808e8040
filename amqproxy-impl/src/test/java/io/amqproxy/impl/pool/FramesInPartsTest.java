package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.Frames.Heard;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Frames of the broker that come in parts, and content headers that are larger than any frame should be: RabbitMQ adds
 * to them what it knows of a dead-lettered message.
 */
class FramesInPartsTest {

    /** A dead-lettered message whose header had just fitted. */
    private static final int DEAD_LETTERED = 131_290 - Frame.OVERHEAD;

    private static final int PART = 10_000;

    private final Rig.Options options = new Rig.Options();
    private Rig rig = new Rig();
    private TestClient client = new TestClient(rig);
    private TestClient neighbour = client;

    private void begin(int frameMax) {
        options.maxConnections = 1;
        options.readBuffer = 2 * Settings.FRAME_MAX;
        rig = new Rig(options);
        rig.broker.queue("q").queue("n");
        neighbour = consumer("n", Settings.FRAME_MAX);
        client = consumer("q", frameMax);
    }

    private TestClient consumer(String queue, int frameMax) {
        TestClient consumer = rig.connect();
        consumer.frameMax = frameMax;
        consumer.logIn("guest", "guest", "/");
        consumer.openChannel(1).qos(1, 10, false).consume(1, queue, "tag", false);
        rig.run();
        consumer.heard.clear();
        return consumer;
    }

    private static byte[] header(int octets, int bodySize) {
        ByteBuffer payload = ByteBuffer.allocate(octets).putShort((short) 60).putShort((short) 0);
        payload.putLong(bodySize).putShort((short) 0);
        while (payload.hasRemaining()) {
            payload.put((byte) payload.position());
        }
        return payload.array();
    }

    private static byte[] body(int octets) {
        byte[] body = new byte[octets];
        for (int i = 0; i < octets; i++) {
            body[i] = (byte) ('a' + i % 26);
        }
        return body;
    }

    private void deliver(byte[] header, byte[] body) {
        rig.broker.existing("q").messages.add(new BrokerQueue.Message("", "q", header, body));
        rig.broker.deliverFrom(rig.broker.existing("q"));
    }

    /**
     * Moves all there is, a part at a time.
     *
     * @return how many octets were kept to be given again at most
     */
    private int moveInParts() {
        FakeLink upstream = upstream();
        int most = 0;
        while (upstream.canMoveToSession()) {
            upstream.moveToSession(PART);
            rig.endTurn();
            most = Math.max(most, upstream.left());
        }
        rig.run();
        return most;
    }

    private FakeLink upstream() {
        return Objects.requireNonNull(rig.broker.only().link);
    }

    private void neighbourIsServed(String text) {
        neighbour.publish(1, "n", text);
        rig.run();
        assertThat(neighbour.bodies()).endsWith(text);
        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    private byte[] headerHeard() {
        return client.heard.stream()
                .filter(frame -> frame.type() == Frame.HEADER)
                .findFirst()
                .orElseThrow()
                .payload();
    }

    private List<Integer> bodyFrames() {
        List<Integer> sizes = new ArrayList<>();
        for (Heard frame : client.heard) {
            if (frame.type() == Frame.BODY) {
                sizes.add(frame.payload().length);
            }
        }
        return sizes;
    }

    @ParameterizedTest
    @ValueSource(ints = {DEAD_LETTERED, 300_000, 1_100_000})
    void aHeaderAboveFrameMaxReachesItsClientAsItIs(int octets) {
        begin(Settings.FRAME_MAX);
        byte[] header = header(octets, 3);

        deliver(header, body(3));
        rig.run();

        assertThat(headerHeard()).isEqualTo(header);
        assertThat(client.bodies()).isEqualTo("abc");
        neighbourIsServed("still here");
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void soItDoesWhereTheClientTakesSmallFramesOnlyAndTheBodyIsSplit() {
        begin(Frame.MIN_FRAME_MAX);
        byte[] header = header(DEAD_LETTERED, 100_000);

        deliver(header, body(100_000));
        moveInParts();

        assertThat(headerHeard()).isEqualTo(header);
        assertThat(client.bodies()).isEqualTo(new String(body(100_000), ISO_8859_1));
        neighbourIsServed("still here");
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void aHeaderBeyondTheProxysOwnBoundIsItsClientsAffair() {
        begin(Settings.FRAME_MAX);

        deliver(header(Settings.BROKER_HEADER_MAX, 3), body(3));
        moveInParts();

        assertThat(client.closeHeard(0).code()).isEqualTo(501);
        assertThat(client.closeHeard(0).text()).contains("a content header of 4194312 octets");
        assertThat(client.bodies()).isEmpty();
        neighbourIsServed("still here");
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void aFrameInPartsIsNotCopiedBackWithEachOfThem() {
        begin(Settings.FRAME_MAX);

        deliver(header(Frame.MIN_HEADER_PAYLOAD, 300_000), body(300_000));
        int most = moveInParts();

        assertThat(most).isLessThan(Frame.MIN_FRAME_MAX);
        assertThat(client.bodies()).isEqualTo(new String(body(300_000), ISO_8859_1));
        int full = Settings.FRAME_MAX - Frame.OVERHEAD;
        assertThat(bodyFrames()).containsExactly(full, full, 300_000 - 2 * full);
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void theRestOfAFrameWhoseClientIsGoneIsDropped() {
        begin(Settings.FRAME_MAX);
        deliver(header(Frame.MIN_HEADER_PAYLOAD, 100_000), body(100_000));
        upstream().moveToSession(PART);

        client.vanish();
        client.link().moveToSession(1);
        rig.endTurn();
        moveInParts();

        neighbourIsServed("still here");
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void anUpstreamThatIsLostWithinAFrameLeavesNothingBehind() {
        begin(Settings.FRAME_MAX);
        deliver(header(DEAD_LETTERED, 3), body(3));
        upstream().moveToSession(PART);

        upstream().cut();
        rig.pass(Duration.ofNanos(10));

        assertThat(client.closeHeard(0).code()).isEqualTo(320);
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void aPartialFrameWithAWrongEndIsAnOffenceOfTheBroker() {
        begin(Settings.FRAME_MAX);
        rig.broker
                .only()
                .send(Frames.method(
                        2,
                        Method.BASIC_DELIVER,
                        writer -> writer.shortString("tag")
                                .longLong(1)
                                .octet(0)
                                .shortString("")
                                .shortString("q")));
        byte[] frame = Frames.frame(Frame.HEADER, 2, header(DEAD_LETTERED, 3));
        frame[frame.length - 1] = 0;
        ScriptedBroker.Connection connection = rig.broker.only();
        connection.send(frame);
        moveInParts();

        assertThat(connection.open).isFalse();
        assertThat(client.closeHeard(0).code()).isEqualTo(320);
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }
}
