package io.amqproxy.impl.amqp10;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values of AMQP 1.0 to octets and back, written without the proxy's codec, so that tests may write what that would
 * not: {@code Integer} is uint, {@code Long} ulong, {@code Short} ushort, {@code Byte} ubyte, {@code String} string,
 * {@link Symbol} symbol, {@code byte[]} binary.
 */
public final class Wire10 {

    // The codes of performatives (part 2, section 2.7).
    public static final int OPEN = 0x10;
    public static final int BEGIN = 0x11;
    public static final int ATTACH = 0x12;
    public static final int FLOW = 0x13;
    public static final int TRANSFER = 0x14;
    public static final int DISPOSITION = 0x15;
    public static final int DETACH = 0x16;
    public static final int END = 0x17;
    public static final int CLOSE = 0x18;

    /** A symbol. */
    public record Symbol(String name) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** A described value, by a code or by a symbol. */
    public record Described(
            @Nullable Object descriptor, @Nullable Object value) {
        /** The descriptor's code, or -1. */
        public int code() {
            return descriptor instanceof Long number ? number.intValue() : -1;
        }

        /** The fields of a composite value. */
        @SuppressWarnings("unchecked")
        public List<@Nullable Object> fields() {
            return value instanceof List<?> list ? (List<@Nullable Object>) list : List.of();
        }

        @Override
        public String toString() {
            String code = descriptor instanceof Long number ? Long.toHexString(number) : String.valueOf(descriptor);
            return code + text(value);
        }
    }

    /** Octets that stand for themselves, whatever they are. */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    public record Raw(byte[] octets) {}

    private static final int PERFORMATIVES = 0x10;

    private Wire10() {}

    static Symbol symbol(String name) {
        return new Symbol(name);
    }

    /** A composite type of this code. */
    public static Described composite(int code, @Nullable Object... fields) {
        return new Described((long) code, java.util.Arrays.asList(fields));
    }

    static Described source(@Nullable Object... fields) {
        return composite(0x28, fields);
    }

    static Described target(@Nullable Object... fields) {
        return composite(0x29, fields);
    }

    /** A frame with a performative of this code. */
    public static byte[] frame(int channel, int code, byte[] payload, @Nullable Object... fields) {
        byte[] body = encode(composite(code, fields));
        int type = code >= 4 * PERFORMATIVES ? 1 : 0;
        return ByteBuffer.allocate(8 + body.length + payload.length)
                .putInt(8 + body.length + payload.length)
                .put((byte) 2)
                .put((byte) type)
                .putShort((short) channel)
                .put(body)
                .put(payload)
                .array();
    }

    public static byte[] encode(@Nullable Object value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(value, out);
        return out.toByteArray();
    }

    private static void write(@Nullable Object value, ByteArrayOutputStream out) {
        if (value == null) {
            out.write(0x40);
        } else if (value instanceof Raw raw) {
            out.writeBytes(raw.octets());
        } else if (value instanceof Boolean truth) {
            out.write(truth ? 0x41 : 0x42);
        } else if (value instanceof Byte number) {
            out.write(0x50);
            out.write(number);
        } else if (value instanceof Short number) {
            out.write(0x60);
            out.writeBytes(ByteBuffer.allocate(2).putShort(number).array());
        } else if (value instanceof Integer number) {
            writeUint(number, out);
        } else if (value instanceof Long number) {
            writeUlong(number, out);
        } else if (value instanceof String text) {
            variable(0xA1, text.getBytes(StandardCharsets.UTF_8), out);
        } else if (value instanceof Symbol symbol) {
            variable(0xA3, symbol.name().getBytes(StandardCharsets.US_ASCII), out);
        } else if (value instanceof byte[] octets) {
            variable(0xA0, octets, out);
        } else if (value instanceof Described described) {
            out.write(0);
            write(described.descriptor(), out);
            write(described.value(), out);
        } else if (value instanceof List<?> list) {
            compound(0xC0, list, out);
        } else if (value instanceof Map<?, ?> map) {
            List<Object> flat = new ArrayList<>();
            map.forEach((key, item) -> {
                flat.add(key);
                flat.add(item);
            });
            compound(0xC1, flat, out);
        } else {
            throw new IllegalArgumentException(value.getClass().getName());
        }
    }

    private static void writeUint(int number, ByteArrayOutputStream out) {
        if (number == 0) {
            out.write(0x43);
        } else if (number > 0 && number < 256) {
            out.write(0x52);
            out.write(number);
        } else {
            out.write(0x70);
            out.writeBytes(ByteBuffer.allocate(4).putInt(number).array());
        }
    }

    private static void writeUlong(long number, ByteArrayOutputStream out) {
        if (number >= 0 && number < 256) {
            out.write(0x53);
            out.write((int) number);
        } else {
            out.write(0x80);
            out.writeBytes(ByteBuffer.allocate(8).putLong(number).array());
        }
    }

    private static void variable(int code, byte[] octets, ByteArrayOutputStream out) {
        if (octets.length < 256) {
            out.write(code);
            out.write(octets.length);
        } else {
            out.write(code + 0x10);
            out.writeBytes(ByteBuffer.allocate(4).putInt(octets.length).array());
        }
        out.writeBytes(octets);
    }

    private static void compound(int code, List<?> items, ByteArrayOutputStream out) {
        if (items.isEmpty() && code == 0xC0) {
            out.write(0x45);
            return;
        }
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        items.forEach(item -> write(item, inner));
        if (inner.size() < 255 && items.size() < 256) {
            out.write(code);
            out.write(inner.size() + 1);
            out.write(items.size());
        } else {
            out.write(code + 0x10);
            out.writeBytes(ByteBuffer.allocate(8)
                    .putInt(inner.size() + 4)
                    .putInt(items.size())
                    .array());
        }
        out.writeBytes(inner.toByteArray());
    }

    /** Reads the described value at the buffer's position. */
    public static Described described(ByteBuffer in) {
        if (decode(in) instanceof Described described) {
            return described;
        }
        throw new IllegalArgumentException("no described value");
    }

    /** Reads the value at the buffer's position. */
    public static @Nullable Object decode(ByteBuffer in) {
        int code = in.get() & 0xFF;
        if (code == 0) {
            Object descriptor = decode(in);
            return new Described(descriptor, decode(in));
        }
        return decode(code, in);
    }

    private static @Nullable Object decode(int code, ByteBuffer in) {
        return switch (code) {
            case 0x40 -> null;
            case 0x41 -> true;
            case 0x42 -> false;
            case 0x43 -> 0;
            case 0x44 -> 0L;
            case 0x45 -> List.of();
            case 0x50 -> in.get();
            case 0x51, 0x54 -> (int) in.get();
            case 0x52 -> in.get() & 0xFF;
            case 0x53 -> in.get() & 0xFFL;
            case 0x55 -> (long) in.get();
            case 0x56 -> in.get() != 0;
            case 0x60, 0x61 -> in.getShort();
            case 0x70, 0x71, 0x72, 0x73, 0x74 -> in.getInt();
            case 0x80, 0x81, 0x82, 0x83, 0x84 -> in.getLong();
            case 0x94, 0x98 -> octets(16, in);
            case 0xA0 -> octets(in.get() & 0xFF, in);
            case 0xB0 -> octets(in.getInt(), in);
            case 0xA1 -> text(in.get() & 0xFF, in);
            case 0xB1 -> text(in.getInt(), in);
            case 0xA3 -> new Symbol(text(in.get() & 0xFF, in));
            case 0xB3 -> new Symbol(text(in.getInt(), in));
            case 0xC0, 0xC1, 0xD0, 0xD1 -> compound(code, in);
            case 0xE0, 0xF0 -> array(code, in);
            default -> throw new IllegalArgumentException("constructor " + Integer.toHexString(code));
        };
    }

    private static byte[] octets(int length, ByteBuffer in) {
        byte[] octets = new byte[length];
        in.get(octets);
        return octets;
    }

    private static String text(int length, ByteBuffer in) {
        return new String(octets(length, in), StandardCharsets.UTF_8);
    }

    private static Object compound(int code, ByteBuffer in) {
        boolean isShort = code < 0xD0;
        int size = isShort ? in.get() & 0xFF : in.getInt();
        int end = in.position() + size;
        int count = isShort ? in.get() & 0xFF : in.getInt();
        List<@Nullable Object> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add(decode(in));
        }
        if (in.position() != end) {
            throw new IllegalArgumentException("a compound's size is wrong");
        }
        if ((code & 0xF) == 0) {
            return items;
        }
        Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < count; i += 2) {
            map.put(items.get(i), items.get(i + 1));
        }
        return map;
    }

    private static Object array(int code, ByteBuffer in) {
        boolean isShort = code < 0xF0;
        int size = isShort ? in.get() & 0xFF : in.getInt();
        int end = in.position() + size;
        int count = isShort ? in.get() & 0xFF : in.getInt();
        int of = in.get() & 0xFF;
        Object descriptor = null;
        while (of == 0) {
            descriptor = decode(in);
            of = in.get() & 0xFF;
        }
        if (of >= 0x40 && of <= 0x45) {
            count = Math.min(count, 1); // As many as are said to be there, and nothing of each.
        }
        List<@Nullable Object> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Object item = decode(of, in);
            items.add(descriptor == null ? item : new Described(descriptor, item));
        }
        in.position(end);
        return items;
    }

    /** For comparing and for people. */
    public static String text(@Nullable Object value) {
        if (value instanceof byte[] octets) {
            return '#' + HexFormat.of().formatHex(octets);
        }
        if (value instanceof List<?> list) {
            List<String> texts = new ArrayList<>();
            for (Object item : list) {
                texts.add(text(item));
            }
            while (!texts.isEmpty() && texts.get(texts.size() - 1).equals("null")) {
                texts.remove(texts.size() - 1);
            }
            return texts.toString();
        }
        if (value instanceof Map<?, ?> map) {
            List<String> texts = new ArrayList<>();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                texts.add(text(entry.getKey()) + '=' + text(entry.getValue()));
            }
            java.util.Collections.sort(texts);
            return texts.toString();
        }
        if (value instanceof Integer number) {
            return Integer.toUnsignedString(number);
        }
        return String.valueOf(value);
    }
}
