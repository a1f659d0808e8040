package io.amqproxy.impl.amqp091.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FrameWriterTest {

    private static final long SEED = 5_551;
    private static final int CHANNEL = 0xFFFE;

    private final FrameWriter writer = new FrameWriter();
    private final ByteQueue out = new ByteQueue(new ChunkPool());

    @ParameterizedTest
    @EnumSource
    void everyMethodThatIsWrittenIsReadAgain(Method method) throws AmqpException {
        Random random = new Random(SEED);
        for (int i = 0; i < 50; i++) {
            Object[] values = write(method, random);

            writer.to(out);

            ByteBuffer frame = ByteBuffer.wrap(out.toArray());
            assertFrame(frame, Frame.METHOD, CHANNEL);
            assertThat(Frame.methodId(frame, 0)).isEqualTo(method.id());
            ArgumentReader.check(frame, 0, method);
            assertThat(read(frame, method)).as("seed %d", SEED).isEqualTo(values);
        }
    }

    @Test
    void framesFollowOneAnother() {
        writer.plain(out, 1, Method.CHANNEL_CLOSE_OK);
        writer.heartbeat(out);
        writer.method(2, Method.CHANNEL_FLOW).octet(1).to(out);

        byte[] octets = out.toArray();

        assertThat(octets)
                .containsExactly(
                        1, 0, 1, 0, 0, 0, 4, 0, 20, 0, 41, 0xCE, //
                        8, 0, 0, 0, 0, 0, 0, 0xCE, //
                        1, 0, 2, 0, 0, 0, 5, 0, 20, 0, 20, 1, 0xCE);
    }

    @Test
    void aCloseOfAChannelNamesTheOffender() throws AmqpException {
        writer.close(out, 7, 404, "NOT_FOUND - no queue", Method.QUEUE_BIND.id());

        ByteBuffer frame = ByteBuffer.wrap(out.toArray());
        assertFrame(frame, Frame.METHOD, 7);
        assertThat(Frame.methodId(frame, 0)).isEqualTo(Method.CHANNEL_CLOSE.id());
        ArgumentReader.check(frame, 0, Method.CHANNEL_CLOSE);
        assertThat(read(frame, Method.CHANNEL_CLOSE)).containsExactly(404, "NOT_FOUND - no queue", 50, 20);
    }

    @Test
    void aCloseOfChannelZeroClosesTheConnection() throws AmqpException {
        writer.close(out, 0, 320, "bye", 0);

        ByteBuffer frame = ByteBuffer.wrap(out.toArray());
        assertFrame(frame, Frame.METHOD, 0);
        assertThat(Frame.methodId(frame, 0)).isEqualTo(Method.CONNECTION_CLOSE.id());
        assertThat(read(frame, Method.CONNECTION_CLOSE)).containsExactly(320, "bye", 0, 0);
    }

    @Test
    void rawArgumentsAreCopiedAsTheyAre() {
        ByteBuffer source = ByteBuffer.wrap(new byte[] {9, 8, 7, 6, 5}).position(4);

        writer.method(1, Method.QUEUE_PURGE)
                .shortInt(0)
                .raw(source, 1, 4)
                .octet(1)
                .to(out);

        assertThat(source.position()).isEqualTo(4);
        assertThat(out.toArray()).containsExactly(1, 0, 1, 0, 0, 0, 10, 0, 50, 0, 30, 0, 0, 8, 7, 6, 1, 0xCE);
    }

    /** Texts, and how many of their octets in UTF-8 a short string can keep. */
    static Stream<org.junit.jupiter.params.provider.Arguments> texts() {
        String twoOctets = "\u00E9";
        String threeOctets = "\u20AC";
        String fourOctets = "\uD83D\uDE00";
        return Stream.of(
                kept("", 0),
                kept("short", 5),
                kept("a".repeat(254), 254),
                kept("a".repeat(255), 255),
                kept("a".repeat(256), 255),
                kept("a".repeat(100_000), 255),
                kept("a".repeat(253) + twoOctets, 255),
                kept("a".repeat(254) + twoOctets, 254),
                kept("a".repeat(254) + twoOctets + "b", 254),
                kept("a".repeat(255) + twoOctets, 255),
                kept("a".repeat(252) + threeOctets, 255),
                kept("a".repeat(253) + threeOctets, 253),
                kept("a".repeat(254) + threeOctets, 254),
                kept("a".repeat(251) + fourOctets, 255),
                kept("a".repeat(252) + fourOctets, 252),
                kept("a".repeat(253) + fourOctets, 253),
                kept("a".repeat(254) + fourOctets, 254),
                kept(twoOctets.repeat(200), 254),
                kept(threeOctets.repeat(85), 255),
                kept(threeOctets.repeat(86), 255),
                kept("a" + threeOctets.repeat(85), 253),
                kept(fourOctets.repeat(64), 252));
    }

    private static org.junit.jupiter.params.provider.Arguments kept(String text, int octets) {
        return org.junit.jupiter.params.provider.Arguments.of(text, octets);
    }

    @ParameterizedTest
    @MethodSource("texts")
    void aShortStringIsCutAtTheLastWholeCharacterOf255Octets(String text, int octets) throws AmqpException {
        writer.method(0, Method.CONNECTION_BLOCKED).shortString(text).to(out);

        ByteBuffer frame = ByteBuffer.wrap(out.toArray());
        ArgumentReader.check(frame, 0, Method.CONNECTION_BLOCKED);
        byte[] written = new ArgumentReader().reset(frame, 0).shortString().getBytes(StandardCharsets.UTF_8);
        assertThat(written).isEqualTo(Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), octets));
    }

    private static void assertFrame(ByteBuffer frame, int type, int channel) {
        assertThat(Frame.type(frame, 0)).isEqualTo(type);
        assertThat(Frame.channel(frame, 0)).isEqualTo(channel);
        assertThat(Frame.size(frame, 0)).isEqualTo(frame.limit() - Frame.OVERHEAD);
        assertThat(frame.get(frame.limit() - 1)).isEqualTo(Frame.END);
    }

    /** Writes random arguments and answers them. */
    private Object[] write(Method method, Random random) {
        writer.method(CHANNEL, method);
        String types = method.arguments();
        Object[] values = new Object[types.length()];
        for (int i = 0; i < values.length; i++) {
            switch (types.charAt(i)) {
                case 'o', 'B' -> {
                    int value = random.nextInt(256);
                    writer.octet(value);
                    values[i] = value;
                }
                case 's' -> {
                    int value = random.nextInt(65_536);
                    writer.shortInt(value);
                    values[i] = value;
                }
                case 'l' -> {
                    int value = random.nextInt();
                    writer.longInt(value);
                    values[i] = value;
                }
                case 'L' -> {
                    long value = random.nextLong();
                    writer.longLong(value);
                    values[i] = value;
                }
                case 'S' -> {
                    String value = "t".repeat(random.nextInt(256));
                    writer.shortString(value);
                    values[i] = value;
                }
                case 'X' -> {
                    String value = "\u20AC".repeat(random.nextInt(1_000));
                    writer.longString(value);
                    values[i] = value;
                }
                default -> {
                    Map<String, Object> value = new LinkedHashMap<>();
                    value.put("number", random.nextInt());
                    value.put("inner", Map.of("flag", random.nextBoolean()));
                    writer.table(value);
                    values[i] = value;
                }
            }
        }
        return values;
    }

    private static Object[] read(ByteBuffer frame, Method method) throws AmqpException {
        ArgumentReader arguments = new ArgumentReader().reset(frame, 0);
        String types = method.arguments();
        Object[] values = new Object[types.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (types.charAt(i)) {
                case 'o', 'B' -> arguments.octet();
                case 's' -> arguments.shortInt();
                case 'l' -> arguments.longInt();
                case 'L' -> arguments.longLong();
                case 'S' -> arguments.shortString();
                case 'X' -> arguments.longText();
                default -> arguments.table();
            };
        }
        assertThat(arguments.position()).isEqualTo(arguments.end());
        return values;
    }
}
