package io.amqproxy.impl.session;

import io.amqproxy.impl.wire.AmqpException;
import io.amqproxy.impl.wire.Frame;
import io.amqproxy.impl.wire.ReplyCode;
import java.nio.ByteBuffer;

/**
 * How far a message of the broker has come on a channel. The order and the size of its frames are checked, for what is
 * passed on has to end where the client expects it; the properties are what the publisher said, and between the broker
 * and the client.
 */
final class BrokerContent {

    private static final long NOTHING = 0;
    private static final long HEADER = -1;

    /** Octets of the body that are still to come, {@link #HEADER} before the header came. */
    private long missing = NOTHING;

    /** A method came that content follows. */
    void begin() {
        missing = HEADER;
    }

    /** Whether a message has come in part. */
    boolean isIncomplete() {
        return missing != NOTHING;
    }

    /** Takes a frame with a header or a part of a body. */
    void onFrame(ByteBuffer in, int at, int length) throws AmqpException {
        int payload = length - Frame.OVERHEAD;
        boolean isHeader = Frame.type(in, at) == Frame.HEADER;
        boolean fits = isHeader
                ? missing == HEADER && payload >= Frame.MIN_HEADER_PAYLOAD
                : missing > NOTHING && payload <= missing;
        long left = !fits ? HEADER : isHeader ? in.getLong(at + Frame.BODY_SIZE_OFFSET) : missing - payload;
        if (left < 0) {
            throw AmqpException.connection(ReplyCode.UNEXPECTED_FRAME, "content that does not fit together", 0);
        }
        missing = left;
    }
}
