package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;

/**
 * Lists and maps among the annotations, the application properties and the footer of a message (part 3, section 3.2).
 * ActiveMQ Classic makes properties of JMS of them, and closes the connection for what Java has no primitive for, such
 * as unsigned numbers, symbols and binaries, and for keys that are no strings.
 */
public final class NestedProperties {

    private static final int MESSAGE_ANNOTATIONS = 0x72;
    private static final int APPLICATION_PROPERTIES = 0x74;
    private static final int FOOTER = 0x78;

    private NestedProperties() {}

    /**
     * Checks the sections that lie here as a whole, up to one that is no section or malformed, which the broker finds
     * out itself.
     *
     * @throws AmqpError of the connection, as Classic closes it
     */
    public static void check(ByteBuffer in, int from, int to) throws AmqpError {
        for (int at = from; at < to; ) {
            int value = valueOf(in, at, to);
            int end = value < 0 ? -1 : endOf(in, value, to);
            if (end < 0) {
                return;
            }
            if (isOfProperties(in, at + 1) && FormatCode.isMap(in.get(value) & 0xFF)) {
                checkEntries(in, value, end);
            }
            at = end;
        }
    }

    /** Where the value of a section begins, or -1 where that is not here. */
    private static int valueOf(ByteBuffer in, int at, int to) {
        try {
            int value = in.get(at) == FormatCode.DESCRIBED ? MessageHead.behindDescriptor(in, at + 1, to) : to;
            return value < to ? value : -1;
        } catch (AmqpError malformed) {
            return -1;
        }
    }

    /** Where it ends, or -1 where that is not here. */
    private static int endOf(ByteBuffer in, int value, int to) {
        try {
            int end = Values.skip(in, value, to);
            return end <= to ? end : -1;
        } catch (AmqpError malformed) {
            return -1;
        }
    }

    private static boolean isOfProperties(ByteBuffer in, int descriptor) {
        try {
            int code = MessageHead.code(in, descriptor);
            return code == MESSAGE_ANNOTATIONS || code == APPLICATION_PROPERTIES || code == FOOTER;
        } catch (AmqpError unknown) {
            return false;
        }
    }

    private static void checkEntries(ByteBuffer in, int map, int end) throws AmqpError {
        int item = Values.firstItem(in, map);
        for (int left = Values.count(in, map) / 2; left > 0; left--) {
            int value = Values.skip(in, item, end);
            if (isCollection(in.get(value) & 0xFF)) {
                checkItems(in, value, end);
            }
            item = Values.skip(in, value, end);
        }
    }

    private static void checkItems(ByteBuffer in, int collection, int end) throws AmqpError {
        boolean isMap = FormatCode.isMap(in.get(collection) & 0xFF);
        int count = Values.count(in, collection);
        int item = count == 0 ? end : Values.firstItem(in, collection);
        for (int i = 0; i < count; i++) {
            int constructor = in.get(item) & 0xFF;
            boolean isKey = isMap && i % 2 == 0;
            if (isKey ? !FormatCode.isString(constructor) : !isPrimitive(constructor)) {
                throw AmqpError.connection(AmqpError.DECODE_ERROR, "Could not process AMQP commands");
            }
            if (isCollection(constructor)) {
                checkItems(in, item, end);
            }
            item = Values.skip(in, item, end);
        }
    }

    private static boolean isCollection(int constructor) {
        return FormatCode.isMap(constructor) || FormatCode.isList(constructor);
    }

    /** Of Java; a character and what has a sign, null and collections included. */
    private static boolean isPrimitive(int constructor) {
        return switch (constructor) {
            case FormatCode.NULL, 0x51, 0x54, 0x55, 0x61, 0x71, 0x72, 0x73, 0x81, 0x82 -> true;
            default ->
                FormatCode.isBoolean(constructor) || FormatCode.isString(constructor) || isCollection(constructor);
        };
    }
}
