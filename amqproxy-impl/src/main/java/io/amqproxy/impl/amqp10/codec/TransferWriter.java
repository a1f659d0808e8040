package io.amqproxy.impl.amqp10.codec;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;

/**
 * Passes transfers on: with the numbers of another session, and in more frames where one is too large for the peer. One
 * writer serves a whole loop; {@link #begin} says how many frames there will be, {@link #to} writes them.
 */
public final class TransferWriter {

    /** A transfer that goes on with a delivery, without its payload: a handle, four fields that are absent, more. */
    private static final int CONTINUATION = FrameComposer.FIRST_FIELD + 5 + 4 + 1;

    private final FrameComposer composer;
    private final TransferHead head = new TransferHead();
    private ByteBuffer in = ByteBuffer.allocate(0);
    private int channel;
    private int handle;
    private int from;
    private int end;
    private int most;
    private int moreAt;
    private boolean hasMore;
    /**
     * Where the delivery's state lies, which each frame says, as Broker-J does; none where that would take much room.
     */
    private int stateAt;

    private int stateEnd;
    /** The fields behind the delivery's number stand where the transfer was read, with its payload behind them. */
    private boolean isAsItCame;

    public TransferWriter(FrameComposer composer) {
        this.composer = composer;
    }

    /**
     * Begins a transfer with its payload.
     *
     * @param hasId whether the transfer says its delivery's number, which every first one does
     * @param transfer as it came, with its payload up to the offset {@code payloadEnd}
     * @param maxFrameSize octets of the largest frame that the peer takes
     * @return how many frames there will be
     * @throws AmqpError with {@code amqp:frame-size-too-small}, where not even what comes before the payload fits
     */
    public int begin(
            int onChannel, int onHandle, boolean hasId, int id, Performative transfer, int payloadEnd, int maxFrameSize)
            throws AmqpError {
        in = transfer.buffer();
        channel = onChannel;
        handle = onHandle;
        end = payloadEnd;
        most = maxFrameSize;
        from = transfer.behind(Performative.TRANSFER_DELIVERY_ID);
        isAsItCame = hasId && TransferHead.LENGTH + end - from <= most;
        if (isAsItCame) {
            int fields = transfer.countBehind(Performative.TRANSFER_DELIVERY_ID);
            head.put(channel, handle, id, fields, transfer.end() - from, end - transfer.end());
            return 1;
        }
        return beginFirstOfMany(hasId, id, transfer);
    }

    private int beginFirstOfMany(boolean hasId, int id, Performative transfer) throws AmqpError {
        from = transfer.end();
        FrameComposer frame = composer.begin(channel, CompositeType.TRANSFER).uint(handle);
        if (hasId) {
            frame.uint(id);
        } else {
            frame.none();
        }
        frame.copy(transfer, Performative.TRANSFER_DELIVERY_TAG, Performative.TRANSFER_SETTLED);
        moreAt = frame.length();
        hasMore = transfer.bool(Performative.TRANSFER_MORE);
        frame.bool(hasMore).copy(transfer, Performative.TRANSFER_RCV_SETTLE_MODE, Performative.TRANSFER_BATCHABLE);
        if (!frame.fits(most)) {
            throw AmqpError.link(AmqpError.FRAME_SIZE_TOO_SMALL, frame.tooLarge(most));
        }
        boolean isRepeated = transfer.has(Performative.TRANSFER_STATE)
                && 4 * (transfer.endOf(Performative.TRANSFER_STATE) - transfer.at(Performative.TRANSFER_STATE)) < most;
        stateAt = isRepeated ? transfer.at(Performative.TRANSFER_STATE) : 0;
        stateEnd = isRepeated ? transfer.endOf(Performative.TRANSFER_STATE) : 0;
        int rest = end - from - (most - frame.length());
        int room = roomInContinuation();
        return rest <= 0 ? 1 : 1 + (rest + room - 1) / room;
    }

    private int roomInContinuation() {
        return most - CONTINUATION - (stateEnd > stateAt ? 1 + stateEnd - stateAt : 0);
    }

    /** Writes what was begun. */
    public void to(ByteQueue into) {
        if (isAsItCame) {
            head.to(into);
            into.append(in, from, end);
            return;
        }
        int room = most - composer.length();
        if (end - from <= room) {
            composer.to(into, in, from, end);
            return;
        }
        composer.changeBool(moreAt, true);
        composer.to(into, in, from, from + room);
        for (int at = from + room; at < end; ) {
            int part = Math.min(end - at, roomInContinuation());
            continuation(at + part < end || hasMore).to(into, in, at, at + part);
            at += part;
        }
    }

    private FrameComposer continuation(boolean more) {
        FrameComposer frame = composer.begin(channel, CompositeType.TRANSFER)
                .uint(handle)
                .none()
                .none()
                .none()
                .none()
                .bool(more);
        return stateEnd > stateAt ? frame.none().encoded(in, stateAt, stateEnd) : frame;
    }
}
