package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Refusals;
import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A frame of content of which only the beginning has come. What came is with its message already and what is still to
 * come may be read straight to there, so that no octet of a large frame waits in a buffer only to be copied back.
 */
public final class PartialFrame {

    /** The message that a frame belongs to, as it comes from a client or from the broker. */
    public interface Content {

        /** More of the frame has come, the octet that ends it included where this is the last of it. */
        void onMoreOfFrame(ByteBuffer in, int from, int to, boolean isLast) throws AmqpException;

        /** Where octets of the frame may be read to, or null where they are taken as they come. */
        @Nullable
        ByteQueue gathered();

        /** Octets were read straight to {@link #gathered}. */
        public void onBulk(int octets);
    }

    /** Fewer octets than this are not worth being read apart from what follows them. */
    private static final int BULK = 16 * 1024;

    /** The message that the frame belongs to, or null where nobody needs it any more. */
    private @Nullable Content content;
    /** Octets to come, with the one that ends the frame. */
    private int missing;

    public boolean isPending() {
        return missing > 0;
    }

    public void begin(@Nullable Content message, int octets) {
        content = message;
        missing = octets;
    }

    /** Whether the frame belongs to this message, whose channel or client has ended: the rest is dropped. */
    public void forget(Content message) {
        if (content == message) {
            content = null;
        }
    }

    /**
     * Takes what has come of the frame.
     *
     * @return the offset behind it
     */
    public int take(ByteBuffer in, int at, int limit) throws AmqpException {
        int count = Math.min(missing, limit - at);
        Content message = content;
        missing -= count;
        int end = at + count;
        if (missing == 0) {
            if (in.get(end - 1) != Frame.END) {
                throw Refusals.badEndOfPartial(in.get(end - 1));
            }
            content = null;
        }
        if (message != null) {
            message.onMoreOfFrame(in, at, end, missing == 0);
        }
        return end;
    }

    /** Where the next octets may be read to, or null where they have to be taken as they come. */
    @Nullable
    public ByteQueue bulk() {
        return content == null || missing <= BULK ? null : content.gathered();
    }

    /** How many octets may be read so: all but the one that ends the frame. */
    public int bulkOctets() {
        return missing - 1;
    }

    public void onBulk(int octets) {
        missing -= octets;
        if (content != null) {
            content.onBulk(octets);
        }
    }
}
