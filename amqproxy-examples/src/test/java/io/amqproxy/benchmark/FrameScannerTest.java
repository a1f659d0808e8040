package io.amqproxy.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameScannerTest {

    /** Writes down what it is told. */
    private static final class Notes implements FrameScanner.Handler {
        final List<String> taken = new ArrayList<>();

        @Override
        public void onProtocolHeader() {
            taken.add("header");
        }

        @Override
        public void onMethod(int channel, int id, ByteBuffer in, int arguments) {
            taken.add(Amqp.name(id) + " on " + channel);
        }

        @Override
        public void onMessage(int channel) {
            taken.add("message on " + channel);
        }
    }

    private static final List<String> EXPECTED =
            List.of("header", "20.10 on 1", "message on 1", "message on 300", "message on 300", "85.10 on 300");

    private final Notes notes = new Notes();
    private final FrameScanner scanner = new FrameScanner(notes);

    private static byte[] stream() {
        FrameBuilder frames = new FrameBuilder(ByteBuffer.allocate(16 * 1024)).protocolHeader();
        Requests.channelOpen(frames, 1);
        frames.publish(1, "q", 20);
        frames.publish(300, "q", 0);
        frames.publish(300, "q", 5_000);
        frames.frame(Amqp.HEARTBEAT, 0).end();
        Requests.confirmSelect(frames, 300);
        ByteBuffer built = frames.buffer().flip();
        byte[] bytes = new byte[built.remaining()];
        built.get(bytes);
        return bytes;
    }

    @Test
    void aStreamIsUnderstoodWhereverItIsSplit() {
        byte[] stream = stream();
        for (int split = 1; split < stream.length; split++) {
            notes.taken.clear();

            scan(stream, 0, split);
            scan(stream, split, stream.length);

            assertThat(notes.taken).as("split at " + split).isEqualTo(EXPECTED);
        }
    }

    @Test
    void aStreamIsUnderstoodOctetByOctet() {
        byte[] stream = stream();

        for (int at = 0; at < stream.length; at++) {
            scan(stream, at, at + 1);
        }

        assertThat(notes.taken).isEqualTo(EXPECTED);
    }

    @Test
    void aFrameThatEndsElsewhereIsAnError() {
        byte[] stream = stream();
        stream[stream.length - 1] = 0;

        assertThatThrownBy(() -> scan(stream, 0, stream.length)).hasMessageContaining("end octet");
    }

    private void scan(byte[] bytes, int from, int to) {
        scanner.accept(ByteBuffer.wrap(bytes, from, to - from), ByteBuffer.allocate(32 * 1024));
    }
}
