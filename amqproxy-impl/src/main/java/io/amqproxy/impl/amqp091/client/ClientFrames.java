package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.PartialFrame;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Refusals;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.Run;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the frames in what a client sends, and brings them to its channels, or to the session where they are about the
 * connection. What goes on to the same upstream stays together in a {@link Run}.
 */
final class ClientFrames {

    private final ClientSession session;
    private final ClientChannels channels;
    private final Run run = new Run();
    /** The content that has frames in the present read buffer. */
    private @Nullable IncomingContent held;

    private @Nullable PartialFrame partial;

    ClientFrames(ClientSession session, ClientChannels channels) {
        this.session = session;
        this.channels = channels;
    }

    Run run() {
        return run;
    }

    /** Takes what there is, up to the first frame that is not there as a whole or for which the client has to wait. */
    void parse(ByteBuffer in) throws AmqpException {
        int at = in.position();
        int limit = in.limit();
        try {
            if (partial != null && partial.isPending()) {
                at = partial.take(in, at, limit);
            }
            while (limit - at >= Frame.PAYLOAD_OFFSET && !session.isPaused()) {
                int next = forwardMessages(in, at, limit);
                if (next > at || session.isPaused()) {
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
                    throw Refusals.badEnd(in, at, length);
                }
                if (!onFrame(in, at, length)) {
                    break;
                }
                at += length;
            }
        } finally {
            spillHeld(in, at);
            run.flush();
            in.position(session.isEnded() ? limit : at);
        }
    }

    /** RabbitMQ takes payloads of up to frame_max, so that a frame may exceed it by its overhead. */
    private int length(ByteBuffer in, int at) throws AmqpException {
        long size = Frame.size(in, at);
        if (size > session.frameMax()) {
            throw Refusals.frameTooLarge(Frame.type(in, at), size, session.frameMax() - Frame.OVERHEAD);
        }
        return (int) size + Frame.OVERHEAD;
    }

    /** Forwards the messages that lie here as a whole; answers the offset behind them. */
    private int forwardMessages(ByteBuffer in, int at, int limit) {
        ClientChannel channel = session.isOpen() ? channels.get(Frame.channel(in, at)) : null;
        return channel == null || held != null ? at : channel.forwardMessages(in, at, limit);
    }

    /** Takes what has come of a body frame that goes beyond the buffer's end, where that is possible. */
    private boolean takeBeginning(ByteBuffer in, int at, int limit, int length) throws AmqpException {
        ClientChannel channel = session.isOpen() ? channels.get(Frame.channel(in, at)) : null;
        if (Frame.type(in, at) != Frame.BODY || channel == null || channel.state() != ClientChannel.State.OPEN) {
            return false;
        }
        if (held != channel.content()) {
            spillHeld(in, at);
        }
        if (!channel.content().onBeginningOfBody(in, at, limit, length)) {
            return false;
        }
        if (partial == null) {
            partial = new PartialFrame();
        }
        partial.begin(channel.content(), length - (limit - at));
        return true;
    }

    private boolean onFrame(ByteBuffer in, int at, int length) throws AmqpException {
        int number = Frame.channel(in, at);
        if (number == 0 || !session.isOpen()) {
            spillHeld(in, at);
            run.flush();
            session.control().onFrame(in, at, length);
            return true;
        }
        ClientChannel channel = channels.get(number);
        if (channel == null || channel.content() != held) {
            spillHeld(in, at);
        }
        return channels.onFrame(channel, in, at, length);
    }

    // A message of which a part lies in the read buffer, and one of whose frames a part has come.

    void hold(@Nullable IncomingContent content) {
        held = content;
    }

    private void spillHeld(ByteBuffer in, int at) {
        IncomingContent unfinished = held;
        if (unfinished != null) {
            unfinished.spill(in, at);
        }
    }

    /** What is still to come of this message's frame is dropped. */
    void forgetPartial(IncomingContent content) {
        if (partial != null) {
            partial.forget(content);
        }
    }

    @Nullable
    ByteQueue bulk() {
        return partial == null ? null : partial.bulk();
    }

    int bulkOctets() {
        return partial == null ? 0 : partial.bulkOctets();
    }

    void onBulk(int octets) {
        if (partial != null) {
            partial.onBulk(octets);
        }
    }
}
