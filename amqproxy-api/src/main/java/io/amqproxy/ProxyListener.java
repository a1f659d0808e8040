package io.amqproxy;

import java.net.InetSocketAddress;

/**
 * Watches a proxy. Override what you need; all methods do nothing by default. Methods are called by one thread, one at
 * a time, after the fact, and may block (see the numbered guarantees of this package). What they throw is logged.
 */
public interface ProxyListener {

    /**
     * The proxy listens.
     *
     * @param address the listening address
     */
    default void proxyStarted(InetSocketAddress address) {}

    /** The proxy accepts no more clients and waits for those that are here. */
    default void proxyDraining() {}

    /** The proxy ended; no event follows. */
    default void proxyStopped() {}

    /**
     * A client's connection was accepted.
     *
     * @param client the client, without user and vhost yet
     */
    default void clientConnected(ClientInfo client) {}

    /**
     * A client logged in and opened its vhost; the broker had accepted both.
     *
     * @param client the client
     */
    default void clientAuthenticated(ClientInfo client) {}

    /**
     * A client was refused before its connection was open.
     *
     * @param client the client, as far as known
     * @param reason what it was told
     */
    default void clientRefused(ClientInfo client, CloseReason reason) {}

    /**
     * A client's connection ended; follows every {@link #clientConnected}.
     *
     * @param client the client
     * @param reason why
     */
    default void clientDisconnected(ClientInfo client, CloseReason reason) {}

    /**
     * A connection to the broker is being opened.
     *
     * @param upstream the connection
     */
    default void upstreamConnecting(UpstreamInfo upstream) {}

    /**
     * The broker accepted log-in and vhost.
     *
     * @param upstream the connection
     */
    default void upstreamOpened(UpstreamInfo upstream) {}

    /**
     * A connection to the broker could not be opened.
     *
     * @param upstream the connection
     * @param reason why
     */
    default void upstreamFailed(UpstreamInfo upstream, CloseReason reason) {}

    /**
     * An open connection to the broker ended; follows every {@link #upstreamOpened}.
     *
     * @param upstream the connection
     * @param reason why
     */
    default void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {}

    /**
     * A channel of a client was bound to a channel of an upstream.
     *
     * @param lease the binding
     */
    default void channelLeased(LeaseInfo lease) {}

    /**
     * A lease ended; follows every {@link #channelLeased}.
     *
     * @param lease the binding
     * @param release what became of the channel, why, and what went over it
     */
    default void channelReleased(LeaseInfo lease, Release release) {}

    /**
     * Messages that clients published without confirms, and left, were lost with their upstream before the broker had
     * proved that it handled them.
     *
     * @param upstream the connection that was lost
     * @param messages how many, at most: the broker may have handled some
     */
    default void publishesLost(UpstreamInfo upstream, long messages) {}
}
