package io.amqproxy.impl.amqp091.codec;

import java.nio.ByteBuffer;

/**
 * The layout of a frame (AMQP 0-9-1, section 4.2.3), read in place.
 *
 * <pre>
 *   0      1         3             7                  size+7
 *   +------+---------+-------------+--------------------+-----+
 *   | type | channel |    size     |  payload ...       | CE  |
 *   +------+---------+-------------+--------------------+-----+
 *    octet    short       long        size octets        octet
 *
 *   method payload:  class short, method short, arguments
 *   header payload:  class short, weight short, body size longlong, property flags short, properties
 * </pre>
 */
public final class Frame {

    public static final int METHOD = 1;
    public static final int HEADER = 2;
    public static final int BODY = 3;
    public static final int HEARTBEAT = 8;

    public static final int CHANNEL_OFFSET = 1;
    public static final int SIZE_OFFSET = 3;
    public static final int PAYLOAD_OFFSET = 7;
    /** Octets that a frame has besides its payload. */
    public static final int OVERHEAD = 8;

    public static final byte END = (byte) 0xCE;

    /** Where a content header keeps the size of the body. */
    public static final int BODY_SIZE_OFFSET = PAYLOAD_OFFSET + 4;
    /** The smallest content header payload: class, weight, body size, flags. */
    public static final int MIN_HEADER_PAYLOAD = 14;

    /** The smallest frame_max that a peer may negotiate (AMQP 0-9-1, section 1.4.2.6, frame-min-size). */
    public static final int MIN_FRAME_MAX = 4096;

    private Frame() {}

    public static int type(ByteBuffer in, int at) {
        return in.get(at);
    }

    public static int channel(ByteBuffer in, int at) {
        return in.getShort(at + CHANNEL_OFFSET) & 0xFFFF;
    }

    /** The size as an unsigned number: a hostile one may be up to 4 GiB. */
    public static long size(ByteBuffer in, int at) {
        return in.getInt(at + SIZE_OFFSET) & 0xFFFF_FFFFL;
    }

    /** Class in the upper, method in the lower half. */
    public static int methodId(ByteBuffer in, int at) {
        return in.getInt(at + PAYLOAD_OFFSET);
    }

    public static void patchChannel(ByteBuffer in, int at, int channel) {
        in.putShort(at + CHANNEL_OFFSET, (short) channel);
    }
}
