package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.FrameReader;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Refusals;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Brings what a client sends to its channels, or to the session where it is about the connection. */
final class ClientFrames extends FrameReader {

    private final ClientConnection session;
    private final ClientChannels channels;
    private final ClientControl control;
    /** The content that has frames in the present read buffer. */
    private @Nullable HeldContent held;

    ClientFrames(ClientConnection session, ClientChannels channels, ClientControl control) {
        this.session = session;
        this.channels = channels;
        this.control = control;
    }

    @Override
    protected boolean isPaused() {
        return session.isPaused();
    }

    @Override
    protected boolean isEnded() {
        return session.isEnded();
    }

    @Override
    protected AmqpException badEnd(ByteBuffer in, int at, int length) {
        return Refusals.badEnd(in, at, length);
    }

    /** What is unfinished is copied out of the read buffer. */
    @Override
    protected void onTaken(ByteBuffer in, int at) {
        spillHeld(in, at);
    }

    /** RabbitMQ takes payloads of up to frame_max, so that a frame may exceed it by its overhead. */
    @Override
    protected int length(ByteBuffer in, int at) throws AmqpException {
        long size = Frame.size(in, at);
        if (size > session.frameMax()) {
            throw Refusals.frameTooLarge(Frame.type(in, at), size, session.frameMax() - Frame.OVERHEAD);
        }
        return (int) size + Frame.OVERHEAD;
    }

    @Override
    protected int forwardMessages(ByteBuffer in, int at, int limit) {
        ClientChannel channel = session.isOpen() ? channels.get(Frame.channel(in, at)) : null;
        return channel == null || held != null || channels.areJudged() || channels.areDeferred(channel.number())
                ? at
                : channel.forwardMessages(in, at, limit);
    }

    @Override
    protected boolean takeBeginning(ByteBuffer in, int at, int limit, int length) throws AmqpException {
        ClientChannel channel = session.isOpen() ? channels.get(Frame.channel(in, at)) : null;
        if (Frame.type(in, at) != Frame.BODY || channel == null || channel.state() != ClientChannel.State.OPEN) {
            return false;
        }
        if (channels.areDeferred(channel.number())) {
            return false;
        }
        if (!channel.isPublishing(held)) {
            spillHeld(in, at);
        }
        if (!channel.content().onBeginningOfBody(in, at, limit, length)) {
            return false;
        }
        begin(channel.content(), length - (limit - at));
        return true;
    }

    @Override
    protected boolean onFrame(ByteBuffer in, int at, int length) throws AmqpException {
        int number = Frame.channel(in, at);
        if (number == 0 || !session.isOpen()) {
            spillHeld(in, at);
            writes().flush();
            return control.onFrame(in, at, length);
        }
        ClientChannel channel = channels.get(number);
        if (channel == null || !channel.isPublishing(held)) {
            spillHeld(in, at);
        }
        if (channels.areDeferred(number)) {
            return channels.deferred().add(number, in, at, length);
        }
        return channels.onFrame(channel, in, at, length);
    }

    /**
     * Takes frames of one channel that had to wait, up to the first that has to wait for something else.
     *
     * @return where that begins
     */
    int takeAgain(ByteBuffer in) throws AmqpException {
        int at = 0;
        try {
            while (at < in.limit() && !isPaused() && session.isOpen()) {
                int length = length(in, at);
                if (!onFrame(in, at, length)) {
                    break;
                }
                at += length;
            }
        } finally {
            spillHeld(in, at);
            writes().flush();
        }
        return at;
    }

    // A message of which a part lies in the read buffer.

    void hold(@Nullable HeldContent content) {
        held = content;
    }

    private void spillHeld(ByteBuffer in, int at) {
        HeldContent unfinished = held;
        if (unfinished != null) {
            unfinished.spill(in, at);
        }
    }
}
