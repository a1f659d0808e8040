package io.amqproxy.impl.session;

import io.amqproxy.impl.wire.AmqpException;
import io.amqproxy.impl.wire.Frame;
import io.amqproxy.impl.wire.ReplyCode;
import io.amqproxy.impl.wire.WholeMessage;
import java.nio.ByteBuffer;

/**
 * The messages that the broker sends on a channel, and how far the present one has come. The order and the size of its
 * frames are checked, for what is passed on has to end where the client expects it; the properties are what the
 * publisher said, and between the broker and the client.
 */
final class BrokerContent {

    private static final long NOTHING = 0;
    private static final long HEADER = -1;

    private final UpstreamChannel channel;
    private final Leftovers leftovers;
    /** Messages of the present lease. */
    private long delivered;

    /** Octets of the body that are still to come, {@link #HEADER} before the header came. */
    private long missing = NOTHING;

    BrokerContent(UpstreamChannel channel) {
        this.channel = channel;
        this.leftovers = channel.leftovers();
    }

    void beginLease() {
        delivered = 0;
    }

    long delivered() {
        return delivered;
    }

    /** Takes the deliveries that lie here as a whole, up to the first frame that is anything else, or unexpected. */
    int forwardDeliveries(Run run, ByteBuffer in, int at, int limit) {
        ClientChannel to = channel.client();
        if (to == null || isIncomplete()) {
            return at;
        }
        int number = channel.number();
        int maxFrame = to.session().frameMax();
        int next = at;
        int end = WholeMessage.deliveryEnd(in, next, limit, number, maxFrame);
        while (end != WholeMessage.NONE) {
            int tagAt = WholeMessage.deliveryTagAt(in, next);
            if (!leftovers.onDelivered(in, WholeMessage.consumerTagAt(next), tagAt)) {
                break;
            }
            count();
            WholeMessage.patchChannel(in, next, end, to.number());
            next = end;
            end = WholeMessage.deliveryEnd(in, next, limit, number, maxFrame);
        }
        if (next > at) {
            to.deliver(run, in, at, next);
        }
        return next;
    }

    /** A method came that content follows. */
    void begin() {
        missing = HEADER;
        count();
    }

    private void count() {
        delivered++;
        channel.session().traffic().delivered++;
    }

    /** Whether a message has come in part. */
    boolean isIncomplete() {
        return missing != NOTHING;
    }

    /** Takes a frame with a header or a part of a body. */
    void onFrame(Run run, ByteBuffer in, int at, int length) throws AmqpException {
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
        channel.forward(run, in, at, length);
        if (!isIncomplete()) {
            channel.onContentComplete();
        }
    }
}
