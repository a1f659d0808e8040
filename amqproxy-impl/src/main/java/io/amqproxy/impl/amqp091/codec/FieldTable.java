package io.amqproxy.impl.amqp091.codec;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Field tables (AMQP 0-9-1, section 4.2.5.5) with the value types that RabbitMQ has (its page "AMQP 0-9-1 errata"):
 * checked in place, read into maps, written from maps. Numbers have to be finite: Erlang has no others, so that
 * RabbitMQ closes the connection for them.
 *
 * <p>Reading gives {@code Boolean}, {@code Integer}, {@code Long}, {@code Double}, {@code String}, {@code Map} and
 * {@code List}; types without a counterpart are left out, since the proxy reads tables for names and capabilities only.
 */
public final class FieldTable {

    /** How deep tables and arrays may nest; the recursion of this class must end before the stack does. */
    private static final int MAX_DEPTH = 100;

    private FieldTable() {}

    /** The offset after the table at this offset, or -1 where it is malformed or does not end before {@code end}. */
    static int skip(ByteBuffer in, int at, int end) {
        return skipTable(in, at, end, 0);
    }

    private static int skipTable(ByteBuffer in, int at, int end, int depth) {
        int stop = stop(in, at, end);
        if (stop < 0 || depth > MAX_DEPTH) {
            return -1;
        }
        int next = at + 4;
        while (next < stop) {
            next += 1 + (in.get(next) & 0xFF);
            if (next >= stop) {
                return -1;
            }
            next = skipValue(in, next, stop, depth);
            if (next < 0) {
                return -1;
            }
        }
        return stop;
    }

    private static int skipArray(ByteBuffer in, int at, int end, int depth) {
        int stop = stop(in, at, end);
        if (stop < 0 || depth > MAX_DEPTH) {
            return -1;
        }
        int next = at + 4;
        while (next < stop) {
            next = skipValue(in, next, stop, depth);
            if (next < 0) {
                return -1;
            }
        }
        return stop;
    }

    /** The end of what a long length at this offset covers, or -1. */
    private static int stop(ByteBuffer in, int at, int end) {
        if (end - at < 4) {
            return -1;
        }
        long length = in.getInt(at) & 0xFFFF_FFFFL;
        return length > end - at - 4 ? -1 : at + 4 + (int) length;
    }

    private static int skipValue(ByteBuffer in, int at, int end, int depth) {
        int value = at + 1;
        int next = switch (in.get(at)) {
            case 't', 'b', 'B' -> value + 1;
            case 's', 'u' -> value + 2;
            case 'I', 'i' -> value + 4;
            case 'f' -> end - value < 4 || Float.isFinite(in.getFloat(value)) ? value + 4 : -1;
            case 'D' -> value + 5;
            case 'l', 'T' -> value + 8;
            case 'd' -> end - value < 8 || Double.isFinite(in.getDouble(value)) ? value + 8 : -1;
            case 'S', 'x' -> stop(in, value, end);
            case 'F' -> skipTable(in, value, end, depth + 1);
            case 'A' -> skipArray(in, value, end, depth + 1);
            case 'V' -> value;
            default -> -1;
        };
        return next > end ? -1 : next;
    }

    /**
     * Reads a table that {@link #skip} found well formed. Of values with one name the first counts, as with RabbitMQ.
     */
    public static Map<String, Object> read(ByteBuffer in, int at) {
        return read(in, at, false);
    }

    /**
     * The same with all that is in it, for somebody to look at: octets ({@code x}) as hexadecimal digits behind
     * {@code 0x}, decimals as {@code BigDecimal}, no value ({@code V}) as {@code "null"}.
     */
    public static Map<String, Object> readAll(ByteBuffer in, int at) {
        return read(in, at, true);
    }

    private static Map<String, Object> read(ByteBuffer in, int at, boolean all) {
        int stop = at + 4 + in.getInt(at);
        Map<String, Object> table = new LinkedHashMap<>();
        int next = at + 4;
        while (next < stop) {
            int length = in.get(next) & 0xFF;
            String key = string(in, next + 1, length);
            next += 1 + length;
            Object value = value(in, next, all);
            if (value != null) {
                table.putIfAbsent(key, value);
            }
            next = skipValue(in, next, stop, 0);
        }
        return table;
    }

    /**
     * The octets of a long string in a well-formed table, or null where the first value of that name is none, or there
     * is none.
     */
    public static byte @Nullable [] octets(ByteBuffer in, int at, String name) {
        int value = find(in, at, name);
        if (value < 0 || in.get(value) != 'S') {
            return null;
        }
        byte[] octets = new byte[in.getInt(value + 1)];
        in.get(value + 5, octets);
        return octets;
    }

    /** The type of the first value of that name in a well-formed table, or 0 where there is none. */
    public static char type(ByteBuffer in, int at, String name) {
        int value = find(in, at, name);
        return value < 0 ? 0 : (char) in.get(value);
    }

    /** Where the first value of that name begins, with the octet of its type, or -1. */
    private static int find(ByteBuffer in, int at, String name) {
        int stop = at + 4 + in.getInt(at);
        int next = at + 4;
        while (next < stop) {
            int length = in.get(next) & 0xFF;
            String key = string(in, next + 1, length);
            next += 1 + length;
            if (key.equals(name)) {
                return next;
            }
            next = skipValue(in, next, stop, 0);
        }
        return -1;
    }

    private static @Nullable Object value(ByteBuffer in, int at, boolean all) {
        int value = at + 1;
        return switch (in.get(at)) {
            case 't' -> in.get(value) != 0;
            case 'b' -> (int) in.get(value);
            case 'B' -> in.get(value) & 0xFF;
            case 's' -> (int) in.getShort(value);
            case 'u' -> in.getShort(value) & 0xFFFF;
            case 'I' -> in.getInt(value);
            case 'i' -> in.getInt(value) & 0xFFFF_FFFFL;
            case 'l', 'T' -> in.getLong(value);
            case 'f' -> (double) in.getFloat(value);
            case 'd' -> in.getDouble(value);
            case 'S' -> string(in, value + 4, in.getInt(value));
            case 'F' -> read(in, value, all);
            case 'A' -> array(in, value, all);
            case 'x' -> all ? hexadecimal(in, value + 4, in.getInt(value)) : null;
            case 'D' -> all ? BigDecimal.valueOf(in.getInt(value + 1), in.get(value) & 0xFF) : null;
            default -> all ? "null" : null;
        };
    }

    private static String hexadecimal(ByteBuffer in, int at, int length) {
        byte[] octets = new byte[length];
        in.get(at, octets);
        return "0x" + HexFormat.of().formatHex(octets);
    }

    private static List<Object> array(ByteBuffer in, int at, boolean all) {
        int stop = at + 4 + in.getInt(at);
        List<Object> values = new ArrayList<>();
        for (int next = at + 4; next < stop; next = skipValue(in, next, stop, 0)) {
            Object value = value(in, next, all);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    static String string(ByteBuffer in, int at, int length) {
        byte[] bytes = new byte[length];
        in.get(at, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Writes a table at the buffer's position. */
    static void write(ByteBuffer out, Map<String, ?> table) {
        int at = out.position();
        out.putInt(0);
        table.forEach((key, value) -> {
            FrameWriter.putShortString(out, key);
            writeValue(out, value);
        });
        out.putInt(at, out.position() - at - 4);
    }

    private static void writeValue(ByteBuffer out, Object value) {
        if (value instanceof Boolean flag) {
            out.put((byte) 't').put((byte) (flag ? 1 : 0));
        } else if (value instanceof Integer number) {
            out.put((byte) 'I').putInt(number);
        } else if (value instanceof Long number) {
            out.put((byte) 'l').putLong(number);
        } else if (value instanceof Double number) {
            out.put((byte) 'd').putDouble(number);
        } else if (value instanceof Map<?, ?> map) {
            out.put((byte) 'F');
            Map<String, Object> copy = new LinkedHashMap<>();
            map.forEach((k, v) -> copy.put(String.valueOf(k), v));
            write(out, copy);
        } else if (value instanceof List<?> list) {
            int at = out.put((byte) 'A').position();
            out.putInt(0);
            list.forEach(element -> writeValue(out, element));
            out.putInt(at, out.position() - at - 4);
        } else {
            byte[] text = String.valueOf(value).getBytes(StandardCharsets.UTF_8);
            out.put((byte) 'S').putInt(text.length).put(text);
        }
    }
}
