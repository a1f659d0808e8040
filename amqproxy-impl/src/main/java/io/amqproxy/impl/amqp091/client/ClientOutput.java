package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameSplitter;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.WriteCoalescer;
import java.nio.ByteBuffer;

/** What the broker says to a client, on its way there: runs of frames as they are, and frames that need more. */
final class ClientOutput implements WriteCoalescer.Sink {

    private final ClientConnection session;

    ClientOutput(ClientConnection session) {
        this.session = session;
    }

    private boolean isWanted() {
        return session.isOpen() || session.isLeaving();
    }

    @Override
    public void forward(ByteBuffer in, int from, int to) {
        if (isWanted()) {
            session.send(in, from, to);
        }
    }

    /** Passes on a frame that is too large for this client: a body in parts, anything else as RabbitMQ does, whole. */
    void forwardSplit(ByteBuffer in, int at, int length) {
        if (Frame.type(in, at) != Frame.BODY) {
            forward(in, at, at + length);
        } else {
            forwardPart(in, at + Frame.PAYLOAD_OFFSET, at + length - 1, Frame.channel(in, at));
        }
    }

    /** Passes on a part of the payload of a body frame that is too large for this client. */
    void forwardPart(ByteBuffer in, int from, int to, int channel) {
        if (isWanted()) {
            FrameSplitter.splitPayload(
                    session.context().frames(), in, from, to, channel, session.frameMax(), session.out());
            session.flush();
        }
    }

    /** Takes over a frame that came in parts. */
    void forward(ByteQueue frame) {
        if (isWanted() && !session.isBroken()) {
            session.out().take(frame);
            session.flush();
        }
    }
}
