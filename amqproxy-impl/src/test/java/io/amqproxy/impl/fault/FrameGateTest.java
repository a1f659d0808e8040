package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Methods are kept back or changed however their octets come; all else passes as it is. */
class FrameGateTest {

    private static final ChunkPool CHUNKS = new ChunkPool();

    private final FrameWriter writer = new FrameWriter();

    private byte[] frames(Consumer<ByteQueue> what) {
        ByteQueue queue = new ByteQueue(CHUNKS);
        what.accept(queue);
        return queue.toArray();
    }

    private byte[] ack(long tag) {
        return frames(
                out -> writer.method(1, Method.BASIC_ACK).longLong(tag).octet(0).to(out));
    }

    private byte[] others() {
        return frames(out -> {
            writer.heartbeat(out);
            writer.body(out, 1, ByteBuffer.wrap(new byte[] {1, 0, 1, 0, 0, 0, 4}), 0, 7);
            writer.body(out, 1, ByteBuffer.wrap(new byte[0]), 0, 0);
            writer.plain(out, 1, Method.CHANNEL_CLOSE_OK);
        });
    }

    private static byte[] joined(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(1000);
        Arrays.stream(parts).forEach(all::put);
        return Arrays.copyOf(all.array(), all.position());
    }

    private static boolean loses(ByteBuffer frame) {
        return Frame.methodId(frame, 0) != Method.BASIC_ACK.id();
    }

    @Test
    void methodsAreKeptBackInPartsOfAnySize() {
        byte[] said = joined(ack(1), others(), ack(2), others());
        for (int step = 1; step <= said.length; step++) {
            FrameGate gate = new FrameGate(FrameGateTest::loses, false);
            ByteQueue passed = new ByteQueue(CHUNKS);
            for (int at = 0; at < said.length; at += step) {
                gate.pass(Arrays.copyOfRange(said, at, Math.min(said.length, at + step)), passed);
            }
            assertThat(passed.toArray()).as("step " + step).isEqualTo(joined(others(), others()));
        }
    }

    @Test
    void anotherProtocolPassesAsItIs() {
        byte[] said = joined("AMQP\0\1\0\0".getBytes(StandardCharsets.ISO_8859_1), ack(1));
        FrameGate gate = new FrameGate(FrameGateTest::loses, false);
        ByteQueue passed = new ByteQueue(CHUNKS);
        gate.pass(said, passed);
        assertThat(passed.toArray()).isEqualTo(said);
    }
}
