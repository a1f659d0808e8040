package io.amqproxy;

import io.amqproxy.faults.Faults;
import io.amqproxy.internal.ProviderLookup;
import io.amqproxy.trace.Recorder;
import io.amqproxy.trace.Trace;
import io.amqproxy.trace.TraceFilter;
import io.amqproxy.trace.TraceListener;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import javax.net.SocketFactory;

/**
 * A running proxy for AMQP 0-9-1 and 1.0. Clients connect to it as to a broker; it answers their handshake itself and
 * lends them channels, or sessions, of connections that it keeps open to the real broker.
 *
 * <pre>{@code
 * try (AmqProxy proxy = AmqProxy.builder().upstream("amqp://broker").listen(5673).start()) {
 *     connectionFactory.setUri(proxy.uri());
 *     ...
 * }
 * }</pre>
 *
 * <p>All methods may be called from any thread. Several proxies may run in one JVM; they share nothing.
 *
 * <p>Where this documentation names a reply code of 0-9-1, clients of 1.0 get the error condition that says the same:
 * for 320 (CONNECTION_FORCED) {@code amqp:connection:forced}.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface AmqProxy extends AutoCloseable {

    /**
     * {@return a builder with every setting at its default}
     *
     * @throws IllegalStateException if no implementation ({@code io.amqproxy:amqproxy-impl}) is on the class path or
     *     module path
     */
    static Builder builder() {
        return ProviderLookup.get().newBuilder();
    }

    /**
     * Makes a young JVM fast before the first client comes: a proxy of its own serves some short connections over the
     * loopback interface, in front of a broker that is part of it, so that classes are loaded and the most used methods
     * compiled. Returns when the first few were served, which takes about as long as the first client would wait
     * without it, 1 s at the most; about a hundred follow in threads of its own, some tenths of a second of processor
     * time. Only the first call in a JVM does anything.
     *
     * <p>It may be called from any thread, beside all else that an application does at its start, and before or after a
     * proxy is started. It needs a few threads, two ports of the loopback interface and a dozen file descriptors for
     * that time; where it does not get them it does less, or nothing. No listener, policy or log at the level info
     * hears of it. It shortens what follows for AMQP 0-9-1 without TLS; with TLS the JDK's part of a handshake is as
     * slow at first as ever.
     *
     * @throws IllegalStateException if no implementation ({@code io.amqproxy:amqproxy-impl}) is on the class path or
     *     module path
     */
    static void prime() {
        ProviderLookup.get().prime();
    }

    /** How far a proxy has come. There may be more of them in later versions. */
    enum State {
        /** It serves clients. */
        RUNNING,
        /** It has been told to end: it accepts no more clients, and those that are here may finish. */
        DRAINING,
        /** What is still open is being closed. */
        CLOSING,
        /** It has ended, and has given back all that it had. */
        CLOSED
    }

    /** {@return the name of the proxy, see {@link Builder#name}} */
    String name();

    /** {@return how far it has come} Never waits. */
    State state();

    /**
     * {@return the address that the proxy listens on, with its real port; the first one where it has several, and the
     * loopback address with port 0 where it has none, see {@link Builder#listenInProcess}}
     */
    InetSocketAddress address();

    /** {@return all addresses that the proxy listens on, with their real ports, in the order of the builder's calls} */
    List<InetSocketAddress> addresses();

    /**
     * {@return {@code amqp://host:port} of {@link #address()}, or {@code amqps://host:port} where clients need TLS
     * there; without user, password or vhost; with port 0 where it listens on none}
     */
    URI uri();

    /** {@return the same as {@link #uri()} for all {@link #addresses()}} */
    List<URI> uris();

    /**
     * {@return what makes sockets for clients in this JVM, which need no port: each is connected with this proxy,
     * whatever address it is told to connect to} All clients that take a {@link SocketFactory} can use it:
     *
     * <pre>{@code
     * connectionFactory.setUri(proxy.uri());
     * connectionFactory.setSocketFactory(proxy.socketFactory());
     * }</pre>
     *
     * <p>Behind it are sockets of the Unix domain; a proxy sees such clients at the loopback address, port 0. They come
     * without TLS and without the PROXY protocol. What is of TCP only does not happen: where a connection would end by
     * a reset its end is seen as an ordinary one. Options that are of TCP are taken and have no effect. Connecting
     * throws {@link java.net.ConnectException} while the broker is down or the proxy ends,
     * {@link IllegalStateException} where a loop does not answer within 10 seconds, and {@link java.io.IOException}
     * where the directory for temporary files takes no socket.
     */
    SocketFactory socketFactory();

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
     * {@return the connections to the broker of this moment with their figures, in no order} Empty after
     * {@link #close()}.
     *
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    List<UpstreamStats> upstreams();

    /**
     * {@return whether clients should come now} Not before the broker has answered for the first time, not while none
     * of its endpoints answers, not while the proxy is paused, and no more once it ends. Never waits.
     */
    ProxyHealth health();

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
     * Replaces a pool's connections to the broker, as before maintenance of one of its nodes: they get no new leases
     * and are closed as soon as their clients let go of them. Clients that need a channel after that get a new
     * connection. At most {@link Builder#maxConnections} wait for their clients to let go at a time; the others are
     * replaced when there are fewer of them. It is about the pools of all routes.
     *
     * @param user the pool's user
     * @param vhost the pool's virtual host
     * @return how many connections are being replaced
     */
    int drainPool(String user, String vhost);

    /**
     * Lets new leases wait, as before planned work on the broker, and opens no connections to it. What has a lease goes
     * on: channels that are bound stay bound, consumers get their messages. A client that needs a channel, or a log-in
     * that is not proved, waits up to {@link Builder#acquireTimeout} and is then closed with 320 (CONNECTION_FORCED).
     * Pausing twice does nothing.
     */
    void pause();

    /** Ends {@link #pause}: those that wait get their leases. Does nothing where the proxy is not paused. */
    void resume();

    /**
     * Takes over other settings without a restart: all of them, or, where this method throws, none. Endpoints that are
     * new are used from now on; connections to those that are gone get no new leases and are closed as soon as their
     * clients let go of them. Limits and times hold for what begins after it: clients and connections that are here
     * keep what was agreed with them, like heartbeats. An event loop that a policy holds up takes them over when it
     * goes on.
     *
     * <p>What cannot change while the proxy runs has to be as it was: the addresses to listen on, whether each has TLS,
     * and {@link Builder#loops}. What else was said of those addresses, the listeners, and the mapper of credentials
     * stay as they were; the builder's are not looked at.
     *
     * @param settings all settings, not only those that change: a builder of {@link #builder}, most simply the one that
     *     this proxy was started with
     * @throws IllegalArgumentException if something has changed that cannot, or the builder is of another kind; its
     *     text names all of it
     * @throws IllegalStateException if the settings contradict each other, or the proxy is closed
     * @throws SetupException if files of certificates and keys cannot be used
     */
    void reload(Builder settings);

    /**
     * Tells what clients and the broker say from now on, on connections that are there already too: on these from the
     * next frame on that can be told. It costs time and memory, of the connections that it is of, until it is closed.
     * At most 16 may be under way.
     *
     * @param filter what is told
     * @param listener is told, by a thread of the proxy; at most 65,536 events wait for it, further ones are dropped
     *     and counted
     * @return the trace, to be closed
     * @throws IllegalArgumentException if nothing that can be said is wanted, as no method or performative has such a
     *     name, or is said in such a direction
     * @throws IllegalStateException if the proxy is closed, a loop of it does not answer within 10 seconds, or too many
     *     traces are under way
     */
    Trace trace(TraceFilter filter, TraceListener listener);

    /**
     * Keeps what clients and the broker say from now on, see {@link #trace}.
     *
     * @return the recorder, to be closed
     * @throws IllegalStateException as {@link #trace} does
     */
    default Recorder record() {
        return record(TraceFilter.all());
    }

    /**
     * Keeps some of what clients and the broker say from now on, see {@link #trace}.
     *
     * @param filter what is kept
     * @return the recorder, to be closed
     * @throws IllegalArgumentException as {@link #trace} does
     * @throws IllegalStateException as {@link #trace} does
     */
    default Recorder record(TraceFilter filter) {
        Recorder recorder = new Recorder();
        return recorder.of(trace(filter, recorder));
    }

    /**
     * {@return what makes faults happen on purpose, for tests} From the first of them on clients' connections cost more
     * until the proxy ends, since what is sent on them is looked at.
     */
    Faults faults();

    /**
     * Ends the proxy in order:
     *
     * <ol>
     *   <li>It stops accepting, and clients may finish and leave by themselves, as long as the grace lasts.
     *   <li>Those that are still here are closed with 320 (CONNECTION_FORCED), and their sockets as soon as they have
     *       answered.
     *   <li>What clients published is sent, and the broker asked to prove that it has handled it.
     *   <li>The upstreams are closed with 200, and the proxy ends.
     * </ol>
     *
     * <p>Each step after the first takes {@link Builder#closeTimeout} at the most, and each is tried whatever became of
     * the one before. A call while the proxy ends already waits for that end; of the graces of all calls the one that
     * is over first counts. An interrupt ends the grace: the rest is done and waited for all the same, and the caller's
     * thread is interrupted when this returns.
     *
     * <p>May be called by any thread, in a {@link ProxyListener}, a {@link PoolPolicy} or a {@link CredentialMapper}
     * too: since the end has to wait for the proxy's own threads, it is only begun there, and goes on after the return.
     *
     * @param grace how long clients may take; what is not positive closes them at once, and there is no upper bound
     * @return whether all clients had left by themselves; false on a thread of the proxy while it has not ended
     */
    boolean drain(Duration grace);

    /**
     * Begins what {@link #drain} does, and does not wait for it.
     *
     * @param grace how long clients may take; what is not positive closes them at once, and there is no upper bound
     * @return completed when all is over, by a thread of the proxy, with whether all clients had left by themselves;
     *     never fails
     */
    CompletionStage<Boolean> drainAsync(Duration grace);

    /** Same as {@link #drain} without grace; where that is under way its grace is over. Closing twice does nothing. */
    @Override
    void close();

    /**
     * Collects the settings of a proxy. Every method returns this builder. Values that make no sense are refused with
     * {@link IllegalArgumentException} by the method that gets them.
     *
     * <p>Only the proxy implements this; later versions may have more of it.
     */
    interface Builder {

        /**
         * The proxy's name: it is in the log, and the names of the proxy's threads begin with it. Default: a name that
         * no other proxy of this JVM has by default, {@code amqproxy-1} and so on. A reload does not look at it.
         *
         * @param name 1 to 100 characters that can be printed
         * @return this
         */
        Builder name(String name);

        /**
         * Makes the proxy's threads, for instance in a thread group or with a context class loader. The proxy names
         * them; all else is as the factory wants it. Default: daemon threads. A reload does not look at it.
         *
         * @param factory called when the proxy starts, and later too where threads are needed, by several threads
         * @return this
         */
        Builder threadFactory(ThreadFactory factory);

        /**
         * The broker's endpoints, each as {@code amqp://host} or {@code amqp://host:port} (default port 5672), or for
         * TLS as {@code amqps://host} or {@code amqps://host:port} (default port 5671). Several are nodes of one
         * cluster, or a broker and its stand-by: clients cannot tell them apart. Replaces those of an earlier call.
         *
         * <p>A host may be a name with several addresses. It is looked up anew for each connection (the JVM remembers
         * answers for {@code networkaddress.cache.ttl}, 30 seconds by default; while that is longer than
         * {@link #acquireTimeout} clients may be refused after the name has moved, so set it, as the program does, to
         * 5); addresses that failed lately are tried after the others. Names need not be hosts of the web
         * ({@code rabbit_mq}).
         *
         * <p>User, password and path of a URI are ignored with a warning: each client logs in with its own, at every
         * endpoint. Parameters ({@code ?heartbeat=10}) are refused: they are settings here. Either all endpoints have
         * TLS or none, so that no fail-over sends a password in the clear.
         *
         * @param first the broker's address, the preferred one of {@link EndpointChoice#ordered}
         * @param more its other addresses, at most 99
         * @return this
         */
        Builder upstream(String first, String... more);

        /**
         * The same, for endpoints that come from a list of the application.
         *
         * @param uris 1 to 100 of them, in order; each as above
         * @return this
         */
        Builder upstreams(Collection<URI> uris);

        /**
         * Which endpoint the next connection to the broker goes to. Default: {@link EndpointChoice#ordered()}.
         *
         * @param choice the choice
         * @return this
         */
        Builder endpointChoice(EndpointChoice choice);

        /**
         * How to do TLS with the broker, where the defaults of {@link UpstreamTls} do not fit.
         *
         * @param settings is given the settings to change, at once
         * @return this
         */
        Builder upstreamTls(Consumer<? super UpstreamTls> settings);

        /**
         * Whether the broker is told by the PROXY protocol who connects: a header of version 2 goes before all else,
         * TLS included. All endpoints have to expect it ({@code proxy_protocol = true} of RabbitMQ); one that does not
         * closes the connection, as one that does expect it closes those without. Default: no.
         *
         * <p>Of a connection that is opened for one client, as {@link PoolPolicy#exclusive()} does, the broker is told
         * the client's address, and shows and judges that one, as for {@code loopback_users}; who introduces itself
         * alike may use it later. Of all others, which many share, of log-ins before it is known whom they are for, and
         * of the proxy's own it is told the proxy's address: shared connections cannot say where a message is from. A
         * reload may change it: connections are replaced then.
         *
         * @param told whether it is told
         * @return this
         */
        Builder upstreamProxyProtocol(boolean told);

        /**
         * Listens on this port of the loopback interface, without TLS. Adds to the addresses to listen on, as
         * {@link #listen(String, int)} does.
         *
         * @param port 0 takes a free one, see {@link AmqProxy#address()}
         * @return this
         */
        Builder listen(int port);

        /**
         * Listens on an address, without TLS; may be called several times, for several addresses. Default where nothing
         * is said about listening: 127.0.0.1, port 5673.
         *
         * @param host name or address; {@code 0.0.0.0} or {@code ::} for all interfaces
         * @param port 0 takes a free one
         * @return this
         */
        Builder listen(String host, int port);

        /**
         * The same, with more to say of this address.
         *
         * @param host name or address; {@code 0.0.0.0} or {@code ::} for all interfaces
         * @param port 0 takes a free one
         * @param settings is given the settings to change, at once
         * @return this
         */
        Builder listen(String host, int port, Consumer<? super ListenOptions> settings);

        /**
         * Listens on an address, for clients that speak TLS; may be called several times, for several addresses.
         *
         * @param host name or address; {@code 0.0.0.0} or {@code ::} for all interfaces
         * @param port 0 takes a free one; usual is 5671
         * @param settings is given the settings to change, at once; a certificate at least is needed
         * @return this
         */
        Builder listenTls(String host, int port, Consumer<? super ClientTls> settings);

        /**
         * Takes clients from a socket that listens already and stays the caller's, such as the one that
         * {@link System#inheritedChannel()} answers under systemd. The proxy makes it non-blocking, accepts from it
         * while it runs, and never closes it: clients that come later wait for whoever accepts from it next, as another
         * process that has it too, so that none is refused while one proxy hands over to another. While the broker is
         * down clients are accepted and cut at once, as nobody can stop that socket from listening.
         *
         * @param listening a bound socket of TCP
         * @param settings is given the settings to change, at once
         * @return this
         */
        Builder listen(ServerSocketChannel listening, Consumer<? super ListenOptions> settings);

        /**
         * The same for clients that speak TLS.
         *
         * @param listening a bound socket of TCP
         * @param settings is given the settings to change, at once; a certificate at least is needed
         * @return this
         */
        Builder listenTls(ServerSocketChannel listening, Consumer<? super ClientTls> settings);

        /**
         * Listens on no port, unless others are asked for: clients come by {@link AmqProxy#socketFactory()}, which is
         * there in any case.
         *
         * @return this
         */
        Builder listenInProcess();

        /**
         * How often files of certificates and keys are looked at, to be used anew when they have changed. Zero: never.
         * Default: 10 seconds.
         *
         * @param interval zero or a positive time
         * @return this
         */
        Builder tlsReload(Duration interval);

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
         * The largest number of connections to the broker that serve one pool (one user, password and vhost, of one
         * protocol and {@link Route}) at a time. Clients that need more wait, see {@link #acquireTimeout}. Connections
         * that were replaced ({@link #maxLifetime}, {@link AmqProxy#drainPool}, an endpoint that is none any more) and
         * that clients still hold come on top, at most as many again, and two while a log-in is proved anew: a broker's
         * limit for a user should allow for twice this number and two. Default: 64.
         *
         * @param connections at least 1
         * @return this
         */
        Builder maxConnections(int connections);

        /**
         * The largest number of connections to the broker that the proxy has at a time, of all pools together, log-ins
         * and those that are being replaced or closed included; all endpoints count as one broker. Connections that ask
         * an endpoint for its health do not log in and come on top, one for each endpoint and moment.
         *
         * <p>At the limit pools share: who has none comes first, then who has the fewest. A connection that nobody uses
         * is given up for a pool that waits; after a tenth of a second without one, so is one in use of the pool with
         * the most, or of one that has had its only one for a second. That gets no new clients and ends when its
         * clients have let go, or serves again where they do not do so in two seconds: nobody is closed for it. Who
         * waits for longer than {@link #acquireTimeout} is closed.
         *
         * <p>A tenth, one at least, is left to pools that have none, and a twentieth, one at least, to log-ins. So a
         * single pool has at most the rest, and with 2 there is one connection for everybody. A connection that has
         * only proved a password at the limit is closed again; the pool opens another one in its turn.
         *
         * <p>A reload may change it; a lower limit closes what nobody uses when somebody needs it, and nothing else.
         * Default: 0, no limit.
         *
         * @param connections at least 2, or 0 for no limit
         * @return this
         * @throws IllegalArgumentException if it is 1 or negative
         */
        Builder maxTotalConnections(int connections);

        /**
         * What connections to the broker are called there, in {@code connection_name} of their properties, so that its
         * operators know whose they are. In braces there may be {@code {id}} (the connection's number in the proxy),
         * {@code {host}} (the proxy's), {@code {user}}, {@code {vhost}} (of AMQP 1.0 the hostname), {@code {purpose}}
         * ({@code publish}, {@code consume} and the like), and of a connection that is opened for one client
         * {@code {client}} (its connection's name) and {@code {address}} (host and port). Those two are empty where
         * many share; vhost and purpose are where a connection logs in before they are known, which is the first of a
         * user. What stands in brackets is left out where something in it is empty: {@code "shop-proxy on {host}:
         * {user}[ in {vhost}][ for {client}][ from {address}]"}.
         *
         * <p>A client that introduces itself alike may use a connection later that was opened for another one, whose
         * address it has in its name then. Names are on one line and cut at 256 characters. Where nothing is left, and
         * by default, shared connections have a name of the proxy's and others the client's own. A reload may change it
         * for connections that are opened from then on.
         *
         * @param template 1 to 255 characters
         * @return this
         * @throws IllegalArgumentException if it is blank or too long, has another name in braces, or braces and
         *     brackets that do not match
         */
        Builder connectionName(String template);

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
         * How long a channel to the broker serves one client after another; an older one is closed at the next change.
         * RabbitMQ remembers in a channel that is in use what its user may do, so that this bounds how long a right
         * that was taken away is of use to new clients. Zero: as long as its upstream. Default: 10 seconds.
         *
         * @param age zero or a positive time
         * @return this
         */
        Builder maxChannelAge(Duration age);

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
         * (CONNECTION_FORCED). Once no endpoint of the broker was reachable for as long, clients that have nothing open
         * there are closed with 320 too, and the proxy does not listen until one is back, so that clients are refused
         * as the broker's machine would refuse them. Default: 10 seconds.
         *
         * @param timeout a positive time
         * @return this
         */
        Builder acquireTimeout(Duration timeout);

        /**
         * How long connecting to an endpoint of the broker may take, the look-up of its name and all its addresses
         * included. An endpoint that takes longer has failed, and another one is tried. Default: 5 seconds.
         *
         * @param timeout a positive time
         * @return this
         */
        Builder connectTimeout(Duration timeout);

        /**
         * How long TLS with the broker may take then. Default: 5 seconds.
         *
         * @param timeout a positive time
         * @return this
         */
        Builder tlsTimeout(Duration timeout);

        /**
         * How long the broker may take to answer a log-in after that, and then to open a vhost. Default: 5 seconds.
         *
         * @param timeout a positive time
         * @return this
         */
        Builder loginTimeout(Duration timeout);

        /**
         * How long a peer may take to answer the closing of its connection before the socket is closed, and each step
         * of {@link AmqProxy#drain} after its grace. Default: 5 seconds.
         *
         * @param timeout a positive time
         * @return this
         */
        Builder closeTimeout(Duration timeout);

        /**
         * How long a client may take from connecting to {@code connection.open}, TLS included. Default: 10 seconds, as
         * RabbitMQ's.
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
         * The largest number of clients connected at once. For one more the oldest that has not logged in is closed, or
         * else the one that connects. Default: 100,000.
         *
         * @param clients at least 1
         * @return this
         */
        Builder maxClients(int clients);

        /**
         * Whether clients may speak AMQP 1.0 on the same ports, which their first octets tell (OASIS AMQP 1.0, part 2,
         * section 2.2). Default: yes, where the broker speaks it. The proxy asks each endpoint when that first answers
         * and after an outage, by a connection that does not log in, and again where it gets no answer (after a second,
         * ever more seldom, every ten minutes in the end) or where a connection of AMQP 1.0 fails. Clients of a
         * protocol that the broker does not speak get its own answer, the header of one that it does. Without it
         * clients of 1.0 are answered with the header of AMQP 0-9-1, and the broker is not asked.
         *
         * @param offered whether it is offered
         * @return this
         */
        Builder amqp10(boolean offered);

        /**
         * Whether {@link #start} does what {@link AmqProxy#prime()} says before clients are accepted, so that also the
         * first clients of a young JVM are served fast. The port listens meanwhile, and who comes waits there, for a
         * second at the most. Default: no.
         *
         * @param first whether it does
         * @return this
         */
        Builder primed(boolean first);

        /**
         * Says as whom clients log in at the broker. Default: as themselves.
         *
         * @param mapper asked each time a client logs in, off the proxy's selector threads
         * @return this
         */
        Builder credentialMapper(CredentialMapper mapper);

        /**
         * Has some clients served by another broker: those that come to some address, that log in as some users, or
         * both. Of several routes the first that wants a client has it, in the order in which they were first named
         * here; who is wanted by none is served by {@link #upstream}, and where there is no such broker its log-in is
         * refused with 403 (ACCESS_REFUSED), or the SASL outcome {@code auth}. A client keeps its route for as long as
         * it is connected. Its vhost cannot decide, as the log-in is proved at the broker before the client names it.
         *
         * <p>Before it logs in, a client hears how that broker introduces itself which it comes to whoever it is: the
         * first route of the address that it came to that asks for no user, or {@link #upstream}; where there is none,
         * the first that it could have. An address is closed while the brokers of all routes that its clients may have
         * are away, and only then; {@link AmqProxy#health} says no when no broker of any route is there. Pausing and
         * draining are about all of them.
         *
         * <p>A reload may add routes, change them and take some away: clients of a route that is gone are closed with
         * 320 (CONNECTION_FORCED), those of one that now wants others stay until they leave.
         *
         * @param name of the route, 1 to 64 letters, digits, dots, hyphens and underscores (ASCII), for metrics, events
         *     and logs; one that was named before is changed further
         * @param settings is given the settings to change, at once
         * @return this
         * @throws IllegalArgumentException if the name is not made of those, or there are 100 routes already
         */
        Builder route(String name, Consumer<? super Route> settings);

        /**
         * What clients may take, where the defaults of {@link ClientLimits} do not fit. May be called several times.
         *
         * @param settings is given the limits to change, at once
         * @return this
         */
        Builder limits(Consumer<? super ClientLimits> settings);

        /**
         * The largest message that a client may publish; above it the channel is closed with 406 (PRECONDITION_FAILED)
         * as RabbitMQ does, or the link of AMQP 1.0 detached with {@code amqp:link:message-size-exceeded}. Default:
         * 134,217,728 bytes.
         *
         * @param bytes 1 to 512 MiB
         * @return this
         */
        Builder maxMessageSize(long bytes);

        /**
         * The memory that messages may take of which a part has come, all clients together. A message goes to the
         * broker once it is complete; until then the proxy keeps what has come of it. Above the bound clients whose
         * messages would take more are not read, but for the one (of each loop) whose message began first; they go on
         * in the order in which they came to wait. While others wait a message that stands still for 10 seconds (60
         * where its client has to wait itself), and the first one where it grows by less than 1 MiB in that time, costs
         * its client the connection: 506 (RESOURCE_ERROR), or {@code amqp:resource-limit-exceeded}. So do messages of
         * one client, on several channels, of more than the larger of {@link #maxMessageSize} and this. Default:
         * 268,435,456 bytes, or a quarter of the JVM's largest heap where that is less.
         *
         * @param bytes at least 65,536
         * @return this
         */
        Builder maxIncompleteBytes(long bytes);

        /**
         * The memory of all buffers together that the proxy means to use: messages of which a part has come, bytes that
         * wait for the broker, and bytes that wait for clients, of all loops together. Above it clients are not read,
         * but for the one whose incomplete message began first; new ones are closed when they connect; and where memory
         * is still short a second later the clients that hold the most and read nothing are closed, 10 seconds later
         * those as well who read. Above half of it no more than 512 KiB are kept for a client that reads slowly. Should
         * direct memory run out nevertheless (the JVM's {@code -XX:MaxDirectMemorySize}) it costs the connection that
         * needed it. Default: half of the JVM's largest heap, which is half of the direct memory that it allows by
         * default.
         *
         * @param bytes at least 1 MiB
         * @return this
         */
        Builder maxBufferBytes(long bytes);

        /**
         * How many bytes that a client did not read yet are kept for it where the upstream it reads from is shared with
         * others, so that these need not wait for it. Beyond that the upstream is not read for a quarter of a second,
         * and what comes for the client then goes back to its queue, to be delivered again, as redelivered, when the
         * client has read. For what cannot go back, as messages that need no acknowledgement, the upstream is not read
         * until the client has read some; one that reads less than 10 KiB in 10 seconds meanwhile is closed: 320
         * (CONNECTION_FORCED). Where a client alone uses an upstream that is not read beyond 512 KiB, and is waited for
         * without end. Default: 67,108,864 bytes.
         *
         * @param bytes at least 64 KiB; less than 512 KiB has the effect of 512 KiB
         * @return this
         */
        Builder maxClientBacklog(int bytes);

        /**
         * Checks that the settings fit together, as {@link #start} does; nothing is opened or started.
         *
         * @return this
         * @throws IllegalStateException if no upstream was given or settings contradict each other
         */
        Builder check();

        /**
         * {@link #check}, which also reads the files with certificates and keys. Nothing is opened or started.
         *
         * @return this
         * @throws IllegalStateException if no upstream was given or settings contradict each other
         * @throws SetupException if one of the files cannot be used
         */
        Builder checkFiles();

        /**
         * Listens and returns at once; the broker need not be reachable yet. Names of addresses to listen on are looked
         * up on a thread of the proxy, for {@link #connectTimeout} at the most. Where this fails nothing is left
         * behind, and the builder may be used again.
         *
         * @return the running proxy
         * @throws IllegalStateException if no upstream was given or settings contradict each other
         * @throws SetupException if an address cannot be listened on, files of certificates and keys cannot be used, or
         *     the system has no descriptors left
         */
        AmqProxy start();
    }
}
