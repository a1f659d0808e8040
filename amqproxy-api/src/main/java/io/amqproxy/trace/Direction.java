package io.amqproxy.trace;

/** Which way something was said. Later versions may have more of them. */
public enum Direction {
    /** A client said it to the proxy. */
    FROM_CLIENT(true, false),
    /** The proxy said it to a client. */
    TO_CLIENT(true, true),
    /** The proxy said it to the broker. */
    TO_BROKER(false, true),
    /** The broker said it to the proxy. */
    FROM_BROKER(false, false);

    private final boolean ofClient;
    private final boolean byProxy;

    Direction(boolean ofClient, boolean byProxy) {
        this.ofClient = ofClient;
        this.byProxy = byProxy;
    }

    /** {@return whether it went over a client's connection, and not over one to the broker} */
    public boolean isOfClient() {
        return ofClient;
    }

    /** {@return whether the proxy said it} */
    public boolean isByProxy() {
        return byProxy;
    }
}
