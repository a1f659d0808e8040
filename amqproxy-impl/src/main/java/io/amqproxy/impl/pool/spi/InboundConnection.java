package io.amqproxy.impl.pool.spi;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.LoopContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's connection whose protocol is known: its life, which is the same in all protocols. */
public abstract class InboundConnection extends InboundSession {

    /** Where the connection is in its life. */
    protected enum State {
        HANDSHAKE,
        OPEN,
        /** The client has closed it, and waits for the answer. */
        LEAVING,
        /** It is closed towards the client, which has not answered yet. */
        CLOSING,
        ENDED
    }

    private static final Logger log = LoggerFactory.getLogger(InboundConnection.class);

    private State state = State.HANDSHAKE;
    private boolean proved;
    /** How the client has closed it. */
    private @Nullable CloseCause left;

    private @Nullable Runnable onEnd;

    protected InboundConnection(LoopContext loop) {
        super(loop);
    }

    protected final State state() {
        return state;
    }

    protected final void become(State next) {
        state = next;
    }

    @Override
    public final boolean isInHandshake() {
        return state == State.HANDSHAKE;
    }

    @Override
    public final boolean isOpen() {
        return state == State.OPEN;
    }

    /** Whether the client has closed the connection in order, and waits for the answer. */
    public final boolean isLeaving() {
        return state == State.LEAVING;
    }

    @Override
    public final boolean isOver() {
        return state == State.CLOSING || state == State.ENDED;
    }

    /** Whether nobody has begun to end it, so that it can be closed. */
    protected final boolean canBeClosed() {
        return state == State.HANDSHAKE || state == State.OPEN;
    }

    @Override
    public final boolean isProved() {
        return proved;
    }

    /** The broker has let the client in. */
    protected final void prove() {
        proved = true;
    }

    @Override
    public final void onEnd(Runnable action) {
        onEnd = action;
    }

    @Override
    protected final void onAttached() {
        loop.events.clientConnected(info());
        wakeAt(loop.now + loop.settings.handshakeTimeout());
    }

    // The end.

    /** The client closes the connection, for this reason: it becomes LEAVING. */
    protected final void beginLeaving(CloseCause reason) {
        left = reason;
        state = State.LEAVING;
        wakeAt(loop.now + loop.settings.closeTimeout());
    }

    /** A client that was leaving has its answer. */
    protected final void endLeaving() {
        ended(left == null ? CloseCause.byNetwork("closed") : left);
        if (endsStream()) {
            finish();
        } else {
            awaitEnd();
        }
    }

    /** Whether the broker ends the stream of a client that has closed its connection, and does not leave that to it. */
    protected boolean endsStream() {
        return false;
    }

    /** Gives back all that the client had; to be called once. */
    protected final void ended(CloseCause reason) {
        if (state != State.CLOSING) {
            state = State.ENDED;
        }
        giveBack();
        loop.events.clientDisconnected(counted(), reason.toReason());
        Runnable action = onEnd;
        onEnd = null;
        if (action != null) {
            action.run();
        }
    }

    /** The connection is over: what the client had of pools, of memory and at the broker is for others. */
    protected abstract void giveBack();

    @Override
    protected final void onDisconnected(String why) {
        endFor(CloseCause.byNetwork(why));
    }

    private void endFor(CloseCause why) {
        boolean alreadyTold = isOver();
        state = State.ENDED;
        if (!alreadyTold) {
            ended(left == null ? why : left);
        }
    }

    /** The proxy ends the connection, and the client is told nothing any more. */
    protected final void disconnectNow(CloseCause why) {
        endFor(why);
        cut();
    }

    /** Ends the socket at once, so that a client of the protocol notices. */
    protected abstract void cut();

    @Override
    protected final void giveWay(CloseCause why) {
        if (state == State.HANDSHAKE) {
            loop.events.clientRefused(info(), why.toReason());
            ended(why);
        }
        abort();
    }

    @Override
    public final void shed(long octets) {
        disconnectNow(CloseCause.byProxy(Kind.RESOURCE, "memory is short: " + octets + " octets unread"));
    }

    @Override
    public final void onFault(RuntimeException fault) {
        loop.lines.error(log, "{} failed and is closed", this, fault);
        disconnectNow(CloseCause.byProxy(Kind.FAILURE, "internal error"));
    }
}
