package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.OutboundSession;

/** Connects sessions to one endpoint of the broker. */
public interface Connector {

    /** {@return {@code host:port} of the endpoint, which tells it from others} */
    String endpoint();

    /**
     * Sets up a link and attaches it, or calls {@link OutboundSession#onConnectFailed} or
     * {@link OutboundSession#onConnectImpossible}; never from within this call.
     */
    void connect(OutboundSession session);
}
