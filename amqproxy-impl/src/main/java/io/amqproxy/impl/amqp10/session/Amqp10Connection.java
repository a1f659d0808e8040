package io.amqproxy.impl.amqp10.session;

import io.amqproxy.UpstreamView;
import io.amqproxy.impl.amqp10.broker.Amqp10Context;
import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.MessageHead;
import io.amqproxy.impl.amqp10.codec.SpeaksAmqp10;
import io.amqproxy.impl.amqp10.codec.TransferWriter;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.HoldBackNotice;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamIdentity;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import org.jspecify.annotations.Nullable;

/** The connection to the broker that an {@link UpstreamSession} is part of, as the session and its holder need it. */
public abstract class Amqp10Connection extends UpstreamConnection implements SpeaksAmqp10 {

    private final UpstreamOwner owner;
    private final Amqp10Context context;
    private final HandledFrames handled = new HandledFrames();
    private final RoomWaiters waitingForRoom = new RoomWaiters();
    private final HoldBackNotice notice;
    /** So many sessions have transfers for which the broker has no window. */
    private int heldBack;
    /** Clients wait as the broker does not read the connection. */
    private boolean full;

    protected Amqp10Connection(LoopContext loop, UpstreamOwner owner, UpstreamIdentity identity) {
        super(loop, identity);
        this.owner = owner;
        this.context = Amqp10Context.of(loop);
        this.notice = new HoldBackNotice(loop, this);
    }

    /** Who keeps it. */
    public final UpstreamOwner owner() {
        return owner;
    }

    @Override
    public final String protocol() {
        return "AMQP 1.0";
    }

    @Override
    public final @Nullable UpstreamView view() {
        return owner.view();
    }

    /** It has something that the broker knows by its client's container, or by the connection, from now on. */
    public abstract void endWithClient();

    /** How much of what clients said the broker has handled. */
    final HandledFrames handled() {
        return handled;
    }

    /** Whether nobody but this client has something at stake there. */
    public abstract boolean isOnlyOf(InboundSession client);

    /** What the broker said when it opened the connection. */
    public abstract BrokerOpen brokerOpen();

    /** Whether what the broker granted then is to be asked for again. */
    final boolean isTooOld(long since) {
        long age = loop.settings.maxChannelAge();
        return age > 0 && loop.now - since >= age;
    }

    /** The present turn's time. */
    public final long now() {
        return loop.now;
    }

    /** An empty queue of the loop's chunks. */
    final ByteQueue newQueue() {
        return new ByteQueue(loop.chunks);
    }

    /** {@return the loop's reader of messages that lie there as a whole} */
    public final MessageHead messageReader(boolean readsBody) {
        return context.messageReader(readsBody);
    }

    protected final Amqp10Context context() {
        return context;
    }

    public final FrameComposer composer() {
        return context.composer();
    }

    public final TransferWriter transferWriter() {
        return context.transferWriter();
    }

    /** The client is told, by {@link RoomWaiter#onRoom}, when there is room for more of what clients send. */
    public final void tellWhenThereIsRoom(RoomWaiter client) {
        waitingForRoom.add(client);
        onFull(true);
    }

    /** There is room, or there will never be. */
    protected final void onRoom() {
        onFull(false);
        waitingForRoom.wake();
    }

    /** Transfers begin to wait for the window of one of its sessions, or no longer do. */
    final void onHeldBack(boolean is) {
        heldBack += is ? 1 : -1;
        tellOfHoldBack();
    }

    private void onFull(boolean is) {
        if (full != is) {
            full = is;
            tellOfHoldBack();
        }
    }

    @Override
    public final boolean isHeldBack() {
        return notice.isOn();
    }

    private void tellOfHoldBack() {
        if (full || heldBack > 0) {
            notice.onFull();
        } else {
            notice.onRoom();
        }
    }

    /** The connection is over. */
    protected final void onOver() {
        notice.onOver();
    }

    /** Whether it has no room for more of what clients send. */
    public final boolean isFull() {
        return out().size() > Settings.UPSTREAM_HIGH_WATER;
    }

    /** The session's channel is free on both sides. */
    public abstract void onEnded(Slot ended);
}
