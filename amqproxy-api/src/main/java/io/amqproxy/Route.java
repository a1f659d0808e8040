package io.amqproxy;

import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Consumer;

/**
 * A broker that some clients are served by, beside the one that {@link AmqProxy.Builder#upstream} names; see
 * {@link AmqProxy.Builder#route}. It has endpoints, pools, limits and figures of its own, and what its broker has
 * accepted proves nothing at another one: not a password, not a token.
 *
 * <p>{@link #listenAddresses}, {@link #users} and {@link #vhosts} say whose it is; where more of them are given a
 * client has to fit all. One of them is needed, as the broker of all others is the builder's. A route is refused at the
 * start that names what a route before it has already, as nobody would come to it by that name. What is not said here
 * is as the builder says it, whatever is said there later; times that are not listed here, bytes and
 * {@link ClientLimits} but for those below are those of the whole proxy.
 *
 * <p>Methods check what they are given at once, as the builder's do, and throw {@link IllegalArgumentException}; null
 * is given to none. Only the proxy implements this; later versions may have more of it.
 */
public interface Route {

    // Whose it is.

    /**
     * Clients that come to these addresses, of those that are listened on and have a {@link ListenOptions#name}.
     *
     * @param names of addresses; adds to what was given before
     * @return this
     */
    Route listenAddresses(String... names);

    /**
     * Clients that log in as these users, by the name that they say, or that {@link ExternalLogin} has for their
     * certificate; a {@link CredentialMapper} is asked later, and says as whom they log in at the broker of this route.
     *
     * @param names of users, in which {@code *} stands for any characters, as in {@code orders-*}; adds to what was
     *     given before
     * @return this
     */
    Route users(String... names);

    /**
     * Clients that open these vhosts. In AMQP 1.0 that is the hostname in the client's {@code open}, without
     * {@code vhost:} before it where that is there.
     *
     * <p>A client names its vhost after it has logged in. Where the vhost chooses between several routes, the log-in is
     * therefore answered without a broker, and user and secret are proved at the broker of the vhost's route when the
     * vhost is opened: a wrong password is told by a close with 403, or {@code amqp:unauthorized-access}, after a
     * log-in that seemed to succeed. Where a client can have but one route by the address that it came to and its user,
     * its log-in is proved as ever. A vhost that no route takes is refused with 530, or {@code amqp:not-allowed}, to
     * who has proved to be a user of the first of the routes that the client could have had; others hear that their
     * log-in is refused.
     *
     * @param names of vhosts, in which {@code *} stands for any characters; adds to what was given before
     * @return this
     */
    Route vhosts(String... names);

    // Its broker.

    /**
     * The endpoints of its broker, see {@link AmqProxy.Builder#upstream}. Required, this or {@link #upstreams}.
     *
     * @param first the broker's address, the preferred one of {@link EndpointChoice#ordered}
     * @param more its other addresses, at most 99
     * @return this
     */
    Route upstream(String first, String... more);

    /**
     * The same, for endpoints that come from a list of the application.
     *
     * @param uris 1 to 100 of them, in order
     * @return this
     */
    Route upstreams(Collection<URI> uris);

    /**
     * Which endpoint its next connection goes to. Default: {@link EndpointChoice#ordered()}.
     *
     * @param choice the choice
     * @return this
     */
    Route endpointChoice(EndpointChoice choice);

    /**
     * How to do TLS with its broker. Default: as {@link UpstreamTls} says, and not what the builder's broker has.
     *
     * @param settings is given the settings to change, at once
     * @return this
     */
    Route upstreamTls(Consumer<? super UpstreamTls> settings);

    /**
     * Whether its broker is told by the PROXY protocol who connects, see
     * {@link AmqProxy.Builder#upstreamProxyProtocol}. Default: no.
     *
     * @param told whether it is told
     * @return this
     */
    Route upstreamProxyProtocol(boolean told);

    // Its pools. Default of each: as the builder says.

    /**
     * Who shares which of its connections, see {@link AmqProxy.Builder#policy}.
     *
     * @param policy the policy
     * @return this
     */
    Route policy(PoolPolicy policy);

    /**
     * Connections of one pool, see {@link AmqProxy.Builder#maxConnections}.
     *
     * @param connections at least 1
     * @return this
     */
    Route maxConnections(int connections);

    /**
     * Connections to its broker of all of its pools together, see {@link AmqProxy.Builder#maxTotalConnections}. Each
     * route has a limit of its own; that of the builder is for each one that says nothing.
     *
     * @param connections at least 2, or 0 for no limit
     * @return this
     */
    Route maxTotalConnections(int connections);

    /**
     * Connections that a pool opens ahead, see {@link AmqProxy.Builder#minConnections}.
     *
     * @param connections at least 0
     * @return this
     */
    Route minConnections(int connections);

    /**
     * Channels that are opened ahead, see {@link AmqProxy.Builder#warmChannels}.
     *
     * @param channels at least 0
     * @return this
     */
    Route warmChannels(int channels);

    /**
     * Channels used on one connection, see {@link AmqProxy.Builder#maxChannelsPerConnection}.
     *
     * @param channels 1 to 65,535
     * @return this
     */
    Route maxChannelsPerConnection(int channels);

    /**
     * How long a connection without leases stays open, see {@link AmqProxy.Builder#idleTimeout}.
     *
     * @param timeout positive, at most a year
     * @return this
     */
    Route idleTimeout(Duration timeout);

    /**
     * How long a connection serves, see {@link AmqProxy.Builder#maxLifetime}.
     *
     * @param lifetime positive and at most a year, or zero for ever
     * @return this
     */
    Route maxLifetime(Duration lifetime);

    /**
     * How long its broker's yes to a log-in is believed, see {@link AmqProxy.Builder#credentialTtl}.
     *
     * @param ttl positive, at most a year
     * @return this
     */
    Route credentialTtl(Duration ttl);

    /**
     * What connections are called at its broker, see {@link AmqProxy.Builder#connectionName}.
     *
     * @param template the template
     * @return this
     */
    Route connectionName(String template);

    // What its clients may take. Default of each: as the builder's limits say; each route counts for itself.

    /**
     * Clients of one user in one vhost, see {@link ClientLimits#clientsPerUser}.
     *
     * @param clients at least 1, or 0 for no limit
     * @return this
     */
    Route clientsPerUser(int clients);

    /**
     * Messages that the clients of one user in one vhost publish, see {@link ClientLimits#messagesPerSecond}.
     *
     * @param messages a second, at least 1, or 0 for no limit
     * @return this
     */
    Route messagesPerSecond(long messages);

    /**
     * Bytes that the clients of one user in one vhost send, see {@link ClientLimits#bytesPerSecond}.
     *
     * @param bytes a second, at least 1, or 0 for no limit
     * @return this
     */
    Route bytesPerSecond(long bytes);
}
