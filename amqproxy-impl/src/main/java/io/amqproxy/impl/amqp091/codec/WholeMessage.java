package io.amqproxy.impl.amqp091.codec;

import java.nio.ByteBuffer;

/**
 * Recognises messages that lie in a read buffer as a whole: a method frame, its content header and all body frames next
 * to each other on one channel. Nearly all messages come that way, and as a whole they are checked in a few steps and
 * moved on together with their neighbours.
 *
 * <p>An answer of {@link #NONE} does not mean that anything is wrong, only that there is more to look at: the frames go
 * the long way then, one by one, which also finds what to say about a bad one. What is recognised here has passed the
 * same checks.
 */
public final class WholeMessage {

    /** There is no such message at this offset. */
    public static final int NONE = -1;

    private static final int MANDATORY_BIT = 1;
    private static final int IMMEDIATE_BIT = 1 << 1;

    /** Octets of the arguments of {@code basic.publish} besides its two names, and the method's own four. */
    private static final int PUBLISH_FIXED = 4 + 2 + 1 + 1 + 1;
    /** The same for {@code basic.deliver} with its three names. */
    private static final int DELIVER_FIXED = 4 + 1 + 8 + 1 + 1 + 1;

    private WholeMessage() {}

    /**
     * Finds the end of a publish that may be forwarded as it is.
     *
     * @param maxFrame the largest frame, overhead included, that both sides take
     * @param maxBody the largest body in octets
     * @return the offset behind the message, or {@link #NONE}
     */
    public static int publishEnd(ByteBuffer in, int at, int limit, int channel, int maxFrame, long maxBody) {
        int headerAt = methodEnd(in, at, limit, channel, maxFrame, Method.BASIC_PUBLISH.id(), PUBLISH_FIXED);
        if (headerAt == NONE) {
            return NONE;
        }
        int names = headerAt - at - Frame.OVERHEAD - PUBLISH_FIXED;
        int exchangeAt = at + Frame.PAYLOAD_OFFSET + 6;
        int exchange = in.get(exchangeAt) & 0xFF;
        if (exchange > names || exchange + (in.get(exchangeAt + 1 + exchange) & 0xFF) != names) {
            return NONE;
        }
        if ((bits(in, headerAt) & IMMEDIATE_BIT) != 0) {
            return NONE;
        }
        return contentEnd(in, headerAt, limit, channel, maxFrame, maxBody);
    }

    /** Whether a publish whose content header is at this offset, behind the method, is mandatory. */
    public static boolean isMandatory(ByteBuffer in, int headerAt) {
        return (bits(in, headerAt) & MANDATORY_BIT) != 0;
    }

    /** The octet of bits, which is the last argument of {@code basic.publish}. */
    private static int bits(ByteBuffer in, int headerAt) {
        return in.get(headerAt - 2);
    }

    /**
     * Finds the end of a delivery that may be forwarded as it is, but for its tag.
     *
     * @param maxFrame the largest frame, overhead included, that the client takes
     * @return the offset behind the message, or {@link #NONE}
     */
    public static int deliveryEnd(ByteBuffer in, int at, int limit, int channel, int maxFrame) {
        int headerAt = methodEnd(in, at, limit, channel, maxFrame, Method.BASIC_DELIVER.id(), DELIVER_FIXED);
        if (headerAt == NONE) {
            return NONE;
        }
        int exchangeAt = deliveryTagAt(in, at) + 8 + 1;
        int end = headerAt - 1;
        if (exchangeAt + 2 > end) {
            return NONE;
        }
        int keyAt = exchangeAt + 1 + (in.get(exchangeAt) & 0xFF);
        if (keyAt >= end || keyAt + 1 + (in.get(keyAt) & 0xFF) != end) {
            return NONE;
        }
        return contentEnd(in, headerAt, limit, channel, maxFrame, Long.MAX_VALUE);
    }

    /** Where a delivery that was recognised has its tag. */
    public static int deliveryTagAt(ByteBuffer in, int at) {
        int consumerTagAt = consumerTagAt(at);
        return consumerTagAt + 1 + (in.get(consumerTagAt) & 0xFF);
    }

    /** Where a delivery has its consumer's tag. */
    public static int consumerTagAt(int at) {
        return at + Frame.PAYLOAD_OFFSET + 4;
    }

    /** Where the frame behind the one at this offset begins. */
    public static int nextFrame(ByteBuffer in, int at) {
        return at + Frame.OVERHEAD + in.getInt(at + Frame.SIZE_OFFSET);
    }

    /** Puts another channel into all frames of a message. */
    public static void patchChannel(ByteBuffer in, int from, int end, int channel) {
        for (int at = from; at < end; at = nextFrame(in, at)) {
            Frame.patchChannel(in, at, channel);
        }
    }

    private static int methodEnd(
            ByteBuffer in, int at, int limit, int channel, int maxFrame, int methodId, int minSize) {
        // One reading of eight octets has type, channel and size.
        if (limit - at < Frame.OVERHEAD + minSize) {
            return NONE;
        }
        long head = in.getLong(at);
        int end = end(head, at, limit, typeAndChannel(Frame.METHOD, channel), maxFrame);
        return end == NONE
                        || in.getInt(at + Frame.PAYLOAD_OFFSET) != methodId
                        || end - at < Frame.OVERHEAD + minSize
                        || in.get(end - 1) != Frame.END
                ? NONE
                : end;
    }

    private static int contentEnd(ByteBuffer in, int headerAt, int limit, int channel, int maxFrame, long maxBody) {
        if (limit - headerAt < Frame.OVERHEAD + Frame.MIN_HEADER_PAYLOAD) {
            return NONE;
        }
        int at = end(in.getLong(headerAt), headerAt, limit, typeAndChannel(Frame.HEADER, channel), maxFrame);
        if (at == NONE || in.get(at - 1) != Frame.END || !ContentHeader.isWellFormed(in, headerAt)) {
            return NONE;
        }
        long missing = in.getLong(headerAt + Frame.BODY_SIZE_OFFSET);
        if (missing < 0 || missing > maxBody) {
            return NONE;
        }
        long body = typeAndChannel(Frame.BODY, channel);
        while (missing > 0) {
            if (limit - at < Frame.OVERHEAD) {
                return NONE;
            }
            int end = end(in.getLong(at), at, limit, body, maxFrame);
            if (end == NONE || in.get(end - 1) != Frame.END) {
                return NONE;
            }
            missing -= end - at - Frame.OVERHEAD;
            at = end;
        }
        return missing < 0 ? NONE : at;
    }

    /** The end of the frame whose first eight octets these are, or NONE where it is another one or not all there. */
    private static int end(long head, int at, int limit, long wanted, int maxFrame) {
        int size = (int) (head >>> 8);
        int most = Math.min(limit - at, maxFrame) - Frame.OVERHEAD;
        return head >>> 40 == wanted && size >= 0 && size <= most ? at + Frame.OVERHEAD + size : NONE;
    }

    private static long typeAndChannel(int type, int channel) {
        return (long) type << 16 | channel;
    }
}
