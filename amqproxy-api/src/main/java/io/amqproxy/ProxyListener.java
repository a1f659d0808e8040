package io.amqproxy;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Watches a proxy. Override what you need; all methods do nothing by default. Methods are called by one thread, one at
 * a time, after the fact, and may block (see the numbered guarantees of this package). What they throw is logged.
 */
public interface ProxyListener {

    /**
     * The proxy listens.
     *
     * @param address the listening address; the first one where it has several
     */
    default void proxyStarted(InetSocketAddress address) {}

    /** The proxy accepts no more clients and waits for those that are here. */
    default void proxyDraining() {}

    /** New leases wait from now on, see {@link AmqProxy#pause}. */
    default void proxyPaused() {}

    /** Leases are made again after {@link #proxyPaused}. */
    default void proxyResumed() {}

    /** Other settings are in force from now on, see {@link AmqProxy#reload}. */
    default void proxyReloaded() {}

    /** The proxy ended; no event follows. */
    default void proxyStopped() {}

    /**
     * An endpoint of the broker answers: for the first time, or again after {@link #brokerUnreachable}.
     *
     * @param endpoint its {@code host:port}
     * @param route the name of its {@link Route}, or null where it is one of the builder's own broker
     */
    default void brokerReachable(String endpoint, @Nullable String route) {}

    /**
     * An endpoint of the broker does not answer. Connections go to the others. Where none answers clients wait; once
     * that has lasted as long as they may wait, they are refused. Told as well of one that answered and that a reload
     * took away.
     *
     * @param endpoint its {@code host:port}
     * @param reason what happened to the attempt
     * @param route the name of its {@link Route}, or null where it is one of the builder's own broker
     */
    default void brokerUnreachable(String endpoint, String reason, @Nullable String route) {}

    /**
     * The proxy's buffers are used up, see {@link AmqProxy.Builder#maxBufferBytes}: clients are not read, new ones are
     * closed when they connect, and those that hold the most may be closed.
     *
     * @param bytes how much is in use
     */
    default void memoryShort(long bytes) {}

    /** There are buffers again, after {@link #memoryShort}. */
    default void memoryRelieved() {}

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
     * @param client the client, as far as known, with the vhost that it asked for
     * @param reason what it was told
     */
    default void clientRefused(ClientInfo client, CloseReason reason) {}

    /**
     * The broker has refused so many different secrets from this client's address, for its user or for several, or this
     * secret so often, that such log-ins are refused without asking it.
     *
     * @param client the client whose log-in was refused last
     * @param time for how long, since now
     */
    default void loginsBlocked(ClientInfo client, Duration time) {}

    /**
     * A log-in was refused without asking the broker, see {@link ClientLimits#failedLogins}; {@link #clientRefused}
     * follows.
     *
     * @param client the client
     * @param time for how long such log-ins are refused, since now
     */
    default void loginRefusedUnasked(ClientInfo client, Duration time) {}

    /**
     * There is no next secret for a login that ends soon, see {@link UpstreamLogin.Renewal}; or the broker did not
     * accept it for a connection, which is replaced.
     *
     * @param user the user at the broker
     * @param reason what happened; never holds a secret
     */
    default void credentialsNotRenewed(String user, String reason) {}

    /**
     * A limit was reached that refuses or closes nobody: others wait, or a message is not taken. Told again for the
     * same limit, user and vhost only after 10 seconds. Calls {@link #limitReached(String, String, String)} unless it
     * is overridden.
     *
     * @param limit which one, what happens now, and to whom
     */
    default void limitReached(LimitInfo limit) {
        limitReached(limit.limit(), limit.effect(), limit.user());
    }

    /**
     * Is what {@link #limitReached(LimitInfo)} tells, without vhost, route and client.
     *
     * @param limit the name of its setting, as {@code newClientsPerSecond}, or {@code loginsUnderWay}; or
     *     {@code brokerConnections} where it is the broker that lets the user or the vhost have no more connections,
     *     {@code brokerChannels} where it lets the user have no more channels
     * @param effect what happens now, and to whom
     * @param user the user at the broker whose clients wait, or null where it is about everybody
     */
    default void limitReached(String limit, String effect, @Nullable String user) {}

    /**
     * A client has sent more than its user may send in a second, and is not read for a while. Told of each client when
     * that begins, and then, if it happens again, with what it came to: after 10 seconds, again and again, and when the
     * client leaves. So the sum of all times is for how long the client was not read.
     *
     * @param client the client
     * @param time for how long it is not read this time, or was not read in all since that was told last
     */
    default void clientSlowed(ClientInfo client, Duration time) {}

    /**
     * A client does not read what it is sent as fast as others on its connection to the broker need: they wait for it,
     * or messages for it go back to their queues until it has read. Each of these is told of a client again only after
     * 10 seconds.
     *
     * @param client the client
     * @param effect which of these, in words
     */
    default void clientBehind(ClientInfo client, String effect) {}

    /**
     * A client is kept apart from others for ten minutes, as far as there may be a connection for that: the broker has
     * closed one for what it may have sent, or it did not read while others waited for it.
     *
     * @param client the client
     * @param reason which of these, in words
     */
    default void clientKeptApart(ClientInfo client, String reason) {}

    /**
     * The first octets of a client are of another protocol than the listener speaks, or of none; its end follows.
     *
     * @param client the client, without user and vhost
     * @param protocol {@code TLS}, {@code PROXY}, {@code HTTP}, {@code MQTT}, {@code STOMP}, {@code another AMQP} or
     *     {@code unknown}
     */
    default void foreignProtocol(ClientInfo client, String protocol) {}

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
     * @param took connecting, log-in and opening the vhost, without the time in which nobody had asked for a vhost yet
     */
    default void upstreamOpened(UpstreamInfo upstream, Duration took) {}

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
     * The broker holds back what clients publish on a connection: it says so, as in a memory alarm, or clients have
     * waited for a second as it reads too little. Told once, until {@link #publishersReleased}.
     *
     * @param upstream the connection
     * @param reason the broker's words, or for how long it has read too little
     */
    default void publishersHeldBack(UpstreamInfo upstream, String reason) {}

    /**
     * What clients publish goes on; follows every {@link #publishersHeldBack}, if by the end of the connection.
     *
     * @param upstream the connection
     * @param time for how long it was held back
     */
    default void publishersReleased(UpstreamInfo upstream, Duration time) {}

    /**
     * A channel of a client was bound to a channel of an upstream.
     *
     * @param lease the binding
     * @param waited since the method that needed it; zero where it was made at once
     */
    default void channelLeased(LeaseInfo lease, Duration waited) {}

    /**
     * A lease ended; follows every {@link #channelLeased}.
     *
     * @param lease the binding
     * @param release what became of the channel, why, and what went over it
     */
    default void channelReleased(LeaseInfo lease, Release release) {}

    /**
     * A released channel may serve again: the broker has proved that it handled all that went before.
     *
     * @param upstream its connection
     * @param channel its number on that connection
     * @param took since the lease ended; zero where all was proved by then
     */
    default void channelFenced(UpstreamInfo upstream, int channel, Duration took) {}

    /**
     * Messages that clients published without confirms, and left, were lost with their upstream before the broker had
     * proved that it handled them.
     *
     * @param upstream the connection that was lost
     * @param messages how many, at most: the broker may have handled some
     */
    default void publishesLost(UpstreamInfo upstream, long messages) {}
}
