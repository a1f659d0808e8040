package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;

/**
 * The sections of a message behind its head (part 3, section 3.2), as far as their order goes, in parts of any size: of
 * each only its beginning is looked at, and the rest is passed over. What is in it does not matter; what cannot be
 * decoded is not read any further.
 */
final class MessageBody {

    private static final int DATA = 0x75;
    private static final int SEQUENCE = 0x76;
    private static final int VALUE = 0x77;
    private static final int FOOTER = 0x78;

    /** The longest beginning: descriptors as symbols, a constructor, a size. */
    private static final int MOST = 64;

    private final ByteBuffer beginning = ByteBuffer.allocate(MOST);
    /** Octets of the present section that are still to come. */
    private long rest;

    private int lastCode;
    private boolean isRead;

    /** Another message begins. */
    void begin() {
        beginning.clear();
        rest = 0;
        lastCode = 0;
        isRead = false;
    }

    /** Nothing more of this message is read. */
    void giveUp() {
        isRead = true;
    }

    /**
     * Reads one more part.
     *
     * @throws AmqpError of the connection for a section that Broker-J does not expect there, or one that is null
     */
    void take(ByteBuffer in, int from, int to) throws AmqpError {
        int at = from;
        while (at < to && !isRead) {
            if (rest > 0) {
                int passed = (int) Math.min(rest, to - at);
                rest -= passed;
                at += passed;
            } else {
                beginning.put(in.get(at++));
                begun();
            }
        }
    }

    private void begun() throws AmqpError {
        int end = beginning.position();
        if (end == 1) {
            MessageHead.checkThatItIsNotNull(beginning, 0);
            isRead = beginning.get(0) != FormatCode.DESCRIBED;
            return;
        }
        int value;
        int code;
        try {
            value = MessageHead.behindDescriptor(beginning, 1, end);
            if (value >= end) {
                isRead = !beginning.hasRemaining(); // No section is described so.
                return;
            }
            code = MessageHead.code(beginning, 1);
        } catch (AmqpError malformed) {
            isRead = true; // The broker says so.
            return;
        }
        checkOrder(code);
        value = behindDescriptors(value, end);
        long octets = value < end ? octets(value, end) : -1;
        if (octets < 0) {
            isRead |= !beginning.hasRemaining(); // Nobody describes a value at such length.
            return;
        }
        lastCode = code;
        rest = octets;
        beginning.clear();
    }

    /** The offset of the constructor of a value that may be described itself, or the end where that is not here. */
    private int behindDescriptors(int value, int end) {
        int at = value;
        while (at < end && beginning.get(at) == FormatCode.DESCRIBED) {
            long octets = at + 1 < end ? octets(at + 1, end) : -1;
            if (octets < 0) {
                return end;
            }
            at = (int) Math.min(end, at + 2 + width(at + 1) + octets);
        }
        return at;
    }

    /** How many octets say how long the value is whose constructor is at this offset. */
    private int width(int value) {
        return switch ((beginning.get(value) & 0xFF) >>> 4) {
            case 0xA, 0xC, 0xE -> 1;
            case 0xB, 0xD, 0xF -> Integer.BYTES;
            default -> 0;
        };
    }

    /**
     * How many octets of the value follow what is here of it; less than 0 where more of it has to come first, or nobody
     * can tell.
     */
    private long octets(int value, int end) {
        int constructor = beginning.get(value) & 0xFF;
        if (end < value + 1 + width(value)) {
            return -1;
        }
        return switch (constructor >>> 4) {
            case 0x4 -> 0;
            case 0x5 -> 1;
            case 0x6 -> 2;
            case 0x7 -> 4;
            case 0x8 -> 8;
            case 0x9 -> 16;
            case 0xA, 0xC, 0xE -> beginning.get(value + 1) & 0xFF;
            case 0xB, 0xD, 0xF -> beginning.getInt(value + 1) & 0xFFFF_FFFFL;
            default -> {
                isRead = true;
                yield -1;
            }
        };
    }

    private void checkOrder(int code) throws AmqpError {
        boolean isExpected = switch (lastCode) {
            case 0 -> code >= DATA;
            case DATA, SEQUENCE -> code == lastCode || code == FOOTER;
            case VALUE -> code == FOOTER;
            default -> false;
        };
        if (!isExpected) {
            throw MessageHead.failure("a section of a message that is there twice, too late, or beside another body");
        }
    }
}
