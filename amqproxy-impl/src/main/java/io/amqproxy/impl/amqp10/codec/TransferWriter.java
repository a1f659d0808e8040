package io.amqproxy.impl.amqp10.codec;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;

/** Passes transfers on: with the numbers of another session, and in more frames where one is too large for the peer. */
public final class TransferWriter {

    private TransferWriter() {}

    /**
     * Writes a transfer with its payload.
     *
     * @param transfer as it came, with its payload up to the offset {@code end}
     * @param hasId whether the transfer says its delivery's number, which every first one does
     * @param most octets of the largest frame that the peer takes
     * @return how many frames there are
     */
    public static int write(
            FrameComposer composer,
            int channel,
            int handle,
            boolean hasId,
            int id,
            Performative transfer,
            int end,
            int most,
            ByteQueue into) {
        ByteBuffer in = transfer.buffer();
        int at = transfer.end();
        FrameComposer frame = composer.begin(channel, Type.TRANSFER).uint(handle);
        if (hasId) {
            frame.uint(id);
        } else {
            frame.none();
        }
        frame.copy(transfer, Performative.TRANSFER_DELIVERY_TAG, Performative.TRANSFER_SETTLED);
        int moreAt = frame.length();
        boolean hasMore = transfer.bool(Performative.TRANSFER_MORE);
        frame.bool(hasMore).copy(transfer, Performative.TRANSFER_RCV_SETTLE_MODE, Performative.TRANSFER_BATCHABLE);
        int room = most - frame.length();
        if (end - at <= room) {
            frame.to(into, in, at, end);
            return 1;
        }
        frame.changeBool(moreAt, true);
        frame.to(into, in, at, at + room);
        return 1 + writeRest(composer, channel, handle, in, at + room, end, hasMore, most, into);
    }

    private static int writeRest(
            FrameComposer composer,
            int channel,
            int handle,
            ByteBuffer in,
            int from,
            int end,
            boolean hasMore,
            int most,
            ByteQueue into) {
        int frames = 0;
        for (int at = from; at < end; frames++) {
            FrameComposer frame = composer.begin(channel, Type.TRANSFER)
                    .uint(handle)
                    .none()
                    .none()
                    .none()
                    .none();
            int part = Math.min(end - at, most - frame.length() - 1);
            frame.bool(at + part < end || hasMore).to(into, in, at, at + part);
            at += part;
        }
        return frames;
    }
}
