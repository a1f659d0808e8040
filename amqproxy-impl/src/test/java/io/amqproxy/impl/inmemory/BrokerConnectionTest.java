package io.amqproxy.impl.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.testkit.FrameText;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Bounds of the broker for unit tests; what it says else is compared with RabbitMQ. */
class BrokerConnectionTest {

    private static final int MEMORY = 4 << 20;
    private static final int BODY = 100_000;
    private static final int NO_ACK = 2;

    private final ChunkPool chunks = new ChunkPool(Long.MAX_VALUE, ByteBuffer::allocate);
    private final FrameWriter frames = new FrameWriter();
    private final Memory memory = new Memory(MEMORY);
    private final VirtualHost vhost = new VirtualHost("/", memory);
    private final ByteQueue out = new ByteQueue(chunks);
    private final BrokerConnection connection = new BrokerConnection(frames, out, name -> vhost, memory);

    @Test
    void messagesHaveABoundAndThoseThatAreGoneDoNotCount() {
        open();
        declare("q");
        for (int i = 0; i < 10 * MEMORY / BODY; i++) {
            publish("q", BODY);
            say(frames.method(1, Method.BASIC_GET).shortInt(0).shortString("q").octet(1));
            heard();
        }
        assertThat(memory.used()).isZero();

        for (int i = 0; i <= MEMORY / BODY; i++) {
            publish("q", BODY);
        }

        assertThat(heard()).singleElement().asString().startsWith("0 connection.close 506");
        assertThat(memory.used()).as("what was taken is kept").isLessThanOrEqualTo(MEMORY);
    }

    @Test
    void aMessageThatIsLeftInTheMiddleIsNotCountedAnyMore() {
        open();
        declare("q");
        begin("q", BODY);
        assertThat(memory.used()).isEqualTo(BODY);

        connection.end();

        assertThat(memory.used()).isZero();
    }

    @Test
    void whoDoesNotReadIsHandedNoMoreAndGetsTheRestAfterwards() {
        open();
        declare("q");
        say(frames.method(1, Method.BASIC_CONSUME)
                .shortInt(0)
                .shortString("q")
                .shortString("tag")
                .octet(NO_ACK)
                .table(Map.of()));
        int count = 30;
        for (int i = 0; i < count; i++) {
            publish("q", BODY);
        }
        assertThat(out.size()).isLessThan((1 << 20) + 2 * BODY);
        assertThat(out.size()).isGreaterThan(1 << 20);

        long delivered = deliveries();
        while (delivered < count) {
            connection.dispatch();
            long more = deliveries();
            assertThat(more).isPositive();
            delivered += more;
        }
        assertThat(delivered).isEqualTo(count);
    }

    private long deliveries() {
        return heard().stream()
                .filter(line -> line.startsWith("1 basic.deliver"))
                .count();
    }

    @Test
    void whatIsNoFrameEndsTheConnectionAtOnce() {
        open();

        connection.fail(0, AmqpException.framing("no frame"));

        assertThat(heard()).containsExactly("0 connection.close 501 'FRAME_ERROR - no frame' (0.0)");
        assertThat(connection.isOver()).isTrue();
    }

    @Test
    void theHeartbeatThatWasAgreedOnIsSaid() {
        open();

        assertThat(connection.heartbeat()).isEqualTo(7);
        connection.beat();

        assertThat(heard()).containsExactly("0 heartbeat");
    }

    @Test
    void otherMethodsThanThoseOfALogInEndIt() {
        connection.start();
        say(frames.method(1, Method.CHANNEL_OPEN).shortString(""));

        assertThat(heard()).last().asString().startsWith("0 connection.close 503");
        assertThat(connection.isOver()).isTrue();
    }

    @Test
    void queuesOfAConnectionAreGoneWithItAndWhatItHeldIsReadyAgain() {
        open();
        declare("q");
        say(frames.method(1, Method.QUEUE_DECLARE)
                .shortInt(0)
                .shortString("own")
                .octet(4)
                .table(Map.of()));
        publish("q", 1);
        say(frames.method(1, Method.BASIC_GET).shortInt(0).shortString("q").octet(0));
        MessageQueue queue = vhost.find("q");
        assertThat(queue).isNotNull();
        assertThat(queue.unacknowledged()).isEqualTo(1);

        connection.end();

        assertThat(vhost.find("own")).isNull();
        assertThat(queue.ready()).isEqualTo(1);
        assertThat(queue.unacknowledged()).isZero();
    }

    private void open() {
        connection.start();
        say(frames.method(0, Method.CONNECTION_START_OK)
                .table(Map.of())
                .shortString("PLAIN")
                .longString("\0guest\0guest")
                .shortString("en_US"));
        say(frames.method(0, Method.CONNECTION_TUNE_OK).shortInt(0).longInt(0).shortInt(7));
        say(frames.method(0, Method.CONNECTION_OPEN)
                .shortString("/")
                .shortString("")
                .octet(0));
        say(frames.method(1, Method.CHANNEL_OPEN).shortString(""));
        heard();
    }

    private void declare(String queue) {
        say(frames.method(1, Method.QUEUE_DECLARE)
                .shortInt(0)
                .shortString(queue)
                .octet(0)
                .table(Map.of()));
        heard();
    }

    private void begin(String queue, long size) {
        say(frames.method(1, Method.BASIC_PUBLISH)
                .shortInt(0)
                .shortString("")
                .shortString(queue)
                .octet(0));
        ByteBuffer header = ByteBuffer.allocate(Frame.MIN_HEADER_PAYLOAD + Frame.OVERHEAD);
        header.put((byte) Frame.HEADER).putShort((short) 1).putInt(Frame.MIN_HEADER_PAYLOAD);
        header.putShort((short) 60).putShort((short) 0).putLong(size).putShort((short) 0);
        connection.receive(header.put(Frame.END).flip());
    }

    private void publish(String queue, int size) {
        begin(queue, size);
        ByteQueue body = new ByteQueue(chunks);
        frames.body(body, 1, ByteBuffer.allocate(size), 0, size);
        connection.receive(ByteBuffer.wrap(body.toArray()));
    }

    private void say(FrameWriter frame) {
        ByteQueue said = new ByteQueue(chunks);
        frame.to(said);
        connection.receive(ByteBuffer.wrap(said.toArray()));
    }

    /** What was said since, a line for each frame. */
    private List<String> heard() {
        ByteBuffer all = ByteBuffer.wrap(out.toArray());
        List<String> lines = new ArrayList<>();
        while (all.hasRemaining()) {
            int length = (int) Frame.size(all, all.position()) + Frame.OVERHEAD;
            lines.add(FrameText.of(all.slice(all.position(), length)));
            all.position(all.position() + length);
        }
        return lines;
    }
}
