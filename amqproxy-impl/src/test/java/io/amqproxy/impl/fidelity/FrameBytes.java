package io.amqproxy.impl.fidelity;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Frames as bytes, good ones and bad ones. It shares no code with the proxy beyond the names of methods and the types
 * of their arguments.
 */
final class FrameBytes {

    /** A step of writing that may fail in theory only. */
    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private static final String PROPERTIES = "SSTooSSSSLSSSS";

    private FrameBytes() {}

    /** A whole frame. */
    static byte[] frame(int type, int channel, byte... payload) {
        return bytes(out -> {
            out.writeByte(type);
            out.writeShort(channel);
            out.writeInt(payload.length);
            out.write(payload);
            out.writeByte(Frame.END);
        });
    }

    /** A method frame; the values are in the order of the specification. */
    static byte[] method(int channel, Method method, Object... values) {
        String types = method.arguments();
        if (types.length() != values.length) {
            throw new IllegalArgumentException(method + " has " + types.length() + " arguments");
        }
        return frame(Frame.METHOD, channel, bytes(out -> {
            out.writeInt(method.id());
            for (int i = 0; i < values.length; i++) {
                write(out, types.charAt(i), values[i]);
            }
        }));
    }

    /**
     * A content header.
     *
     * @param properties by their place in the specification, from 0 for {@code content-type}
     */
    static byte[] header(int channel, long size, Map<Integer, ?> properties) {
        return frame(Frame.HEADER, channel, bytes(out -> {
            out.writeShort(Method.BASIC_PUBLISH.classId());
            out.writeShort(0);
            out.writeLong(size);
            int flags = 0;
            for (int place : properties.keySet()) {
                flags |= 0x8000 >>> place;
            }
            out.writeShort(flags);
            for (int place = 0; place < PROPERTIES.length(); place++) {
                Object value = properties.get(place);
                if (value != null) {
                    write(out, PROPERTIES.charAt(place), value);
                }
            }
        }));
    }

    static byte[] body(int channel, byte... content) {
        return frame(Frame.BODY, channel, content);
    }

    static byte[] ints(int... values) {
        return bytes(out -> {
            for (int value : values) {
                out.writeInt(value);
            }
        });
    }

    static byte[] join(byte[]... parts) {
        return bytes(out -> {
            for (byte[] part : parts) {
                out.write(part);
            }
        });
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            writing.to(new DataOutputStream(bytes));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, char type, Object value) throws IOException {
        switch (type) {
            case 'o', 'B' -> out.writeByte(((Number) value).intValue());
            case 's' -> out.writeShort(((Number) value).intValue());
            case 'l' -> out.writeInt(((Number) value).intValue());
            case 'L' -> out.writeLong(((Number) value).longValue());
            case 'S' -> {
                byte[] text = value instanceof byte[] octets ? octets : utf8((String) value);
                out.writeByte(text.length);
                out.write(text);
            }
            case 'X' -> {
                byte[] text = utf8((String) value);
                out.writeInt(text.length);
                out.write(text);
            }
            case 'T' -> {
                byte[] table = bytes(inner -> writeTable(inner, (Map<?, ?>) value));
                out.writeInt(table.length);
                out.write(table);
            }
            default -> throw new IllegalArgumentException("argument type " + type);
        }
    }

    private static void writeTable(DataOutputStream out, Map<?, ?> table) throws IOException {
        for (Map.Entry<?, ?> entry : table.entrySet()) {
            write(out, 'S', String.valueOf(entry.getKey()));
            writeField(out, entry.getValue());
        }
    }

    private static void writeField(DataOutputStream out, Object value) throws IOException {
        if (value instanceof Boolean flag) {
            out.writeByte('t');
            out.writeBoolean(flag);
        } else if (value instanceof Integer number) {
            out.writeByte('I');
            out.writeInt(number);
        } else if (value instanceof Long number) {
            out.writeByte('l');
            out.writeLong(number);
        } else if (value instanceof Double number) {
            out.writeByte('d');
            out.writeDouble(number);
        } else if (value instanceof Map<?, ?> map) {
            out.writeByte('F');
            write(out, 'T', map);
        } else if (value instanceof List<?> list) {
            out.writeByte('A');
            byte[] elements = bytes(inner -> {
                for (Object element : list) {
                    writeField(inner, element);
                }
            });
            out.writeInt(elements.length);
            out.write(elements);
        } else {
            out.writeByte('S');
            write(out, 'X', String.valueOf(value));
        }
    }
}
