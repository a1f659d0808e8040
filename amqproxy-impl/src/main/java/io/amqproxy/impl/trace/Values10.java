package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Values;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values of AMQP 1.0 (part 1, section 1.6) that were found well formed, as objects: booleans, numbers as {@code Long}
 * or {@code Double}, texts and symbols as {@code String}, binaries as hexadecimal digits, lists, maps; a described
 * value as the map of its descriptor to its value.
 */
final class Values10 {

    private static final int MOST_BINARY = 64;

    private Values10() {}

    static @Nullable Object read(ByteBuffer in, int at) throws AmqpError {
        int constructor = in.get(at) & 0xFF;
        if (constructor == 0x00) {
            int value = Values.skip(in, at + 1, in.limit());
            Map<String, Object> described = new LinkedHashMap<>();
            Object content = read(in, value);
            described.put(descriptor(read(in, at + 1)), content == null ? "null" : content);
            return described;
        }
        return switch (constructor) {
            case 0x40 -> null;
            case 0x41 -> true;
            case 0x42 -> false;
            case 0x43, 0x44 -> 0L;
            case 0x56 -> in.get(at + 1) != 0;
            case 0x50, 0x52, 0x53 -> in.get(at + 1) & 0xFFL;
            case 0x51, 0x54, 0x55 -> (long) in.get(at + 1);
            case 0x60 -> in.getShort(at + 1) & 0xFFFFL;
            case 0x61 -> (long) in.getShort(at + 1);
            case 0x70 -> in.getInt(at + 1) & 0xFFFF_FFFFL;
            case 0x71 -> (long) in.getInt(at + 1);
            case 0x72 -> (double) in.getFloat(at + 1);
            case 0x80, 0x81, 0x83 -> in.getLong(at + 1);
            case 0x82 -> in.getDouble(at + 1);
            case 0x45 -> List.of();
            case 0xA1, 0xB1, 0xA3, 0xB3 -> Values.text(in, at);
            case 0xA0, 0xB0 -> hexadecimal(Values.content(in, at));
            case 0xC0, 0xD0 -> list(in, at, constructor == 0xC0);
            case 0xC1, 0xD1 -> map(list(in, at, constructor == 0xC1));
            case 0xE0, 0xF0 -> array(in, at);
            default -> "0x" + Integer.toHexString(constructor);
        };
    }

    /** Of arrays those of symbols are read. */
    private static Object array(ByteBuffer in, int at) {
        return Values.symbols(in, at);
    }

    private static String descriptor(@Nullable Object descriptor) {
        return descriptor instanceof Long code ? "0x" + Long.toHexString(code) : String.valueOf(descriptor);
    }

    private static String hexadecimal(byte[] octets) {
        StringBuilder text = new StringBuilder("0x");
        for (int i = 0; i < Math.min(octets.length, MOST_BINARY); i++) {
            text.append(String.format("%02x", octets[i]));
        }
        return octets.length > MOST_BINARY ? text.append("...").toString() : text.toString();
    }

    private static List<Object> list(ByteBuffer in, int at, boolean isShort) throws AmqpError {
        int width = isShort ? 1 : 4;
        int count = isShort ? in.get(at + 2) & 0xFF : in.getInt(at + 5);
        List<Object> items = new ArrayList<>();
        int item = at + 1 + 2 * width;
        for (int i = 0; i < count; i++) {
            Object value = read(in, item);
            items.add(value == null ? "null" : value);
            item = Values.skip(in, item, in.limit());
        }
        return items;
    }

    private static Map<String, Object> map(List<Object> items) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i + 1 < items.size(); i += 2) {
            map.put(items.get(i).toString(), items.get(i + 1));
        }
        return map;
    }
}
