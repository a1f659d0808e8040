package io.amqproxy.impl.session;

/** A session whose link the proxy sets up. */
public abstract class OutboundSession extends Session {

    protected OutboundSession(LoopContext loop) {
        super(loop);
    }

    /** Whether the session still waits for its link. */
    public abstract boolean isConnecting();

    /** The link could not be set up. */
    public abstract void onConnectFailed(String why);
}
