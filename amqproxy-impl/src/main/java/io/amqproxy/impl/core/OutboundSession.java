package io.amqproxy.impl.core;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A session whose link the proxy sets up. */
public abstract class OutboundSession extends Session {

    private boolean linked;
    private boolean queued;

    protected OutboundSession(LoopContext loop) {
        super(loop);
    }

    /** Whether the session still waits for its link. */
    public abstract boolean isConnecting();

    /** The endpoint was reached; the link is up as soon as TLS is. */
    public final void onLinked() {
        if (isConnecting()) {
            linked = true;
            wakeAt(loop.now + loop.settings.tlsTimeout());
        }
    }

    protected final boolean isLinked() {
        return linked;
    }

    /** The look-up of the endpoint's name waits for others, or no longer does. */
    public final void setQueued(boolean isQueued) {
        queued = isQueued;
    }

    /** Whether connecting has not begun, as the proxy has too much to do. */
    protected final boolean isQueued() {
        return queued;
    }

    /** {@return the address of the client that it is opened for, or null where it is for many, or for the proxy} */
    public @Nullable InetSocketAddress clientAddress() {
        return null;
    }

    /** The link could not be set up. */
    public abstract void onConnectFailed(String why);

    /** The proxy lacks what it takes to set up the link, which says nothing about the endpoint. */
    public abstract void onConnectImpossible(String why);
}
