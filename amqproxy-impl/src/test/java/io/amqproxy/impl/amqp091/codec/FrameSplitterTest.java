package io.amqproxy.impl.amqp091.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameSplitterTest {

    private static final int AT = 3;
    private static final int FRAME_MAX = 20;

    private final ByteQueue out = new ByteQueue(new ChunkPool());

    /** A body frame of so many octets, between others. */
    private static ByteBuffer frame(int octets) {
        ByteBuffer in = ByteBuffer.allocate(AT + octets + Frame.OVERHEAD + 5);
        in.position(AT).put((byte) Frame.BODY).putShort((short) 1).putInt(octets);
        for (int i = 0; i < octets; i++) {
            in.put((byte) i);
        }
        return in.put(Frame.END);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "11, 1", "12, 1", "13, 2", "24, 2", "25, 3"})
    void aFrameIsCutIntoAsFewAsFitThePeer(int octets, int frames) {
        FrameSplitter.split(new FrameWriter(), frame(octets), AT, octets + Frame.OVERHEAD, 7, FRAME_MAX, out);

        ByteBuffer cut = ByteBuffer.wrap(out.toArray());
        int next = 0;
        int count = 0;
        for (int at = 0; at < cut.limit(); count++) {
            int size = (int) Frame.size(cut, at);
            assertThat(Frame.type(cut, at)).isEqualTo(Frame.BODY);
            assertThat(Frame.channel(cut, at)).isEqualTo(7);
            assertThat(size).isBetween(1, FRAME_MAX - Frame.OVERHEAD);
            for (int i = 0; i < size; i++) {
                assertThat(cut.get(at + Frame.PAYLOAD_OFFSET + i)).isEqualTo((byte) next++);
            }
            at += size + Frame.OVERHEAD;
            assertThat(cut.get(at - 1)).isEqualTo(Frame.END);
        }
        assertThat(next).isEqualTo(octets);
        assertThat(count).isEqualTo(frames);
    }

    @Test
    void nothingIsCutIntoNothing() {
        FrameSplitter.splitPayload(new FrameWriter(), frame(4), AT, AT, 7, FRAME_MAX, out);

        assertThat(out.isEmpty()).isTrue();
    }
}
