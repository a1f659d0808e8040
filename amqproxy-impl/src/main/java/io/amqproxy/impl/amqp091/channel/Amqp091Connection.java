package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.UpstreamView;
import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ShortName;
import io.amqproxy.impl.buffer.WriteCoalescer;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.ClientQueue;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamIdentity;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connection to the broker that an {@link UpstreamChannel} is part of, as the channel and its holder need it. */
public abstract class Amqp091Connection extends UpstreamConnection implements WriteCoalescer.Sink {

    private static final Logger log = LoggerFactory.getLogger(Amqp091Connection.class);

    private final UpstreamOwner owner;
    private final Amqp091Context context;
    private final ShortName nameReader = ShortName.reader();

    protected Amqp091Connection(LoopContext loop, UpstreamOwner owner, UpstreamIdentity identity) {
        super(loop, identity);
        this.owner = owner;
        this.context = Amqp091Context.of(loop);
    }

    /** Who keeps it. */
    public final UpstreamOwner owner() {
        return owner;
    }

    @Override
    public final String protocol() {
        return "AMQP 0-9-1";
    }

    @Override
    public final @Nullable UpstreamView view() {
        return owner.view();
    }

    /** The largest frame that the broker takes. */
    public abstract int frameMax();

    public final LoopContext loop() {
        return loop;
    }

    /** The present turn's time. */
    public final long now() {
        return loop.now;
    }

    public final Settings settings() {
        return loop.settings;
    }

    protected final Amqp091Context context() {
        return context;
    }

    public final FrameWriter frames() {
        return context.frames();
    }

    /** For looking up names that the broker says. */
    public final ShortName nameReader() {
        return nameReader;
    }

    /** Deletes a queue if it is exclusive to this connection still, on an idle channel that is closed then. */
    @Override
    public final void deleteQueue(ClientQueue queue, Slot on) {
        ((ExclusiveQueue) queue).writeDelete(context.frames(), on.number(), out());
        on.close();
    }

    /** Takes a gathered message over. */
    public abstract void forward(ByteQueue message);

    public abstract UpstreamBackpressure backpressure();

    @Override
    public final boolean isHeldBack() {
        return backpressure().isHeldBack();
    }

    /** Whether it has no room for more of what clients publish. */
    public final boolean isFull() {
        return out().size() > Settings.UPSTREAM_HIGH_WATER;
    }

    /** The broker, which was left unread, is read again. */
    public abstract void readAgain();

    /** Whether the broker is known to answer fences, whatever client is on the channel. */
    public abstract boolean answersFences();

    /** Whether the broker is known to deliver again what is given back. */
    public final boolean takesMessagesBack() {
        return context.greeting().profile().takesMessagesBack();
    }

    /**
     * A channel that nobody waits for is to be closed.
     *
     * @return whether its turn is later, when {@link ClosedInTurn#closeInTurn} is called
     */
    public abstract boolean closesLater(ClosedInTurn channel);

    @Override
    public final boolean tellsOfOpening() {
        return true;
    }

    // What channels tell.

    /** The broker has handled what went over a channel before its fence. */
    public final void onFenced(Slot channel) {
        loop.events.channelFenced(info(), channel.number(), Duration.ofNanos(loop.now - channel.releasedAt()));
    }

    /** Something was published without a confirm to come. */
    public abstract void onPublished();

    /** The channel is gone, and its number free, unless it is lost: nobody may open that again. */
    public abstract void onChannelClosed(Slot channel, boolean isNumberLost);

    /** The broker has said something on a channel that does not fit; the channel serves nobody else. */
    public final void onUnsound(Slot channel, String what) {
        loop.lines.warn(log, "{} is not used again: the broker sent {}", channel, what);
    }

    /** Whether the broker tells when nothing more can come on a channel that it closed. */
    public abstract boolean tellsOfLastWord();

    /** The broker has exchanges of this type. */
    public final void onExchangeType(String type) {
        context.exchangeTypes().add(type);
    }
}
