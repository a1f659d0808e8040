package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.WriteCoalescer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the frames in what a peer sends (AMQP 0-9-1, section 4.2.3). Messages that lie in the buffer as a whole go on
 * in one piece; what goes to the same session stays together in a {@link WriteCoalescer}; of a frame with content that
 * goes beyond the buffer's end the rest is read to where its beginning went.
 */
public abstract class FrameReader {

    private final WriteCoalescer writes = new WriteCoalescer();
    private @Nullable PartialFrame partial;

    public final WriteCoalescer writes() {
        return writes;
    }

    /**
     * Takes what there is, up to the first frame that is not there as a whole, or for which the peer has to wait. What
     * is left is given again, with more behind it.
     */
    public final void parse(ByteBuffer in) throws AmqpException {
        int at = in.position();
        int limit = in.limit();
        try {
            if (partial != null && partial.isPending()) {
                at = partial.take(in, at, limit);
            }
            checkBeginning(in, at, limit);
            while (limit - at >= Frame.PAYLOAD_OFFSET && !isPaused()) {
                int next = forwardMessages(in, at, limit);
                if (next > at || isPaused()) {
                    at = next;
                    continue;
                }
                int length = length(in, at);
                if (limit - at < length) {
                    if (takeBeginning(in, at, limit, length)) {
                        at = limit;
                    }
                    break;
                }
                if (in.get(at + length - 1) != Frame.END) {
                    throw badEnd(in, at, length);
                }
                if (!onFrame(in, at, length)) {
                    break;
                }
                at += length;
            }
        } finally {
            onTaken(in, at);
            writes.flush();
            in.position(isEnded() ? limit : at);
        }
    }

    /** The beginning of a frame of content was taken; so many octets are to come, for nobody where it is null. */
    protected final void begin(PartialFrame.@Nullable Content content, int toCome) {
        if (partial == null) {
            partial = new PartialFrame();
        }
        partial.begin(content, toCome);
    }

    /** What is still to come of this message's frame is dropped. */
    public final void forgetPartial(PartialFrame.Content content) {
        if (partial != null) {
            partial.forget(content);
        }
    }

    /** Where the rest of a frame is to be read to, or null. */
    public final @Nullable ByteQueue bulk() {
        return partial == null ? null : partial.bulk();
    }

    public final int bulkOctets() {
        return partial == null ? 0 : partial.bulkOctets();
    }

    public final void onBulk(int octets) {
        if (partial != null) {
            partial.onBulk(octets);
        }
    }

    protected abstract boolean isPaused();

    /** Whether nothing that comes is looked at any more. */
    protected abstract boolean isEnded();

    /** Before the first frame of what was read. */
    protected void checkBeginning(ByteBuffer in, int at, int limit) throws AmqpException {}

    /**
     * Forwards the messages that lie here as a whole.
     *
     * @return the offset behind them
     */
    protected abstract int forwardMessages(ByteBuffer in, int at, int limit);

    /** The length of the frame here with its overhead, if it is one that may come. */
    protected abstract int length(ByteBuffer in, int at) throws AmqpException;

    /** Takes what has come of a frame of content that goes beyond the buffer's end, where that is possible. */
    protected abstract boolean takeBeginning(ByteBuffer in, int at, int limit, int length) throws AmqpException;

    protected abstract AmqpException badEnd(ByteBuffer in, int at, int length);

    /**
     * Handles a frame.
     *
     * @return whether it was taken
     */
    protected abstract boolean onFrame(ByteBuffer in, int at, int length) throws AmqpException;

    /** All up to this offset is handled, and the buffer is about to be used for something else. */
    protected void onTaken(ByteBuffer in, int at) {}
}
