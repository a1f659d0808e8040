package io.amqproxy.impl.session;

import io.amqproxy.impl.wire.AmqpException;
import io.amqproxy.impl.wire.ByteQueue;
import io.amqproxy.impl.wire.Frame;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A body frame of which only the beginning has come. What came is with its message already and what is still to come
 * may be read straight to there, so that no octet of a large frame waits in a buffer only to be copied back.
 */
final class PartialFrame {

    /** Fewer octets than this are not worth being read apart from what follows them. */
    private static final int BULK = 16 * 1024;

    /** The message that the frame belongs to, or null where nobody needs it any more. */
    private @Nullable IncomingContent content;
    /** Octets to come, with the one that ends the frame. */
    private int missing;

    boolean isPending() {
        return missing > 0;
    }

    void begin(IncomingContent message, int octets) {
        content = message;
        missing = octets;
    }

    /** Whether the frame belongs to this message, whose channel or client has ended: the rest is dropped. */
    void forget(IncomingContent message) {
        if (content == message) {
            content = null;
        }
    }

    /** Takes what has come of the frame; answers the offset behind it. */
    int take(ByteBuffer in, int at, int limit) throws AmqpException {
        int count = Math.min(missing, limit - at);
        IncomingContent message = content;
        missing -= count;
        int end = at + count;
        if (missing == 0) {
            if (in.get(end - 1) != Frame.END) {
                throw Refusals.badEndOfBody(in.get(end - 1));
            }
            content = null;
        }
        if (message != null) {
            message.onMoreOfBody(in, at, end, missing == 0);
        }
        return end;
    }

    /** Where the next octets may be read to, or null where they have to be taken as they come. */
    @Nullable
    ByteQueue bulk() {
        return content == null || missing <= BULK ? null : content.gathered();
    }

    /** How many octets may be read so: all but the one that ends the frame. */
    int bulkOctets() {
        return missing - 1;
    }

    void onBulk(int octets) {
        missing -= octets;
        if (content != null) {
            content.onBulk(octets);
        }
    }
}
