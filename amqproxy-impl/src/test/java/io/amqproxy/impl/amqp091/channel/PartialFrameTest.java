package io.amqproxy.impl.amqp091.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PartialFrameTest {

    private static final int BULK = 16 * 1024;

    private final PartialFrame frame = new PartialFrame();
    private final Message message = new Message();
    private final ByteBuffer in = ByteBuffer.allocate(20).put(9, Frame.END);

    private static final class Message implements PartialFrame.Content {
        private final ByteQueue gathered = new ByteQueue(new ChunkPool());
        private final List<String> parts = new ArrayList<>();

        @Override
        public void onMoreOfFrame(ByteBuffer in, int from, int to, boolean isLast) {
            parts.add(from + "-" + to + (isLast ? " last" : ""));
        }

        @Override
        public ByteQueue gathered() {
            return gathered;
        }

        @Override
        public void onBulk(int octets) {
            parts.add("bulk " + octets);
        }
    }

    @Test
    void itsMessageGetsWhatComesUpToItsEnd() throws AmqpException {
        assertThat(frame.isPending()).isFalse();
        frame.begin(message, 7);

        assertThat(frame.take(in, 3, 5)).isEqualTo(5);
        assertThat(frame.isPending()).isTrue();
        assertThat(frame.take(in, 5, 20)).isEqualTo(10);

        assertThat(message.parts).containsExactly("3-5", "5-10 last");
        assertThat(frame.isPending()).isFalse();
    }

    @Test
    void aFrameThatDoesNotEndAsItHasToIsRefused() {
        frame.begin(message, 6);

        assertThatThrownBy(() -> frame.take(in, 3, 20)).hasMessageContaining("invalid_frame_end_marker,0");
        assertThat(message.parts).isEmpty();
    }

    @Test
    void theRestOfAMessageThatNobodyNeedsIsDropped() throws AmqpException {
        frame.begin(message, 7);
        frame.forget(new Message());
        frame.take(in, 3, 4);
        frame.forget(message);

        assertThat(frame.take(in, 4, 20)).isEqualTo(10);
        assertThat(message.parts).containsExactly("3-4");
        assertThat(frame.bulk()).isNull();
    }

    @Test
    void allButTheEndOfALargeFrameMayBeReadStraightToItsMessage() throws AmqpException {
        frame.begin(message, BULK);
        assertThat(frame.bulk()).isNull();
        frame.begin(message, BULK + 1);
        assertThat(frame.bulk()).isSameAs(message.gathered);
        assertThat(frame.bulkOctets()).isEqualTo(BULK);

        frame.onBulk(BULK);
        assertThat(frame.bulk()).isNull();
        assertThat(frame.take(in, 9, 20)).isEqualTo(10);
        assertThat(message.parts).containsExactly("bulk " + BULK, "9-10 last");
    }
}
