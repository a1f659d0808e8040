package io.amqproxy;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * A running AMQP 0-9-1 proxy. Clients connect to it as to a broker; it answers their handshake itself and lends them
 * channels of connections that it keeps open to the real broker.
 *
 * <pre>{@code
 * try (AmqProxy proxy = AmqProxy.builder().upstream("amqp://broker").listen(5673).start()) {
 *     connectionFactory.setUri(proxy.uri() + "/");
 *     ...
 * }
 * }</pre>
 *
 * <p>All methods may be called from any thread. Several proxies may run in one JVM; they share nothing.
 */
public interface AmqProxy extends AutoCloseable {

    /**
     * {@return a builder with every setting at its default}
     *
     * @throws IllegalStateException if no implementation ({@code io.amqproxy:amqproxy-impl}) is on the class path or
     *     module path
     */
    static Builder builder() {
        return Provider.get().newBuilder();
    }

    /** {@return the address that the proxy listens on, with its real port} */
    InetSocketAddress address();

    /** {@return {@code amqp://host:port} of {@link #address()}, without user, password or vhost} */
    URI uri();

    /**
     * {@return counters and gauges of this moment} After {@link #close()} the last figures are returned.
     *
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    ProxyStats stats();

    /**
     * {@return the clients that are connected now, in no order} Empty after {@link #close()}.
     *
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    List<ClientInfo> clients();

    /**
     * Closes one client's connection as a broker's operator would: with {@code connection.close} 320
     * (CONNECTION_FORCED) and the given text.
     *
     * @param clientId {@link ClientInfo#id()}
     * @param reason a text for the client, at most 200 characters are sent
     * @return whether such a client was connected
     */
    boolean closeClient(long clientId, String reason);

    /**
     * Stops accepting clients and lets those that are here finish. Clients that are still connected after the grace are
     * closed with 320 (CONNECTION_FORCED); then the upstreams are closed in order and the proxy ends, as after
     * {@link #close()}.
     *
     * @param grace how long clients may take; zero closes them at once
     * @return whether all clients had left by themselves
     */
    boolean drain(Duration grace);

    /** Same as {@link #drain} without grace. Closing twice does nothing. */
    @Override
    void close();

    /**
     * Collects the settings of a proxy. Every method returns this builder. Values that make no sense are refused with
     * {@link IllegalArgumentException} by the method that gets them.
     */
    interface Builder {

        /**
         * The broker, as {@code amqp://host} or {@code amqp://host:port} (default port 5672). User, password and path
         * of the URI are ignored with a warning: each client logs in with its own.
         *
         * @param uri the broker's address
         * @return this
         */
        Builder upstream(String uri);

        /**
         * Listens on this port of the loopback interface.
         *
         * @param port 0 takes a free one, see {@link AmqProxy#address()}
         * @return this
         */
        Builder listen(int port);

        /**
         * Listens on one address. Default: 127.0.0.1, port 5673.
         *
         * @param host name or address; {@code 0.0.0.0} or {@code ::} for all interfaces
         * @param port 0 takes a free one
         * @return this
         */
        Builder listen(String host, int port);

        /**
         * Adds a listener; all that were added are told.
         *
         * @param listener the listener
         * @return this
         */
        Builder listener(ProxyListener listener);

        /**
         * Who shares which upstream. Default: {@link PoolPolicy#multiplexed()}.
         *
         * @param policy the policy
         * @return this
         */
        Builder policy(PoolPolicy policy);

        /**
         * When a client's {@code channel.close} and {@code connection.close} are answered. Default:
         * {@link CloseMode#IMMEDIATE}.
         *
         * @param mode the mode
         * @return this
         */
        Builder closeMode(CloseMode mode);

        /**
         * The number of selector threads. All pools of one user live on one loop. Default: half of the processors, at
         * least 1 and at most 4.
         *
         * @param loops 1 to 64
         * @return this
         */
        Builder loops(int loops);

        /**
         * The largest number of connections that one pool (one user, password and vhost) opens to the broker. Clients
         * that need more wait, see {@link #acquireTimeout}. While a log-in is proved anew there may be two more until
         * the clients of the connections that are replaced have left. Default: 64.
         *
         * @param connections at least 1
         * @return this
         */
        Builder maxConnections(int connections);

        /**
         * The number of connections that a pool opens ahead, as soon as the broker has accepted its first client, and
         * keeps open although they are idle. Default: 0.
         *
         * @param connections at least 0, at most {@link #maxConnections}
         * @return this
         */
        Builder minConnections(int connections);

        /**
         * The largest number of channels to use on one upstream; what the broker allows is never exceeded. Default:
         * 65,535, so that the broker decides.
         *
         * @param channels 1 to 65,535
         * @return this
         */
        Builder maxChannelsPerConnection(int channels);

        /**
         * The largest number of idle channels that an upstream keeps for the next clients; more are closed. Default:
         * 256.
         *
         * @param channels at least 0
         * @return this
         */
        Builder maxIdleChannels(int channels);

        /**
         * The number of channels that are opened ahead on each shared upstream, and kept although they are idle.
         * Default: 0.
         *
         * @param channels at least 0
         * @return this
         */
        Builder warmChannels(int channels);

        /**
         * How long an upstream without leases stays open, and how long an idle channel that nobody needed. Default: 1
         * minute.
         *
         * @param timeout a positive time
         * @return this
         */
        Builder idleTimeout(Duration timeout);

        /**
         * How long an upstream serves before it is replaced, less a random tenth. Zero: for ever. Default: 1 hour.
         *
         * @param lifetime zero or a positive time
         * @return this
         */
        Builder maxLifetime(Duration lifetime);

        /**
         * How long a log-in that the broker accepted is believed. The proxy logs in again before that, while there are
         * clients that need it; after it nobody gets a lease with these credentials before the broker has accepted them
         * again. Default: 5 minutes.
         *
         * @param ttl a positive time
         * @return this
         */
        Builder credentialTtl(Duration ttl);

        /**
         * How long a client may wait for an upstream, a log-in included, before it is closed with 320
         * (CONNECTION_FORCED). Once the broker was unreachable for as long, the proxy does not listen until it is back,
         * so that clients are refused as the broker's machine would refuse them. Default: 10 seconds.
         *
         * @param timeout a positive time
         * @return this
         */
        Builder acquireTimeout(Duration timeout);

        /**
         * How long one attempt to connect to the broker, TCP and handshake, may take. Default: 5 seconds.
         *
         * @param timeout a positive time
         * @return this
         */
        Builder connectTimeout(Duration timeout);

        /**
         * How long a client may take from connecting to {@code connection.open}. Default: 10 seconds, as RabbitMQ's.
         *
         * @param timeout a positive time
         * @return this
         */
        Builder handshakeTimeout(Duration timeout);

        /**
         * The heartbeat offered to clients and asked of the broker, unless the broker wants a shorter one. Zero: none.
         * Default: 60 seconds.
         *
         * @param interval zero, or 1 second to 65,535 seconds
         * @return this
         */
        Builder heartbeat(Duration interval);

        /**
         * The largest number of clients connected at once; more are closed when they connect. Default: 100,000.
         *
         * @param clients at least 1
         * @return this
         */
        Builder maxClients(int clients);

        /**
         * The largest message that a client may publish; above it the channel is closed with 406 (PRECONDITION_FAILED)
         * as RabbitMQ does. Default: 134,217,728 bytes.
         *
         * @param bytes 1 to 512 MiB
         * @return this
         */
        Builder maxMessageSize(long bytes);

        /**
         * How many bytes that a client did not read yet are kept for it before it is closed, where the upstream it
         * reads from is shared with others; on an upstream of its own the upstream is no longer read instead. Default:
         * 16 MiB.
         *
         * @param bytes at least 64 KiB
         * @return this
         */
        Builder maxClientBacklog(int bytes);

        /**
         * Listens and returns at once; the broker need not be reachable yet.
         *
         * @return the running proxy
         * @throws IllegalStateException if no upstream was given or settings contradict each other
         * @throws java.io.UncheckedIOException if the address cannot be listened on
         */
        AmqProxy start();
    }
}
