package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The first sections of a message (part 3, section 3.2): header, annotations and properties. ActiveMQ Artemis decodes
 * them as a message comes, and closes the connection where it cannot; what follows them it takes whatever it is. So a
 * message is read up to there, and no further, before it is sent on a connection that others share.
 *
 * <p>One object serves one link, for messages that come in parts; what has to be kept of them is the beginning of one
 * of these sections.
 */
public final class MessageHead {

    /** Octets of sections that are read when all of them have come; more than any client needs. */
    static final int MOST_KEPT = 64 * 1024;

    private static final int HEADER = 0x70;
    private static final int PROPERTIES = 0x73;
    private static final int BODY = 0x74;
    private static final int FOOTER = 0x78;
    private static final List<String> SYMBOLS = List.of(
            "amqp:header:list",
            "amqp:delivery-annotations:map",
            "amqp:message-annotations:map",
            "amqp:properties:list",
            "amqp:application-properties:map",
            "amqp:data:binary",
            "amqp:amqp-sequence:list",
            "amqp:amqp-value:*",
            "amqp:footer:map");

    /** As those of {@link Type}; and {@code u} for what a message may be known by, {@code T} for a time. */
    private static final String HEADER_FIELDS = "toiti";

    private static final String PROPERTIES_FIELDS = "ubsssuyyTTsis";

    private static final int TIMESTAMP = 0x83;
    private static final int UUID = 0x98;

    /** Instead of an offset: the head is over. */
    private static final int OVER = -1;

    private byte[] kept = {};
    private int count;
    private int readAt;
    private boolean isOver;

    /** Another message begins. */
    public void begin() {
        count = 0;
        isOver = false;
    }

    /** Reads the head of a message that lies here as a whole. */
    public static void check(ByteBuffer in, int from, int to) throws AmqpError {
        int rest = read(in, from, to);
        if (rest != OVER && rest != to) {
            throw failure("message is cut off");
        }
    }

    /** Reads one more part of a message, as far as it belongs to the head. */
    public void take(ByteBuffer in, int from, int to, boolean isLast) throws AmqpError {
        if (isOver) {
            return;
        }
        if (count == 0) {
            keep(in, read(in, from, to), to);
        } else {
            append(in, from, to);
            if (isLast || count >= readAt) {
                ByteBuffer all = ByteBuffer.wrap(Arrays.copyOf(kept, count));
                count = 0;
                keep(all, read(all, 0, all.capacity()), all.capacity());
            }
        }
        if (isLast && count > 0) {
            throw failure("message is cut off");
        }
    }

    private void keep(ByteBuffer in, int from, int to) throws AmqpError {
        isOver = from == OVER;
        if (!isOver) {
            append(in, from, to);
            readAt = 2 * count; // However small the parts are, each octet is read a few times.
        }
    }

    private void append(ByteBuffer in, int from, int to) throws AmqpError {
        int length = to - from;
        if (length > MOST_KEPT - count) {
            throw failure("annotations or properties of more than " + MOST_KEPT + " octets in several frames");
        }
        if (count + length > kept.length) {
            kept = Arrays.copyOf(kept, Math.max(2 * kept.length, count + length));
        }
        in.get(from, kept, count, length);
        count += length;
    }

    /** Answers where the first section begins that is not here as a whole, or that the head is over. */
    private static int read(ByteBuffer in, int from, int to) throws AmqpError {
        for (int at = from; at < to; ) {
            if (in.get(at) != Values.DESCRIBED) {
                throw failure("a section of a message begins with 0x" + Integer.toHexString(in.get(at) & 0xFF));
            }
            int value = behindDescriptor(in, at + 1, to);
            if (value > to) {
                return at;
            }
            int code = code(in, at + 1);
            if (code >= BODY && code <= FOOTER) {
                return OVER;
            }
            long behind = value == to ? to + 1L : behindSection(in, value, to);
            if (behind > to) {
                return at;
            }
            check(code, in, value, (int) behind);
            at = (int) behind;
        }
        return to;
    }

    /** The offset behind the descriptor, if all of it is here. */
    private static int behindDescriptor(ByteBuffer in, int at, int to) throws AmqpError {
        int constructor = Values.constructor(in, at, to);
        return switch (constructor) {
            case -1 -> to + 1;
            case Values.ULONG_0 -> at + 1;
            case Values.ULONG_SMALL -> at + 2;
            case Values.ULONG -> at + 9;
            case Values.SYMBOL_8 -> at + 1 < to ? at + 2 + (in.get(at + 1) & 0xFF) : to + 1;
            default -> throw failure("a descriptor of type 0x" + Integer.toHexString(constructor));
        };
    }

    private static int code(ByteBuffer in, int at) throws AmqpError {
        boolean isCode = Values.isUlong(in.get(at) & 0xFF);
        long code = isCode ? Values.ulong(in, at) : HEADER + SYMBOLS.indexOf(Values.text(in, at));
        if (code < HEADER || code > FOOTER) {
            throw failure("an unknown section of a message");
        }
        return (int) code;
    }

    /** The offset behind a list or map; one more than there is where it is not known. */
    private static long behindSection(ByteBuffer in, int at, int to) throws AmqpError {
        int constructor = in.get(at) & 0xFF;
        return switch (constructor) {
            case Values.LIST_0 -> at + 1;
            case Values.LIST_8, Values.MAP_8 -> at + 1 < to ? at + 2 + (in.get(at + 1) & 0xFF) : to + 1L;
            case Values.LIST_32, Values.MAP_32 -> to - at > 4 ? at + 5 + (in.getInt(at + 1) & 0xFFFF_FFFFL) : to + 1L;
            default -> throw failure("a section of type 0x" + Integer.toHexString(constructor));
        };
    }

    private static void check(int code, ByteBuffer in, int at, int end) throws AmqpError {
        try {
            Values.skip(in, at, end);
        } catch (AmqpError malformed) {
            throw failure(malformed.text());
        }
        boolean isList = Values.isList(in.get(at) & 0xFF);
        if (isList != (code == HEADER || code == PROPERTIES)) {
            throw failure("a list in place of a map, or a map in place of a list");
        }
        if (isList) {
            checkFields(code == HEADER ? HEADER_FIELDS : PROPERTIES_FIELDS, in, at, end);
        } else {
            checkKeys(in, at, end);
        }
    }

    private static void checkFields(String fields, ByteBuffer in, int list, int end) throws AmqpError {
        int count = Values.count(in, list);
        if (count > fields.length()) {
            throw failure("too many fields in a header or properties");
        }
        int item = Values.firstItem(in, list);
        for (int i = 0; i < count; i++) {
            int constructor = in.get(item) & 0xFF;
            if (constructor != Values.NULL && !isOf(fields.charAt(i), constructor)) {
                throw failure(
                        "field " + i + " of a header or properties is of type 0x" + Integer.toHexString(constructor));
            }
            item = Values.skip(in, item, end);
        }
    }

    private static boolean isOf(char type, int constructor) {
        return switch (type) {
            case 'u' ->
                Values.isString(constructor)
                        || Values.isBinary(constructor)
                        || Values.isUlong(constructor)
                        || constructor == UUID;
            case 'T' -> constructor == TIMESTAMP;
            default -> Values.isOf(type, constructor);
        };
    }

    private static void checkKeys(ByteBuffer in, int map, int end) throws AmqpError {
        int item = Values.firstItem(in, map);
        for (int i = Values.count(in, map); i > 0; i -= 2) {
            if (!Values.isSymbol(in.get(item) & 0xFF)) {
                throw failure("an annotation whose key is of type 0x" + Integer.toHexString(in.get(item) & 0xFF));
            }
            item = Values.skip(in, Values.skip(in, item, end), end);
        }
    }

    /** What Artemis closes the connection with. */
    private static AmqpError failure(String why) {
        return AmqpError.connection(AmqpError.INTERNAL_ERROR, "Unrecoverable error: " + why);
    }
}
