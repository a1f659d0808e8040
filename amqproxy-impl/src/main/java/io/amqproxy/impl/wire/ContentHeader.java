package io.amqproxy.impl.wire;

import java.nio.ByteBuffer;

/** The form of a content header of class basic (AMQP 0-9-1, sections 4.2.6.1 and 1.8, its fourteen properties). */
public final class ContentHeader {

    /** A letter for each property, from the highest flag bit down: see {@link Method}. */
    private static final String PROPERTIES = "SSTooSSSSLSSSS";

    private ContentHeader() {}

    /**
     * Checks the content header at this offset, which lies in the buffer as a whole.
     *
     * @return the size of the body
     */
    public static long check(ByteBuffer in, int frameAt) throws AmqpException {
        int size = (int) Frame.size(in, frameAt);
        if (size < Frame.MIN_HEADER_PAYLOAD) {
            throw malformed();
        }
        int payload = frameAt + Frame.PAYLOAD_OFFSET;
        if (in.getShort(payload) != Method.BASIC_PUBLISH.classId() || in.getShort(payload + 2) != 0) {
            throw malformed();
        }
        long bodySize = in.getLong(payload + 4);
        int flags = in.getShort(payload + 12) & 0xFFFF;
        int at = payload + Frame.MIN_HEADER_PAYLOAD;
        int end = payload + size;
        for (int i = 0; flags != 0 && i < PROPERTIES.length(); i++) {
            if ((flags & 0x8000 >>> i) != 0) {
                at = Arguments.skip(in, at, end, PROPERTIES.charAt(i));
                if (at < 0) {
                    throw malformed();
                }
            }
        }
        if (at != end || bodySize < 0) {
            throw malformed();
        }
        return bodySize;
    }

    private static AmqpException malformed() {
        return AmqpException.connection(ReplyCode.SYNTAX_ERROR, "malformed content header", Method.BASIC_PUBLISH.id());
    }
}
