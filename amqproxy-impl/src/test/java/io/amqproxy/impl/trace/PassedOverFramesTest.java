package io.amqproxy.impl.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.trace.TracedMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told is the same whether frames that nobody wants are passed over together or are looked at one by one. */
class PassedOverFramesTest {

    private static final byte[] HEADER_091 = "AMQP\0\0\11\1".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] HEADER_10 = "AMQP\0\1\0\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int TRANSFER = 0x14;

    /** What is wanted changes now and then, with the epoch. */
    private static final List<Set<String>> WANTED = List.of(
            Set.of(),
            Set.of("basic.ack", "flow"),
            Set.of("heartbeat", "unknown-method"),
            Set.of("basic.publish", "transfer"),
            Set.of("tx.commit", "disposition"),
            Set.of("basic.qos", "malformed"));

    /** Writes down what it is told. */
    private static final class Told implements EventSink {
        private final boolean isAskedEachTime;
        private final List<String> lines = new ArrayList<>();
        private Set<String> wanted = WANTED.get(0);

        Told(boolean isAskedEachTime) {
            this.isAskedEachTime = isAskedEachTime;
        }

        @Override
        public Object epoch() {
            return isAskedEachTime ? new Object() : wanted;
        }

        @Override
        public int wanted(String name) {
            return wanted.contains(name) ? 100 : UNWANTED;
        }

        @Override
        public int wanted(String name, Map<String, Object> arguments) {
            return wanted(name);
        }

        @Override
        public void tell(
                int channel, String name, Map<String, Object> arguments, @Nullable TracedMessage message, int octets) {
            lines.add(channel + " " + name + arguments + (message == null ? "" : " " + message));
        }

        private FrameScanner scanner() {
            return new FrameScanner(
                    header -> header.get(5) == 0
                            ? new Decoder091(this, true, new Conversation091())
                            : new Decoder10(this, true, new Conversation10()),
                    new Decoder091(this, true, new Conversation091()),
                    false);
        }
    }

    private static byte[] random091(Random random) {
        FrameWriter writer = new FrameWriter();
        ByteQueue queue = new ByteQueue(new ChunkPool());
        append(queue, HEADER_091);
        for (int i = 0; i < 400; i++) {
            int channel = 1 + random.nextInt(3);
            switch (random.nextInt(9)) {
                case 0 -> writer.heartbeat(queue);
                case 1 ->
                    writer.method(channel, Method.BASIC_ACK)
                            .longLong(i)
                            .octet(0)
                            .to(queue);
                case 2 ->
                    writer.method(channel, Method.BASIC_QOS)
                            .longInt(0)
                            .shortInt(i)
                            .octet(0)
                            .to(queue);
                case 3 -> writer.method(channel, Method.TX_COMMIT).to(queue);
                case 4 -> append(queue, new byte[] {1, 0, 1, 0, 0, 0, 2, 0, 60, (byte) 0xCE}); // No method.
                case 5 -> append(queue, new byte[] {1, 0, 1, 0, 0, 0, 4, 0, 60, 0, 99, (byte) 0xCE}); // Nobody's.
                default -> publish(writer, queue, channel, random.nextInt(200), random);
            }
        }
        return queue.toArray();
    }

    private static void publish(FrameWriter writer, ByteQueue queue, int channel, int size, Random random) {
        writer.method(channel, Method.BASIC_PUBLISH)
                .shortInt(0)
                .shortString("")
                .shortString("key")
                .octet(0)
                .to(queue);
        ByteBuffer header = ByteBuffer.allocate(22);
        header.put((byte) 2).putShort((short) channel).putInt(14).putInt(60 << 16);
        append(queue, header.putLong(size).putShort((short) 0).put((byte) 0xCE).array());
        byte[] body = new byte[size];
        random.nextBytes(body);
        int part = 1 + random.nextInt(200);
        for (int at = 0; at < size; at += part) {
            writer.body(queue, channel, ByteBuffer.wrap(body), at, Math.min(size, at + part));
        }
    }

    private static byte[] random10(Random random) {
        ByteQueue queue = new ByteQueue(new ChunkPool());
        append(queue, HEADER_10);
        for (int i = 0; i < 400; i++) {
            int channel = random.nextInt(3);
            append(
                    queue,
                    switch (random.nextInt(7)) {
                        case 0 -> new byte[] {0, 0, 0, 8, 2, 0, 0, 0};
                        case 1 -> Wire10.frame(channel, 0x13, new byte[0], 1, 100, 1, 100, 0, i, 50);
                        case 2 -> Wire10.frame(channel, 0x15, new byte[0], true, i, i, true);
                        case 3 -> Wire10.frame(channel, 0x11, new byte[0], null, 0, 100, 100);
                        case 4 ->
                            new byte[] {0, 0, 0, 12, 3, 0, 0, 0, 1, 2, 3, 4}; // A longer head, and nothing behind it.
                        case 5 -> new byte[] {0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x77, 0x45}; // No performative.
                        default ->
                            Wire10.frame(
                                    channel,
                                    TRANSFER,
                                    new byte[random.nextInt(200)],
                                    0,
                                    i,
                                    new byte[] {1},
                                    0,
                                    random.nextBoolean());
                    });
        }
        return queue.toArray();
    }

    private static void append(ByteQueue queue, byte[] octets) {
        queue.append(ByteBuffer.wrap(octets), 0, octets.length);
    }

    /** In pieces, with what is wanted changing between some of them. */
    private static List<String> told(byte[] octets, boolean isAskedEachTime, long seed) {
        Random random = new Random(seed);
        int most = List.of(5, 40, 1000, octets.length).get(random.nextInt(4));
        Told told = new Told(isAskedEachTime);
        FrameScanner scanner = told.scanner();
        for (int at = 0; at < octets.length; ) {
            int to = Math.min(octets.length, at + 1 + random.nextInt(most));
            if (random.nextInt(8) == 0) {
                told.wanted = WANTED.get(random.nextInt(WANTED.size()));
            }
            scanner.scan(ByteBuffer.wrap(octets), at, to);
            at = to;
        }
        return told.lines;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void whatIsToldIsTheSame(int quarter) {
        int lines = 0;
        for (int seed = quarter * 100; seed < quarter * 100 + 100; seed++) {
            Random random = new Random(seed);
            byte[] octets = seed % 2 == 0 ? random091(random) : random10(random);
            List<String> expected = told(octets, true, seed);
            assertThat(told(octets, false, seed)).as("seed " + seed).isEqualTo(expected);
            lines += expected.size();
        }
        assertThat(lines).isGreaterThan(1000);
    }
}
