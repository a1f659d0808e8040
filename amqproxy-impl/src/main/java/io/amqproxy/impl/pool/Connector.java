package io.amqproxy.impl.pool;

import io.amqproxy.impl.session.OutboundSession;

/** Connects sessions to the broker. */
public interface Connector {

    /** {@return {@code host:port} of the broker, for people} */
    String endpoint();

    /**
     * Sets up a link and attaches it, or calls {@link OutboundSession#onConnectFailed}; never from within this call.
     */
    void connect(OutboundSession session);
}
