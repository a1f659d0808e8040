package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Values;
import io.amqproxy.trace.TracedMessage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message of AMQP 1.0 (part 3, section 3.2) of which the first octets are there: the fields of its header and
 * properties, its annotations and application properties, and its body, which is the octets of its data, or its value
 * as text. What is no message is all body.
 */
final class Message10 {

    private static final int DATA = 0x75;
    private static final int SEQUENCE = 0x76;
    private static final int VALUE = 0x77;

    private final ByteBuffer in;
    private final int bodyLimit;
    private final Map<String, Object> properties = new LinkedHashMap<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private long size;

    private Message10(ByteBuffer in, int bodyLimit) {
        this.in = in;
        this.bodyLimit = bodyLimit;
    }

    /**
     * Reads what is there.
     *
     * @param in the first octets of the message
     * @param total how many it has
     * @param bodyLimit how many of the body's are kept
     */
    static TracedMessage read(ByteBuffer in, long total, int bodyLimit) {
        Message10 message = new Message10(in, bodyLimit);
        try {
            for (int at = 0; at < in.limit(); ) {
                at = message.section(at);
            }
        } catch (AmqpError | IllegalArgumentException | IndexOutOfBoundsException malformed) {
            if (in.limit() == total || message.isEmpty()) {
                return TracedMessage.of(Map.of(), octets(in, 0, bodyLimit), total);
            }
        }
        if (in.limit() < total && message.size == message.body.size()) {
            message.size = Math.max(message.size, total); // Its end is missing, and nobody knows of what it is.
        }
        return TracedMessage.of(message.properties, message.body.toByteArray(), message.size);
    }

    private boolean isEmpty() {
        return properties.isEmpty() && size == 0;
    }

    private static byte[] octets(ByteBuffer in, int from, int most) {
        byte[] octets = new byte[Math.min(most, in.limit() - from)];
        in.get(from, octets);
        return octets;
    }

    /** Reads the section that begins here, and answers where the next one does. */
    private int section(int at) throws AmqpError {
        if (in.get(at) != 0) {
            throw new IllegalArgumentException("no section");
        }
        int value = Values.skip(in, at + 1, in.limit());
        int code = code(Values10.read(in, at + 1));
        if (code == DATA || (code == VALUE && isText(value))) {
            int from = Values.contentAt(in, value);
            int length = Values.contentLength(in, value);
            if (length < 0) {
                throw new IllegalArgumentException("longer than any message");
            }
            add(octets(in, from, Math.min(length, bodyLimit - body.size())), length);
            return length > in.limit() - from ? in.limit() : from + length;
        }
        int end = Values.skip(in, value, in.limit());
        onSection(code, value);
        return end;
    }

    private boolean isText(int value) {
        return switch (in.get(value) & 0xFF) {
            case 0xA0, 0xA1, 0xB0, 0xB1 -> true;
            default -> false;
        };
    }

    private static int code(@Nullable Object descriptor) {
        if (descriptor instanceof Long code && code >= 0x70 && code <= 0x78) {
            return code.intValue();
        }
        for (int code = 0x70; code <= 0x78; code++) {
            if (name(code).equals(descriptor)) {
                return code;
            }
        }
        throw new IllegalArgumentException("no section of a message");
    }

    private static String name(int code) {
        return switch (code) {
            case 0x70 -> "amqp:header:list";
            case 0x71 -> "amqp:delivery-annotations:map";
            case 0x72 -> "amqp:message-annotations:map";
            case 0x73 -> "amqp:properties:list";
            case 0x74 -> "amqp:application-properties:map";
            case DATA -> "amqp:data:binary";
            case SEQUENCE -> "amqp:amqp-sequence:list";
            case VALUE -> "amqp:amqp-value:*";
            default -> "amqp:footer:map";
        };
    }

    private void onSection(int code, int at) throws AmqpError {
        Composites10 type = Composites10.of((long) code);
        if (type != null) {
            properties.putAll(Values10.fields(type, in, at));
            return;
        }
        Object value = Values10.read(in, at);
        if (code == SEQUENCE || code == VALUE) {
            byte[] text = String.valueOf(value).getBytes(StandardCharsets.UTF_8);
            add(octets(ByteBuffer.wrap(text), 0, bodyLimit - body.size()), text.length);
        } else {
            properties.put(name(code).split(":", -1)[1], value == null ? Map.of() : value);
        }
    }

    private void add(byte[] octets, long length) {
        body.writeBytes(octets);
        size += length;
    }
}
