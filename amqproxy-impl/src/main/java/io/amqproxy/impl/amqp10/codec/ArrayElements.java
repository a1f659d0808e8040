package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;

/**
 * Arrays in performatives whose elements RabbitMQ 4 cannot read, anywhere in a value: it closes the connection for
 * them. All of it was checked for its form before.
 */
final class ArrayElements {

    /** Of no octets, small integers, decimals, and short compounds. */
    private static final String FATAL = "ABCDERSTUt\u0084\u0094\u00c0\u00c1\u00e0";

    private ArrayElements() {}

    /**
     * Checks the value at this offset.
     *
     * @return the one behind it
     */
    static int check(ByteBuffer in, int at, int end) throws AmqpError {
        int constructor = in.get(at) & 0xFF;
        if (constructor == FormatCode.DESCRIBED) {
            return check(in, check(in, at + 1, end), end);
        }
        if (FormatCode.isArray(constructor)) {
            return checkArray(in, at + 1, constructor == FormatCode.ARRAY_8, end);
        }
        if (!isCompound(constructor)) {
            return Values.skip(in, at, end);
        }
        int item = Values.firstItem(in, at);
        for (int left = Values.count(in, at); left > 0; left--) {
            item = check(in, item, end);
        }
        return item;
    }

    private static boolean isCompound(int constructor) {
        return FormatCode.isMap(constructor) || (FormatCode.isList(constructor) && constructor != FormatCode.LIST_0);
    }

    private static int checkArray(ByteBuffer in, int at, boolean isShort, int end) throws AmqpError {
        int count = isShort ? in.get(at + 1) & 0xFF : in.getInt(at + 4);
        int behind = isShort ? at + 1 + (in.get(at) & 0xFF) : at + 4 + in.getInt(at);
        int item = at + (isShort ? 2 : 8);
        int element = in.get(item++) & 0xFF;
        while (element == FormatCode.DESCRIBED) {
            item = check(in, item, end);
            element = in.get(item++) & 0xFF;
        }
        if (FATAL.indexOf(element) >= 0) {
            throw AmqpError.decode("array of elements of type 0x" + Integer.toHexString(element));
        }
        for (int left = count; left > 0 && item < behind; left--) {
            item = checkElement(in, item, element, behind);
        }
        return behind;
    }

    private static int checkElement(ByteBuffer in, int at, int constructor, int behind) throws AmqpError {
        if (constructor == FormatCode.ARRAY_32) {
            return checkArray(in, at, false, behind);
        }
        if (!isCompound(constructor)) {
            return behind; // Nothing is in such ones.
        }
        int item = at + 8;
        for (int left = in.getInt(at + 4); left > 0; left--) {
            item = check(in, item, behind);
        }
        return item;
    }
}
