package io.amqproxy.impl.amqp091.codec;

import java.nio.ByteBuffer;

/** The form of a content header of class basic (AMQP 0-9-1, sections 4.2.6.1 and 1.8, its fourteen properties). */
public final class ContentHeader {

    /** A letter for each property, from the highest flag bit down: see {@link Method}. */
    private static final String PROPERTIES = "SSTooSSSSLSSSS";

    private static final int CLASS_AND_WEIGHT = Method.BASIC_PUBLISH.classId() << 16;
    private static final int SPARE_FLAGS = 2;

    private ContentHeader() {}

    /**
     * Checks the content header at this offset, which lies in the buffer as a whole. RabbitMQ fails over a malformed
     * one.
     *
     * @return the size of the body
     */
    public static long check(ByteBuffer in, int frameAt) throws AmqpException {
        if (Frame.size(in, frameAt) < Frame.MIN_HEADER_PAYLOAD || !isWellFormed(in, frameAt)) {
            throw AmqpException.connection(ReplyCode.INTERNAL_ERROR, "malformed content header", 0);
        }
        return in.getLong(frameAt + Frame.BODY_SIZE_OFFSET);
    }

    /** Whether all is in order with a content header that lies in the buffer and has at least the smallest size. */
    static boolean isWellFormed(ByteBuffer in, int frameAt) {
        int at = frameAt + Frame.PAYLOAD_OFFSET;
        int end = at + in.getInt(frameAt + Frame.SIZE_OFFSET);
        if (in.getInt(at) != CLASS_AND_WEIGHT || in.getLong(at + 4) < 0) {
            return false;
        }
        // From the highest flag down, which is the order of the properties; bits that mean none are left out.
        int flags = (in.getShort(at + 12) & 0xFFFF) >>> SPARE_FLAGS << SPARE_FLAGS;
        at += Frame.MIN_HEADER_PAYLOAD;
        while (flags != 0 && at >= 0) {
            int bit = Integer.numberOfLeadingZeros(flags) - 16;
            at = ArgumentReader.skip(in, at, end, PROPERTIES.charAt(bit));
            flags &= ~(0x8000 >>> bit);
        }
        return at == end;
    }
}
