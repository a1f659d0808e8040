package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first sections of a message (part 3, section 3.2): header, annotations and properties. ActiveMQ Artemis decodes
 * them as a message comes, and closes the connection where it cannot; what follows them it takes whatever it is. So a
 * message is read up to there, and no further, before it is sent on a connection that others share.
 *
 * <p>Qpid Broker-J closes the connection for what it can decode and does not expect: sections in another order, or of
 * another kind, and values of other types. In front of it all sections are read, the body's for their order only; what
 * it cannot decode costs the link there, as it says itself, so that it gets that to answer.
 *
 * <p>One object serves one link, for messages that come in parts; what has to be kept of them is the beginning of one
 * of these sections.
 */
public final class MessageHead {

    /** Octets of sections that are read when all of them have come; more than any client needs. */
    static final int MOST_KEPT = 64 * 1024;

    private static final int HEADER = 0x70;
    private static final int PROPERTIES = 0x73;
    private static final int APPLICATION_PROPERTIES = 0x74;
    private static final int FOOTER = 0x78;
    /** All that there are without a descriptor. */
    private static final String CONSTRUCTORS = "@ABCDEPQRSTUV`apqrst\u0080\u0081\u0082\u0083\u0084\u0094\u0098"
            + "\u00a0\u00a1\u00a3\u00b0\u00b1\u00b3\u00c0\u00c1\u00d0\u00d1\u00e0\u00f0";

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

    /**
     * As those of {@link CompositeType}; and {@code u} for what a message is known by, which may be anything, {@code T}
     * for a time.
     */
    private static final String HEADER_FIELDS = "toiti";

    private static final String PROPERTIES_FIELDS = "ubsssuyyTTsis";

    private static final int TIMESTAMP = 0x83;

    /** Instead of an offset: the head is over. */
    private static final int OVER = -1;

    private static final byte[] NO_OCTETS = {};
    private static final ByteBuffer NOTHING = ByteBuffer.wrap(NO_OCTETS);

    private byte[] kept = NO_OCTETS;
    /** The same octets. */
    private ByteBuffer view = NOTHING;

    private int count;
    private int readAt;
    private boolean isOver;

    /** Null where only the head is read. */
    private final @Nullable MessageBody body;

    /** Of the head's last section that has come as a whole, or 0. */
    private int lastCode;

    private int bodyAt;
    /** Whether what was found is what Broker-J closes the connection for. */
    private boolean isBreach;

    /** @param readsBody whether the order of all sections counts, as with Broker-J */
    public MessageHead(boolean readsBody) {
        body = readsBody ? new MessageBody() : null;
    }

    /** Whether the order of all sections counts. */
    public boolean readsBody() {
        return body != null;
    }

    /** Another message begins, and nothing is kept of the last one. */
    public void begin() {
        forget();
        isOver = false;
        isBreach = false;
        lastCode = 0;
        if (body != null) {
            body.begin();
        }
    }

    /** Octets that are kept until more has come. */
    public int octets() {
        return kept.length;
    }

    private void forget() {
        count = 0;
        kept = NO_OCTETS;
        view = NOTHING;
    }

    /** Reads a message that lies here as a whole. */
    public void check(ByteBuffer in, int from, int to) throws AmqpError {
        begin();
        int rest = read(in, from, to);
        if (rest == OVER) {
            readBody(in, bodyAt, to);
        } else if (rest != to && body == null) {
            throw failure("message is cut off");
        }
    }

    private void readBody(ByteBuffer in, int from, int to) throws AmqpError {
        if (body != null) {
            body.take(in, from, to);
        }
    }

    /**
     * Reads one more part of a message, as far as it belongs to the head.
     *
     * @throws AmqpError of the connection where Artemis closes it, of the link where more would have to be kept than is
     */
    public void take(ByteBuffer in, int from, int to, boolean isLast) throws AmqpError {
        int at = from;
        while (count > 0 && at < to) {
            at = join(in, at, to, isLast);
        }
        if (!isOver && at < to) {
            int rest = read(in, at, to);
            isOver = rest == OVER;
            if (isOver) {
                at = bodyAt;
            } else {
                keep(in, rest, to);
            }
        }
        if (isOver) {
            readBody(in, at, to);
        }
        if (isLast && count > 0 && body == null) {
            throw failure("message is cut off");
        }
    }

    /**
     * Completes what is kept.
     *
     * @return up to where that has taken what came
     */
    private int join(ByteBuffer in, int from, int to, boolean isLast) throws AmqpError {
        int at = from + Math.min(to - from, MOST_KEPT - count);
        if (at == from) {
            throw tooLarge();
        }
        append(in, from, at);
        if (at == to && !isLast && count < readAt) {
            return to;
        }
        int rest = read(view, 0, count);
        if (rest == OVER || rest == count) {
            isOver = rest == OVER;
            if (isOver) {
                readBody(view, bodyAt, count);
            }
            forget();
            return at;
        }
        count -= rest;
        System.arraycopy(kept, rest, kept, 0, count);
        readAt = nextRead();
        return at;
    }

    private void keep(ByteBuffer in, int from, int to) throws AmqpError {
        if (from == to) {
            return;
        }
        if (to - from > MOST_KEPT) {
            throw tooLarge();
        }
        append(in, from, to);
        readAt = nextRead();
    }

    /** However small the parts are, each octet is read a few times. */
    private int nextRead() {
        return Math.min(2 * count, MOST_KEPT);
    }

    private void append(ByteBuffer in, int from, int to) {
        int length = to - from;
        if (count + length > kept.length) {
            kept = Arrays.copyOf(kept, Math.min(MOST_KEPT, Math.max(2 * kept.length, count + length)));
            view = ByteBuffer.wrap(kept);
        }
        in.get(from, kept, count, length);
        count += length;
    }

    private static AmqpError tooLarge() {
        return AmqpError.link(
                AmqpError.RESOURCE_LIMIT_EXCEEDED,
                "annotations or properties of more than " + MOST_KEPT + " octets in several frames");
    }

    /**
     * Answers where the first section begins that is not here as a whole, or that the head is over. Where Broker-J is
     * to find out itself that something is malformed, nothing more is read.
     */
    private int read(ByteBuffer in, int from, int to) throws AmqpError {
        try {
            return readSections(in, from, to);
        } catch (AmqpError malformed) {
            if (body == null || isBreach) {
                throw malformed;
            }
            body.giveUp();
            bodyAt = to;
            return OVER;
        }
    }

    private int readSections(ByteBuffer in, int from, int to) throws AmqpError {
        for (int at = from; at < to; ) {
            if (in.get(at) != FormatCode.DESCRIBED) {
                return beginsWithoutDescriptor(in.get(at) & 0xFF, at);
            }
            int value = behindDescriptor(in, at + 1, to);
            if (value > to || (body == null && value == to)) {
                return at;
            }
            int code = body == null && !isSection(in, at + 1) ? FOOTER : code(in, at + 1);
            if (code > APPLICATION_PROPERTIES || (code == APPLICATION_PROPERTIES && body == null)) {
                bodyAt = at;
                return OVER;
            }
            if (body != null && code <= lastCode) {
                throw breach("a section of a message that is there twice, or too late");
            }
            long behind = value == to ? to + 1L : behindSection(in, value, to);
            if (behind > to) {
                return at;
            }
            check(code, in, value, (int) behind);
            lastCode = code;
            at = (int) behind;
        }
        return to;
    }

    /** To Artemis any value that is no section is a body, and so is a section that it does not know. */
    private int beginsWithoutDescriptor(int constructor, int at) throws AmqpError {
        if (body != null || CONSTRUCTORS.indexOf(constructor) < 0) {
            isBreach = constructor == FormatCode.NULL;
            throw failure("a section of a message begins with 0x" + Integer.toHexString(constructor));
        }
        bodyAt = at;
        return OVER;
    }

    /** Broker-J fails over a section that is null. */
    static void checkThatItIsNotNull(ByteBuffer in, int at) throws AmqpError {
        if (in.get(at) == FormatCode.NULL) {
            throw failure("a section of a message that is null");
        }
    }

    /** The offset behind the descriptor, if all of it is here. */
    static int behindDescriptor(ByteBuffer in, int at, int to) throws AmqpError {
        int constructor = Values.constructor(in, at, to);
        return switch (constructor) {
            case -1 -> to + 1;
            case FormatCode.ULONG_0 -> at + 1;
            case FormatCode.ULONG_SMALL -> at + 2;
            case FormatCode.ULONG -> at + 9;
            case FormatCode.SYMBOL_8 -> at + 1 < to ? at + 2 + (in.get(at + 1) & 0xFF) : to + 1;
            default -> throw failure("a descriptor of type 0x" + Integer.toHexString(constructor));
        };
    }

    private static boolean isSection(ByteBuffer in, int at) {
        long code = anyCode(in, at);
        return code >= HEADER && code <= FOOTER;
    }

    private static long anyCode(ByteBuffer in, int at) {
        boolean isCode = FormatCode.isUlong(in.get(at) & 0xFF);
        return isCode ? Values.ulong(in, at) : HEADER + SYMBOLS.indexOf(Values.text(in, at));
    }

    static int code(ByteBuffer in, int at) throws AmqpError {
        if (!isSection(in, at)) {
            throw failure("an unknown section of a message");
        }
        return (int) anyCode(in, at);
    }

    /** The offset behind a list or map; one more than there is where it is not known. */
    private static long behindSection(ByteBuffer in, int at, int to) throws AmqpError {
        int constructor = in.get(at) & 0xFF;
        return switch (constructor) {
            case FormatCode.LIST_0 -> at + 1;
            case FormatCode.LIST_8, FormatCode.MAP_8 -> at + 1 < to ? at + 2 + (in.get(at + 1) & 0xFF) : to + 1L;
            case FormatCode.LIST_32, FormatCode.MAP_32 ->
                to - at > 4 ? at + 5 + (in.getInt(at + 1) & 0xFFFF_FFFFL) : to + 1L;
            default -> throw failure("a section of type 0x" + Integer.toHexString(constructor));
        };
    }

    private void check(int code, ByteBuffer in, int at, int end) throws AmqpError {
        try {
            Values.skip(in, at, end);
        } catch (AmqpError malformed) {
            throw failure(malformed.text());
        }
        if (body != null) {
            checkStrictly(in, at, end);
        }
        boolean isList = FormatCode.isList(in.get(at) & 0xFF);
        if (isList != (code == HEADER || code == PROPERTIES)) {
            throw failure("a list in place of a map, or a map in place of a list");
        }
        if (isList) {
            checkFields(code == HEADER ? HEADER_FIELDS : PROPERTIES_FIELDS, in, at, end);
        } else if (code == APPLICATION_PROPERTIES) {
            checkSimple(in, at, end);
        } else if (body == null) {
            checkKeys(in, at, end);
        }
    }

    /** For arrays of nothing Broker-J detaches the link; for characters that are none it would close the connection. */
    private void checkStrictly(ByteBuffer in, int at, int end) throws AmqpError {
        try {
            Values.skipStrictly(in, at, end);
        } catch (AmqpError odd) {
            isBreach = true;
            throw AmqpError.link(AmqpError.DECODE_ERROR, odd.text());
        }
    }

    private void checkFields(String fields, ByteBuffer in, int list, int end) throws AmqpError {
        int count = Values.count(in, list);
        if (count > fields.length()) {
            throw breach("too many fields in a header or properties");
        }
        int item = Values.firstItem(in, list);
        for (int i = 0; i < count; i++) {
            int constructor = in.get(item) & 0xFF;
            if (constructor != FormatCode.NULL && !isOf(fields.charAt(i), constructor)) {
                throw breach(
                        "field " + i + " of a header or properties is of type 0x" + Integer.toHexString(constructor));
            }
            item = Values.skip(in, item, end);
        }
    }

    private static boolean isOf(char type, int constructor) {
        return switch (type) {
            case 'u' -> true;
            case 'T' -> constructor == TIMESTAMP;
            default -> FormatCode.isOf(type, constructor);
        };
    }

    /** Application properties are of simple types (part 3, section 3.2.5), whatever their names are but null. */
    private void checkSimple(ByteBuffer in, int map, int end) throws AmqpError {
        int item = Values.firstItem(in, map);
        for (int i = Values.count(in, map); i > 0; i -= 2) {
            int value = Values.skip(in, item, end);
            int type = in.get(value) & 0xFF;
            if (Values.isNull(in, item) || isCompound(type)) {
                throw breach("an application property of type 0x" + Integer.toHexString(type));
            }
            item = Values.skip(in, value, end);
        }
    }

    private static boolean isCompound(int type) {
        return type == FormatCode.DESCRIBED
                || FormatCode.isList(type)
                || FormatCode.isMap(type)
                || FormatCode.isArray(type);
    }

    private static void checkKeys(ByteBuffer in, int map, int end) throws AmqpError {
        int item = Values.firstItem(in, map);
        for (int i = Values.count(in, map); i > 0; i -= 2) {
            if (!FormatCode.isSymbol(in.get(item) & 0xFF)) {
                throw failure("an annotation whose key is of type 0x" + Integer.toHexString(in.get(item) & 0xFF));
            }
            item = Values.skip(in, Values.skip(in, item, end), end);
        }
    }

    /** What Broker-J closes the connection for too. */
    private AmqpError breach(String why) {
        isBreach = true;
        return failure(why);
    }

    /** What Artemis closes the connection with. */
    static AmqpError failure(String why) {
        return AmqpError.connection(AmqpError.INTERNAL_ERROR, "Unrecoverable error: " + why);
    }
}
