package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.UpstreamView;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ShortName;
import io.amqproxy.impl.buffer.WriteCoalescer;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import org.jspecify.annotations.Nullable;

/** The connection to the broker that an {@link UpstreamChannel} is part of, as the channel and its holder need it. */
public abstract class Amqp091Connection extends UpstreamConnection implements WriteCoalescer.Target {

    protected Amqp091Connection(LoopContext loop) {
        super(loop);
    }

    /** Who keeps it. */
    public abstract UpstreamOwner owner();

    @Override
    public final @Nullable UpstreamView view() {
        return owner().view();
    }

    /** The largest frame that the broker takes. */
    public abstract int frameMax();

    public final LoopContext loop() {
        return loop;
    }

    /** The present turn's time. */
    public abstract long now();

    public abstract FrameWriter frames();

    /** Takes a gathered message over. */
    public abstract void forward(ByteQueue message);

    public abstract UpstreamBackpressure backpressure();

    /** Whether it has no room for more of what clients publish. */
    public abstract boolean isFull();

    public abstract Settings settings();

    /** The reader of short names, which belongs to the loop. */
    public abstract ShortName nameReader();

    /** The broker, which was left unread, is read again. */
    public abstract void readAgain();

    // What channels tell.

    public abstract void onFenced(Slot channel);

    /** Something was published without a confirm to come. */
    public abstract void onPublished();

    /** The channel is gone, and its number free, unless it is lost: nobody may open that again. */
    public abstract void onChannelClosed(Slot channel, boolean isNumberLost);

    /** The broker said something on a channel that cannot be; the connection is not trusted any more. */
    public abstract void onUnsound(Slot channel, String what);

    /** Whether the broker tells when nothing more can come on a channel that it closed. */
    public abstract boolean tellsOfLastWord();

    /** The broker has exchanges of this type. */
    public abstract void onExchangeType(String type);
}
