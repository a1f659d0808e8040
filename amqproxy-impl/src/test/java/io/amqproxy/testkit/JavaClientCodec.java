package io.amqproxy.testkit;

import com.rabbitmq.client.LongString;
import com.rabbitmq.client.impl.AMQContentHeader;
import com.rabbitmq.client.impl.AMQImpl;
import com.rabbitmq.client.impl.MethodArgumentWriter;
import com.rabbitmq.client.impl.ValueReader;
import com.rabbitmq.client.impl.ValueWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the RabbitMQ Java client reads in octets that the proxy has found to be in order. It has nothing in common with
 * the proxy's own code, so that where both agree neither is likely to be wrong.
 *
 * <p>Its methods throw {@link AssertionError} where that client does not understand the octets.
 */
public final class JavaClientCodec {

    private static final int METHOD = 1;
    private static final int HEADER = 2;
    private static final int PAYLOAD_AT = 7;
    private static final int OVERHEAD = 8;
    private static final int FLAGS_AT = 12;

    private JavaClientCodec() {}

    /** Reads one thing after the other. */
    private interface Reading<T> {
        T read(DataInputStream in) throws IOException;
    }

    private static <T> T whole(byte[] octets, Reading<T> reading) {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(octets));
        try {
            T result = reading.read(in);
            if (in.available() > 0) {
                throw new AssertionError("the Java client leaves " + in.available() + " octets of " + hex(octets));
            }
            return result;
        } catch (IOException | RuntimeException failure) {
            throw new AssertionError("the Java client cannot read " + hex(octets), failure);
        }
    }

    /** Checks a frame that is to be in order: the form of a method with its arguments, or of a content header. */
    public static void check(byte[] frame) {
        byte[] payload = java.util.Arrays.copyOfRange(frame, PAYLOAD_AT, frame.length - OVERHEAD + PAYLOAD_AT);
        if (frame[0] == METHOD) {
            method(payload);
        } else if (frame[0] == HEADER && hasKnownFlagsOnly(payload)) {
            header(payload);
        }
    }

    /**
     * Whether the property flags of a content header have only bits that stand for a property. The Java client takes
     * the lowest for the announcement of more flags; RabbitMQ, and the proxy, leave such bits alone.
     */
    public static boolean hasKnownFlagsOnly(byte[] header) {
        return header.length > FLAGS_AT + 1 && (header[FLAGS_AT + 1] & 3) == 0;
    }

    /**
     * Reads the payload of a method frame.
     *
     * @return its protocol class and method
     */
    public static int method(byte[] payload) {
        var method = whole(payload, AMQImpl::readMethodFrom);
        return method.protocolClassId() << 16 | method.protocolMethodId();
    }

    /** Reads the payload of a content header frame. */
    public static AMQContentHeader header(byte[] payload) {
        return whole(payload, AMQImpl::readContentHeaderFrom);
    }

    /** Reads arguments of these types, in the letters of the proxy's own list of methods; an octet of bits is one. */
    public static List<Object> arguments(String types, byte[] octets) {
        return whole(octets, in -> {
            ValueReader reader = new ValueReader(in);
            List<Object> values = new ArrayList<>();
            for (int i = 0; i < types.length(); i++) {
                values.add(
                        switch (types.charAt(i)) {
                            case 'o', 'B' -> reader.readOctet();
                            case 's' -> reader.readShort();
                            case 'l' -> reader.readLong();
                            case 'L' -> reader.readLonglong();
                            case 'S' -> reader.readShortstr();
                            case 'X' -> reader.readLongstr();
                            case 'T' -> reader.readTable();
                            default -> throw new IllegalArgumentException(types);
                        });
            }
            return values;
        });
    }

    /** Reads a field table with its length in front. */
    public static Map<String, Object> table(byte[] octets) {
        return whole(octets, in -> new ValueReader(in).readTable());
    }

    /** Reads as much of it as the client likes, which may be less than there is, or nothing (null). */
    public static @Nullable Map<String, Object> tableIfAny(byte[] octets) {
        try {
            return new ValueReader(new DataInputStream(new ByteArrayInputStream(octets))).readTable();
        } catch (IOException | RuntimeException unreadable) {
            return null;
        }
    }

    /** Writes a field table as the client does. */
    public static byte[] written(Map<String, Object> table) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            MethodArgumentWriter writer = new MethodArgumentWriter(new ValueWriter(new DataOutputStream(out)));
            writer.writeTable(table);
            writer.flush();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /**
     * Whether a value that the client has read is the same as one that the proxy has, which leaves out what it has no
     * use for.
     */
    public static boolean same(@Nullable Object theirs, @Nullable Object ours) {
        if (theirs instanceof Map<?, ?> table) {
            return ours instanceof Map<?, ?> other && sameTable(table, other);
        }
        if (theirs instanceof List<?> list) {
            return ours instanceof List<?> other && sameList(list, other);
        }
        if (theirs instanceof LongString text) {
            return text.toString().equals(ours);
        }
        if (theirs instanceof Date date) {
            return ours instanceof Long seconds
                    && seconds * 1000 == date.toInstant().toEpochMilli();
        }
        if (theirs instanceof Float number) {
            return ours instanceof Double other && Double.compare(number, other) == 0;
        }
        if (theirs instanceof Byte || theirs instanceof Short) {
            return ours instanceof Integer number && number == ((Number) theirs).intValue();
        }
        return theirs != null && (theirs.equals(ours) || isNoText(theirs));
    }

    private static boolean sameTable(Map<?, ?> theirs, Map<?, ?> ours) {
        if (ours.keySet().stream().anyMatch(JavaClientCodec::isNoText)) {
            return true;
        }
        return theirs.keySet().containsAll(ours.keySet())
                && theirs.entrySet().stream()
                        .allMatch(entry ->
                                isLeftOut(entry.getValue()) || same(entry.getValue(), ours.get(entry.getKey())));
    }

    private static boolean sameList(List<?> theirs, List<?> ours) {
        List<?> kept = theirs.stream().filter(value -> !isLeftOut(value)).toList();
        if (kept.size() != ours.size()) {
            return false;
        }
        for (int i = 0; i < kept.size(); i++) {
            if (!same(kept.get(i), ours.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether all names were UTF-8, which is what stays the same when it is written again. */
    public static boolean hasTextsOnly(Object value) {
        if (value instanceof Map<?, ?> table) {
            return table.keySet().stream().noneMatch(JavaClientCodec::isNoText)
                    && table.values().stream().allMatch(JavaClientCodec::hasTextsOnly);
        }
        return !(value instanceof List<?> list) || list.stream().allMatch(JavaClientCodec::hasTextsOnly);
    }

    /** Whether a name was not UTF-8: the client cuts such ones, so that they can be written again. */
    private static boolean isNoText(Object name) {
        return name instanceof String text && text.indexOf('\uFFFD') >= 0;
    }

    private static boolean isLeftOut(@Nullable Object value) {
        return value == null || value instanceof byte[] || value instanceof java.math.BigDecimal;
    }

    private static String hex(byte[] octets) {
        return java.util.HexFormat.of().formatHex(octets);
    }
}
