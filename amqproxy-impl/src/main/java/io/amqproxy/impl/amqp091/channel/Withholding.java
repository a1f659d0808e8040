package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.spi.Slot;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a channel keeps from the client that has it, which is nothing but for who reads more slowly than others can
 * wait.
 */
public final class Withholding {

    /** The channel. */
    interface Channel extends Surplus.Channel {

        /** The client that has it, or null. */
        @Nullable
        FrameReceiver client();
    }

    private final Channel channel;
    private @Nullable Surplus surplus;

    Withholding(Channel channel) {
        this.channel = channel;
    }

    /** A lease begins. */
    void begin() {
        if (surplus != null) {
            surplus.end();
            surplus = null;
        }
    }

    /** Keeps the method of a delivery back where its client may have no room for it; returns who has it, or null. */
    @Nullable
    DeliveryJudge hold(ByteBuffer in, int at, int tagAt, long tag) {
        Surplus active = active();
        if (active != null) {
            active.hold(in, at, tagAt, tag);
        }
        return active;
    }

    /** Whether each delivery has to be looked at, as the client may have no room for it. */
    boolean isActive() {
        return active() != null;
    }

    private @Nullable ClientFlow reader() {
        FrameReceiver client = channel.client();
        return client == null ? null : client.flow();
    }

    private @Nullable Surplus active() {
        ClientFlow reader = surplus == null ? reader() : null;
        if (surplus == null
                && reader != null
                && channel.session().backpressure().isInHurryWith(reader)
                && givesBack()) {
            surplus = new Surplus(channel, reader);
        }
        return surplus != null && surplus.isActive() ? surplus : null;
    }

    /** Whether messages for the client can be kept from it, and given back to the broker. */
    public boolean givesBack() {
        return channel.state() == Slot.State.LEASED
                && channel.session().takesMessagesBack()
                && channel.leftovers().mayWithhold()
                && (surplus == null || !surplus.isFull());
    }

    /** Whether there are messages that the client did not get. */
    public boolean isAny() {
        return surplus != null && !surplus.isEmpty();
    }

    /** Settles all up to a tag of the client's; returns false where one method does it. */
    public boolean settleAround(Method method, long tag, int bits) {
        return surplus != null && surplus.settleUpTo(method, tag, bits);
    }

    /** A transaction begins, in which nothing could be given back. */
    public void onTransaction() {
        if (surplus != null) {
            surplus.giveAllBack();
        }
    }

    /** The client has all go back to its queues, what it did not get too, and what is under way. */
    public void onRecover() {
        ClientFlow reader = reader();
        if (surplus == null && reader != null) {
            surplus = new Surplus(channel, reader);
        }
        if (surplus != null) {
            surplus.end();
        }
    }
}
