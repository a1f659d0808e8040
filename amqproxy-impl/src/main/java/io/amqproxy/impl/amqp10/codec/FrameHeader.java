package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;

/**
 * The first octets of a frame (part 2, section 2.3.1):
 *
 * <pre>
 *    0               1               2               3
 *   +---------------------------------------------------------------+
 *   |                             SIZE                              |
 *   +---------------+---------------+-------------------------------+
 *   |     DOFF      |     TYPE      |            CHANNEL            |
 *   +---------------+---------------+-------------------------------+
 *   |                      extended header ...                      |
 *   +---------------------------------------------------------------+
 *   |              performative, payload (4 * DOFF on)              |
 * </pre>
 */
public final class FrameHeader {

    public static final int LENGTH = 8;
    public static final int SIZE_OFFSET = 0;
    public static final int DOFF_OFFSET = 4;
    public static final int TYPE_OFFSET = 5;
    public static final int CHANNEL_OFFSET = 6;

    public static final int TYPE_AMQP = 0;
    public static final int TYPE_SASL = 1;

    /** The smallest that a peer may allow, and what holds before it has said anything (section 2.7.1). */
    public static final int MIN_MAX_FRAME_SIZE = 512;

    private FrameHeader() {}

    /** The whole frame's octets, these included. */
    public static long size(ByteBuffer in, int at) {
        return in.getInt(at + SIZE_OFFSET) & 0xFFFF_FFFFL;
    }

    /** The offset of the performative. */
    public static int body(ByteBuffer in, int at) {
        return at + 4 * (in.get(at + DOFF_OFFSET) & 0xFF);
    }

    public static int channel(ByteBuffer in, int at) {
        return in.getShort(at + CHANNEL_OFFSET) & 0xFFFF;
    }

    private static void checkSize(long size, int maxFrameSize) throws AmqpError {
        if (size < LENGTH) {
            throw AmqpError.connection(AmqpError.FRAMING_ERROR, "frame of " + size + " octets");
        }
        if (size > maxFrameSize) {
            throw AmqpError.connection(
                    AmqpError.FRAMING_ERROR,
                    "frame size (" + size + " bytes) > maximum frame size (" + maxFrameSize + " bytes)");
        }
    }

    /** Checks what is here up to the limit of a frame's first {@link #LENGTH} octets: its size, if it can be told. */
    public static void checkBeginning(ByteBuffer in, int at, int maxFrameSize) throws AmqpError {
        int here = in.limit() - at;
        if (here >= DOFF_OFFSET && here < LENGTH) {
            checkSize(size(in, at), maxFrameSize);
        }
    }

    /**
     * Checks a frame that is here with its first {@link #LENGTH} octets.
     *
     * @return its size
     */
    public static int check(ByteBuffer in, int at, int maxFrameSize, int type) throws AmqpError {
        long header = in.getLong(at);
        long size = header >>> Integer.SIZE;
        int doff = (int) header >>> (3 * Byte.SIZE);
        checkSize(size, maxFrameSize);
        if (doff < 2 || 4L * doff > size) {
            throw AmqpError.connection(AmqpError.FRAMING_ERROR, "frame with a data offset of " + doff);
        }
        int found = ((int) header >>> (2 * Byte.SIZE)) & 0xFF;
        if (found != type) {
            throw AmqpError.connection(AmqpError.FRAMING_ERROR, "frame of type " + found);
        }
        return (int) size;
    }
}
