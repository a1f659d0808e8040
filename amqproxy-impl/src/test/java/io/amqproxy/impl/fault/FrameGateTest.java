package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.impl.fault.FrameGate.Verdict;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
        ByteBuffer all = ByteBuffer.allocate(4000);
        Arrays.stream(parts).forEach(all::put);
        return Arrays.copyOf(all.array(), all.position());
    }

    private static Verdict losesAcks(ByteBuffer head, boolean isAmqp10, ByteQueue to) {
        boolean isAck =
                !isAmqp10 && Frame.type(head, 0) == Frame.METHOD && Frame.methodId(head, 0) == Method.BASIC_ACK.id();
        return isAck ? Verdict.DROP : Verdict.PASS;
    }

    private byte[] open(String host) {
        return frames(out -> writer.method(0, Method.CONNECTION_OPEN)
                .shortString(host)
                .shortString("x".repeat(255))
                .shortString("y".repeat(255))
                .to(out));
    }

    private static byte[] pass(FrameGate gate, byte[] said, int step) {
        ByteQueue passed = new ByteQueue(CHUNKS);
        for (int at = 0; at < said.length; at += step) {
            gate.pass(Arrays.copyOfRange(said, at, Math.min(said.length, at + step)), passed);
        }
        return passed.toArray();
    }

    @Test
    void methodsAreKeptBackInPartsOfAnySize() {
        byte[] said = joined(ack(1), others(), ack(2), open("/"), others());
        for (int step = 1; step <= said.length; step++) {
            FrameGate gate = new FrameGate(FrameGateTest::losesAcks, false, 0);
            assertThat(pass(gate, said, step)).as("step " + step).isEqualTo(joined(others(), open("/"), others()));
            assertThat(gate.isBetweenFrames()).isTrue();
        }
    }

    @Test
    void whatWasQueuedBeforePassesAndFramesBehindItAreLookedAt() {
        byte[] half = Arrays.copyOfRange(ack(1), 10, 21);
        FrameGate gate = new FrameGate(FrameGateTest::losesAcks, false, half.length);
        assertThat(pass(gate, joined(half, ack(2), others()), 5)).isEqualTo(joined(half, others()));
    }

    @Test
    void framesOfTheOtherProtocolAreToldAfterItsHeaderOrFromTheBeginning() {
        byte[] frame = {0, 0, 0, 12, 2, 0, 0, 7, 0, 0x53, 0x18, 0x45};
        byte[] heartbeat = {0, 0, 0, 8, 2, 0, 0, 0};
        byte[] said = joined("AMQP\0\1\0\0".getBytes(StandardCharsets.ISO_8859_1), frame, heartbeat, frame);
        List<Integer> heads = new ArrayList<>();
        FrameGate.Judge judge = (head, isAmqp10, to) -> {
            assertThat(isAmqp10).isTrue();
            heads.add(head.getInt(0));
            return head.getInt(0) == 8 ? Verdict.DROP : Verdict.PASS;
        };
        for (int step = 1; step <= said.length; step++) {
            heads.clear();
            assertThat(pass(new FrameGate(judge, false, 0), said, step))
                    .isEqualTo(joined("AMQP\0\1\0\0".getBytes(StandardCharsets.ISO_8859_1), frame, frame));
            assertThat(heads).containsExactly(12, 8, 12);
        }
        assertThat(pass(new FrameGate(judge, true, 0), joined(heartbeat, frame), 3))
                .isEqualTo(frame);
    }

    @Test
    void aFrameIsCutInItsMidstAndNothingFollows() {
        for (byte[] frame : List.of(ack(1), open("z".repeat(255)), others())) {
            for (int step = 1; step <= frame.length; step++) {
                FrameGate gate = new FrameGate((head, isAmqp10, to) -> Verdict.CUT, false, 0);
                byte[] passed = pass(gate, joined(frame, ack(2)), step);
                assertThat(gate.isCut()).isTrue();
                assertThat(passed.length).isPositive();
                assertThat(frame).startsWith(passed);
                assertThat(passed.length).isLessThan(frame.length);
            }
        }
    }

    @Test
    void whatIsPutInThePlaceOfAFrameComesThere() {
        FrameGate.Judge judge = (head, isAmqp10, to) -> {
            if (losesAcks(head, false, to) == Verdict.PASS) {
                return Verdict.PASS;
            }
            byte[] other = open("other");
            to.append(ByteBuffer.wrap(other), 0, other.length);
            return Verdict.DROP;
        };
        assertThat(pass(new FrameGate(judge, false, 0), joined(others(), ack(1), others()), 4))
                .isEqualTo(joined(others(), open("other"), others()));
    }
}
