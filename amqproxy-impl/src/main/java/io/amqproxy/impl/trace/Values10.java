package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Values;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Values of AMQP 1.0 (part 1, section 1.6) that were found well formed, as objects: booleans, numbers as {@code Long}
 * or {@code Double}, texts and symbols as {@code String}, binaries as hexadecimal digits, lists, maps. A composite
 * value of a known type is the map of its name to the map of its fields, and its name alone where it has none; another
 * described value is the map of its descriptor to its value.
 */
final class Values10 {

    private static final int MOST_BINARY = 64;

    private Values10() {}

    static @Nullable Object read(ByteBuffer in, int at) throws AmqpError {
        int constructor = in.get(at) & 0xFF;
        if (constructor == 0x00) {
            int value = Values.skip(in, at + 1, in.limit());
            return described(in, read(in, at + 1), value);
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
            case 0x73 -> Character.toString(in.getInt(at + 1));
            case 0x98 -> new UUID(in.getLong(at + 1), in.getLong(at + 9)).toString();
            case 0xA1, 0xB1, 0xA3, 0xB3 -> Values.text(in, at);
            case 0xA0, 0xB0 -> hexadecimal(Values.content(in, at));
            case 0xC0, 0xD0 -> list(in, at);
            case 0xC1, 0xD1 -> map(list(in, at));
            case 0xE0, 0xF0 -> array(in, at);
            default -> "0x" + Integer.toHexString(constructor);
        };
    }

    private static Object described(ByteBuffer in, @Nullable Object descriptor, int value) throws AmqpError {
        Composites10 type = Composites10.of(descriptor);
        if (type != null && isList(in, value)) {
            Map<String, Object> fields = fields(type, in, value);
            return fields.isEmpty() ? type.name() : Map.of(type.name(), fields);
        }
        Object content = read(in, value);
        return Map.of(descriptor(descriptor), content == null ? "null" : content);
    }

    private static boolean isList(ByteBuffer in, int at) {
        return switch (in.get(at) & 0xFF) {
            case 0x45, 0xC0, 0xD0 -> true;
            default -> false;
        };
    }

    /**
     * The fields of a composite value that are there; of one that is called as its type is, such as an error, its own.
     */
    static Map<String, Object> fields(Composites10 type, ByteBuffer in, int list) throws AmqpError {
        Map<String, Object> fields = new LinkedHashMap<>();
        List<@Nullable Object> items = isList(in, list) ? items(in, list) : List.of();
        for (int i = 0; i < Math.min(items.size(), type.fields().size()); i++) {
            Object value = items.get(i);
            if (value != null) {
                fields.put(type.fields().get(i), named(type.fields().get(i), value));
            }
        }
        return fields;
    }

    /** A composite value in a field that is called as its type is, such as a source: its fields alone. */
    static Object named(String field, Object value) {
        return value instanceof Map<?, ?> map && map.size() == 1 && map.get(field) instanceof Map<?, ?> fields
                ? fields
                : value;
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

    private static List<@Nullable Object> items(ByteBuffer in, int at) throws AmqpError {
        int constructor = in.get(at) & 0xFF;
        List<@Nullable Object> items = new ArrayList<>();
        if (constructor == 0x45) {
            return items;
        }
        boolean isShort = constructor < 0xD0;
        int width = isShort ? 1 : 4;
        int count = isShort ? in.get(at + 2) & 0xFF : in.getInt(at + 5);
        int item = at + 1 + 2 * width;
        for (int i = 0; i < count; i++) {
            items.add(read(in, item));
            item = Values.skip(in, item, in.limit());
        }
        return items;
    }

    private static List<Object> list(ByteBuffer in, int at) throws AmqpError {
        List<Object> list = new ArrayList<>();
        for (Object item : items(in, at)) {
            list.add(item == null ? "null" : item);
        }
        return list;
    }

    private static Map<String, Object> map(List<Object> items) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i + 1 < items.size(); i += 2) {
            map.put(items.get(i).toString(), items.get(i + 1));
        }
        return map;
    }
}
