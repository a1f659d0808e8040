package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.FuzzInput;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Frames with what a fuzzer chose: mostly well formed, for what is not is refused early. */
final class FuzzedFrames {

    /** Names of queues, exchanges, their types and consumers; which is which is left to chance. */
    static final List<String> NAMES = List.of(
            "", "jobs", "tag", "direct", "amq.direct", "nowhere", "own", "amq.rabbitmq.reply-to", "n".repeat(255));

    private static final List<Map<String, Object>> TABLES =
            List.of(Map.of(), Map.of("x-max-length", 1000), Map.of("deep", Map.of("list", List.of("v", 1, true, 2.5))));

    private static final int MOST_FRAMES = 40;
    private static final int PROPERTIES = 14;

    private FuzzedFrames() {}

    static String name(FuzzInput input) {
        return NAMES.get(input.below(NAMES.size()));
    }

    static byte[] method(int channel, Method method, FuzzInput input) {
        return Frames.method(channel, method, writer -> {
            for (int i = 0; i < method.arguments().length(); i++) {
                argument(method.arguments().charAt(i), input, writer);
            }
        });
    }

    private static void argument(char type, FuzzInput input, FrameWriter writer) {
        switch (type) {
            case 'o', 'B' -> writer.octet(input.octet());
            case 's' -> writer.shortInt(number(input));
            case 'l' -> writer.longInt(number(input));
            case 'L' -> writer.longLong(number(input));
            case 'S' -> writer.shortString(name(input));
            case 'X' -> writer.longString(input.octets(input.below(12)));
            case 'T' -> table(input, writer);
            default -> throw new AssertionError("argument type " + type);
        }
    }

    /** Small ones mostly, as delivery tags and limits are. */
    private static int number(FuzzInput input) {
        int number = input.octet();
        return number < 250 ? number % 10 : input.oneOf(-1, 255, 4096, 0xFFFF, 0x10000, Integer.MIN_VALUE);
    }

    private static void table(FuzzInput input, FrameWriter writer) {
        int choice = input.below(TABLES.size() + 2);
        if (choice < TABLES.size()) {
            writer.table(TABLES.get(choice));
        } else {
            byte[] pairs = input.octets(input.below(48));
            writer.longInt(choice == TABLES.size() ? pairs.length : input.octet());
            writer.raw(ByteBuffer.wrap(pairs), 0, pairs.length);
        }
    }

    /** A content header and a body in frames of some size, of which there may be too few or too many octets. */
    static byte[] content(int channel, FuzzInput input, int frameMax) {
        int size = input.oneOf(0, 1, 9, 300, 5000, 70_000, 200_000, 300_000);
        int wrong = input.octet();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(header(channel, size + (wrong < 240 ? 0 : wrong - 248), input));
        int most = Math.max(1, Math.min(frameMax - Frame.OVERHEAD, input.oneOf(frameMax, 4088, 1000, 100, 9)));
        most = Math.max(most, size / MOST_FRAMES);
        int frames = wrong < 220 ? Integer.MAX_VALUE : input.below(3);
        for (int at = 0; at < size && frames > 0; at += most, frames--) {
            out.writeBytes(Frames.frame(
                    Frame.BODY, channel, "x".repeat(Math.min(most, size - at)).getBytes(UTF_8)));
        }
        return out.toByteArray();
    }

    private static byte[] header(int channel, long bodySize, FuzzInput input) {
        byte[] properties = new byte[0];
        int flags = 0;
        int choice = input.below(4);
        if (choice == 1) {
            flags = 0x1000; // The delivery mode.
            properties = new byte[] {2};
        } else if (choice > 1) {
            flags = input.shortInt();
            properties = input.octets(input.below(PROPERTIES));
        }
        ByteBuffer payload = ByteBuffer.allocate(Frame.MIN_HEADER_PAYLOAD + properties.length);
        payload.putShort((short) (choice == 3 ? input.oneOf(60, 60, 60, 50, 0) : 60));
        payload.putShort((short) 0).putLong(bodySize).putShort((short) flags);
        return Frames.frame(Frame.HEADER, channel, payload.put(properties).array());
    }

    static byte[] publish(int channel, FuzzInput input, int frameMax) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String exchange = input.oneOf("", "", "", "amq.direct", "nowhere");
        String key = name(input);
        int bits = input.oneOf(0, 1, 0, 1, 2, 0xFC);
        out.writeBytes(Frames.method(
                channel,
                Method.BASIC_PUBLISH,
                writer -> writer.shortInt(0)
                        .shortString(exchange)
                        .shortString(key)
                        .octet(bits)));
        out.writeBytes(content(channel, input, frameMax));
        return out.toByteArray();
    }

    /** Any type, channel and size. */
    static byte[] rawFrame(FuzzInput input) {
        int type = input.oneOf(Frame.METHOD, Frame.HEADER, Frame.BODY, Frame.HEARTBEAT, input.octet());
        return Frames.frame(type, input.below(4), input.octets(input.octet()));
    }
}
