package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.ChannelHolder;
import io.amqproxy.impl.amqp091.channel.ClientFlow;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.WriteCoalescer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a channel of a client receives: frames of the broker, under the client's number of the channel, and in frames
 * that it takes; and what the client has set on it. The rest of the channel is in {@link ClientChannel}.
 */
abstract class ReceivingChannel implements ChannelHolder {

    final ClientConnection session;
    final int number;
    /** What the client has set on it, as it is; {@link #carried} is for who changes it. */
    RebindState carried = RebindState.NOTHING;

    ReceivingChannel(ClientConnection session, int number) {
        this.session = session;
        this.number = number;
    }

    /** What the client has set on it. */
    final RebindState carried() {
        carried = carried.orNew();
        return carried;
    }

    @Override
    public final void onDeclared(String queue) {
        carried().onDeclared(queue);
    }

    /** The newest delivery tag of earlier leases: the next one goes on from there. */
    @Override
    public final long lastDeliveryTag() {
        return carried.lastDeliveryTag();
    }

    /** How many publishes were confirmed in earlier leases: the next one goes on from there. */
    @Override
    public final long lastConfirmTag() {
        return carried.lastConfirmTag();
    }

    /** {@return the channel at the broker that it is bound to now, or null} */
    public abstract @Nullable UpstreamChannel upstream();

    @Override
    public final ClientConnection session() {
        return session;
    }

    @Override
    public final int number() {
        return number;
    }

    @Override
    public final ClientFlow flow() {
        return session.backpressure();
    }

    @Override
    public int frameMax() {
        return session.frameMax();
    }

    @Override
    public boolean understandsCancel() {
        return session.profile().capabilities().consumerCancelNotify();
    }

    @Override
    public void onCancelled(String tag) {
        if (understandsCancel()) {
            session.context()
                    .frames()
                    .method(number, Method.BASIC_CANCEL)
                    .shortString(tag)
                    .octet(1) // As of RabbitMQ, which wants no answer.
                    .to(session.out());
            session.flush();
        }
    }

    /** Passes on whole messages that carry this channel's number already. */
    @Override
    public void deliver(WriteCoalescer writes, ByteBuffer in, int at, int end) {
        writes.add(session.output(), in, at, end);
        tellIfBehind();
    }

    /** Passes on one frame. */
    @Override
    public void deliverFrame(WriteCoalescer writes, ByteBuffer in, int at, int length) {
        Frame.patchChannel(in, at, number);
        if (length <= session.frameMax()) {
            writes.add(session.output(), in, at, at + length);
        } else {
            writes.flush();
            session.output().forwardSplit(in, at, length);
        }
        tellIfBehind();
    }

    /** Passes on a part of a body as frames of their own. */
    @Override
    public void deliverPart(ByteBuffer in, int from, int to) {
        session.output().forwardPart(in, from, to, number);
        tellIfBehind();
    }

    /** Passes on a frame that was gathered, and carries this channel's number already. */
    @Override
    public void deliverGathered(ByteQueue frame) {
        session.output().forward(frame);
        tellIfBehind();
    }

    @Override
    public void onTooLarge(int octets) {
        session.onTooLarge(octets);
    }

    private void tellIfBehind() {
        UpstreamChannel from = upstream();
        if (session.backpressure().fallsBehind() && from != null) {
            from.session()
                    .backpressure()
                    .onBehind(
                            session.backpressure(), from.content().withholding().givesBack(), from.isPassingContent());
        }
    }
}
