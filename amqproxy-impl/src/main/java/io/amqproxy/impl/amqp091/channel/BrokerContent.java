package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.amqp091.codec.WholeMessage;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.WriteCoalescer;
import io.amqproxy.impl.core.Settings;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The messages that the broker sends on a channel, and how far the present one has come. The order and the size of its
 * frames are checked, for what is passed on has to end where the client expects it; the properties are what the
 * publisher said, and between the broker and the client.
 */
public final class BrokerContent implements PartialFrame.Content {

    /** The channel that they come on. */
    interface Channel extends Withholding.Channel {

        /** A message has come as a whole; of so many octets if a client has asked for it, or -1. */
        void onContentComplete(long got);
    }

    /** As much of a frame as has to be there before it can be taken in parts: the size of the body is in it. */
    public static final int BEGINNING = Frame.BODY_SIZE_OFFSET + 8;

    private static final long NOTHING = 0;
    private static final long HEADER = -1;

    private final Channel channel;
    private final UncleanState leftovers;
    private final Withholding withholding;
    /** Messages of the present lease. */
    private long delivered;

    /** Octets of the body that are still to come, {@link #HEADER} before the header came. */
    private long missing = NOTHING;
    /** Octets of the body, where a client has asked for the message, otherwise negative. */
    private long got = -1;

    private @Nullable DeliveryJudge judge;
    /** Whether the client does not get the present message. */
    private boolean withheld;

    // A frame of which a part has come: what is missing behind it, for whom it is, and how it goes there.
    private long missingThen;
    private @Nullable FrameReceiver receiver;
    private @Nullable ByteQueue gathered;

    BrokerContent(Channel channel) {
        this.channel = channel;
        this.leftovers = channel.leftovers();
        this.withholding = new Withholding(channel);
    }

    void beginLease() {
        delivered = 0;
        withholding.begin();
    }

    public long delivered() {
        return delivered;
    }

    /** Takes the deliveries that lie here as a whole, up to the first frame that is anything else, or unexpected. */
    public int forwardDeliveries(WriteCoalescer writes, ByteBuffer in, int at, int limit) {
        FrameReceiver to = channel.client();
        if (to == null || isIncomplete() || withholding.isActive()) {
            return at;
        }
        int number = channel.number();
        int maxFrame = to.frameMax();
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
            to.deliver(writes, in, at, next);
        }
        return next;
    }

    /** A method came that content follows. */
    public void begin() {
        missing = HEADER;
    }

    /** Keeps the method of a delivery back where its client may have no room for it; returns whether it does. */
    public boolean holdsMethod(ByteBuffer in, int at, int tagAt, long tag) {
        judge = withholding.hold(in, at, tagAt, tag);
        return judge != null;
    }

    /** What of the messages is kept from the client. */
    public Withholding withholding() {
        return withholding;
    }

    private @Nullable FrameReceiver receiver() {
        return withheld ? null : channel.client();
    }

    /** The same for a message that a client has asked for. */
    public void beginGot() {
        begin();
        got = 0;
    }

    /** One that the client does not get is counted when it comes again. */
    private void count() {
        delivered++;
        channel.session().traffic().delivered++;
    }

    /** Whether a message has come in part. */
    boolean isIncomplete() {
        return missing != NOTHING;
    }

    /** Takes a frame with a header or a part of a body. */
    public void onFrame(WriteCoalescer writes, ByteBuffer in, int at, int length) throws AmqpException {
        boolean isHeader = missing == HEADER;
        missing = missingBehind(in, at, length);
        DeliveryJudge present = judge;
        if (present != null) {
            writes.flush();
            withheld = present.withholds(in, at, length);
            passMethodOn(present);
        }
        if (isHeader && !withheld) {
            count();
        }
        FrameReceiver to = receiver();
        if (to != null) {
            to.deliverFrame(writes, in, at, length);
        }
        onFrameComplete();
    }

    private void passMethodOn(DeliveryJudge present) {
        judge = null;
        present.passOn(receiver());
    }

    private void onFrameComplete() {
        if (!isIncomplete()) {
            withheld = false;
            long octets = got;
            got = -1;
            channel.onContentComplete(octets);
        }
    }

    private long missingBehind(ByteBuffer in, int at, int length) throws AmqpException {
        int payload = length - Frame.OVERHEAD;
        boolean isHeader = Frame.type(in, at) == Frame.HEADER;
        boolean fits = isHeader
                ? missing == HEADER && payload >= Frame.MIN_HEADER_PAYLOAD
                : missing > NOTHING && payload <= missing;
        long left = !fits ? HEADER : isHeader ? in.getLong(at + Frame.BODY_SIZE_OFFSET) : missing - payload;
        if (left < 0) {
            throw AmqpException.connection(ReplyCode.UNEXPECTED_FRAME, "content that does not fit together", 0);
        }
        if (isHeader && got >= 0) {
            got = left;
        }
        return left;
    }

    // A frame that comes in parts. It is gathered, for a client takes nothing else within a frame; a body that has to
    // be split for the client anyway goes on in the parts in which it comes.

    /** Takes the beginning of a frame with a header or a part of a body; at least {@link #BEGINNING} is there. */
    public void onBeginning(ByteBuffer in, int at, int limit, int length) throws AmqpException {
        if (missing == HEADER) {
            count();
        }
        missingThen = missingBehind(in, at, length);
        if (judge != null) {
            passMethodOn(judge); // The whole header would have to be seen.
        }
        FrameReceiver to = receiver();
        if (to != null && Frame.type(in, at) == Frame.HEADER && length > Settings.BROKER_HEADER_MAX) {
            to.onTooLarge(length);
            to = null;
        }
        receiver = to;
        if (to == null) {
            return;
        }
        if (Frame.type(in, at) == Frame.BODY && length > to.frameMax()) {
            to.deliverPart(in, at + Frame.PAYLOAD_OFFSET, limit);
            return;
        }
        Frame.patchChannel(in, at, to.number());
        ByteQueue queue = channel.session().loop().takeQueue();
        gathered = queue;
        queue.append(in, at, limit);
    }

    @Override
    public void onMoreOfFrame(ByteBuffer in, int from, int to, boolean isLast) {
        ByteQueue queue = gathered;
        FrameReceiver client = receiver == channel.client() ? receiver : null;
        if (queue != null) {
            queue.append(in, from, to);
        } else if (client != null) {
            client.deliverPart(in, from, isLast ? to - 1 : to);
        }
        if (isLast) {
            if (queue != null && client != null) {
                client.deliverGathered(queue);
            }
            end();
            missing = missingThen;
            onFrameComplete();
        }
    }

    @Override
    public @Nullable ByteQueue gathered() {
        return gathered;
    }

    @Override
    public void onBulk(int octets) {}

    /** Nobody needs the rest of a frame of which a part has come. */
    void end() {
        ByteQueue queue = gathered;
        receiver = null;
        gathered = null;
        if (queue != null) {
            queue.clear();
            channel.session().loop().giveBack(queue);
        }
    }
}
