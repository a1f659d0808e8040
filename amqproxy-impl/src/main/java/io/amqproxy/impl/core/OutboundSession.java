package io.amqproxy.impl.core;

/** A session whose link the proxy sets up. */
public abstract class OutboundSession extends Session {

    private boolean linked;

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

    /** The link could not be set up. */
    public abstract void onConnectFailed(String why);
}
