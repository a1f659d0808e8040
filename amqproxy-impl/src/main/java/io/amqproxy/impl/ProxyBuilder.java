package io.amqproxy.impl;

import io.amqproxy.AmqProxy;
import io.amqproxy.CloseMode;
import io.amqproxy.PoolPolicy;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.pool.Multiplexed;
import io.amqproxy.impl.session.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks settings as they come; see {@link AmqProxy.Builder} for what they mean. */
final class ProxyBuilder implements AmqProxy.Builder {

    private static final Logger log = LoggerFactory.getLogger(ProxyBuilder.class);

    private static final int AMQP_PORT = 5672;
    private static final int LISTEN_PORT = 5673;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_LOOPS = 64;
    private static final long MAX_MESSAGE_SIZE = 512L * 1024 * 1024;
    private static final int MIN_BACKLOG = 64 * 1024;

    private @Nullable String upstreamHost;
    private int upstreamPort;
    private String listenHost = "127.0.0.1";
    private int listenPort = LISTEN_PORT;
    private final List<ProxyListener> listeners = new ArrayList<>();
    private PoolPolicy policy = new Multiplexed();
    private CloseMode closeMode = CloseMode.IMMEDIATE;
    private int loops = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
    private int maxConnections = 64;
    private int minConnections;
    private int maxChannelsPerConnection = 65_535;
    private int maxIdleChannels = 256;
    private int warmChannels;
    private Duration idleTimeout = Duration.ofMinutes(1);
    private Duration maxLifetime = Duration.ofHours(1);
    private Duration credentialTtl = Duration.ofMinutes(5);
    private Duration acquireTimeout = Duration.ofSeconds(10);
    private Duration connectTimeout = Duration.ofSeconds(5);
    private Duration handshakeTimeout = Duration.ofSeconds(10);
    private Duration heartbeat = Duration.ofSeconds(60);
    private int maxClients = 100_000;
    private long maxMessageSize = 128L * 1024 * 1024;
    private int maxClientBacklog = 16 * 1024 * 1024;

    @Override
    public ProxyBuilder upstream(String uri) {
        URI parsed;
        try {
            parsed = new URI(uri);
        } catch (URISyntaxException e) {
            // Neither the URI nor the exception's text: both may hold a password.
            throw new IllegalArgumentException("the upstream is not a valid URI (at index " + e.getIndex() + ")");
        }
        if (!"amqp".equals(parsed.getScheme())) {
            throw new IllegalArgumentException("the upstream's scheme has to be amqp, as in amqp://host:5672");
        }
        if (parsed.getHost() == null || parsed.getPort() > MAX_PORT) {
            throw new IllegalArgumentException("the upstream needs a host and a valid port, as in amqp://host:5672");
        }
        String path = parsed.getPath();
        if (parsed.getUserInfo() != null || (path != null && path.length() > 1)) {
            log.warn(
                    "User, password and path of the upstream {} are ignored: each client logs in with its own",
                    parsed.getHost());
        }
        upstreamHost = parsed.getHost().replaceAll("[\\[\\]]", "");
        upstreamPort = parsed.getPort() < 0 ? AMQP_PORT : parsed.getPort();
        return this;
    }

    @Override
    public ProxyBuilder listen(int port) {
        return listen("127.0.0.1", port);
    }

    @Override
    public ProxyBuilder listen(String host, int port) {
        listenPort = between("port", port, 0, MAX_PORT);
        listenHost = Objects.requireNonNull(host, "host");
        return this;
    }

    @Override
    public ProxyBuilder listener(ProxyListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    @Override
    public ProxyBuilder policy(PoolPolicy newPolicy) {
        policy = Objects.requireNonNull(newPolicy, "policy");
        return this;
    }

    @Override
    public ProxyBuilder closeMode(CloseMode mode) {
        closeMode = Objects.requireNonNull(mode, "mode");
        return this;
    }

    @Override
    public ProxyBuilder loops(int count) {
        loops = between("loops", count, 1, MAX_LOOPS);
        return this;
    }

    @Override
    public ProxyBuilder maxConnections(int connections) {
        maxConnections = between("maxConnections", connections, 1, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder minConnections(int connections) {
        minConnections = between("minConnections", connections, 0, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder maxChannelsPerConnection(int channels) {
        maxChannelsPerConnection = between("maxChannelsPerConnection", channels, 1, 65_535);
        return this;
    }

    @Override
    public ProxyBuilder maxIdleChannels(int channels) {
        maxIdleChannels = between("maxIdleChannels", channels, 0, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder warmChannels(int channels) {
        warmChannels = between("warmChannels", channels, 0, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder idleTimeout(Duration timeout) {
        idleTimeout = positive("idleTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder maxLifetime(Duration lifetime) {
        maxLifetime = lifetime.isZero() ? lifetime : positive("maxLifetime", lifetime);
        return this;
    }

    @Override
    public ProxyBuilder credentialTtl(Duration ttl) {
        credentialTtl = positive("credentialTtl", ttl);
        return this;
    }

    @Override
    public ProxyBuilder acquireTimeout(Duration timeout) {
        acquireTimeout = positive("acquireTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder connectTimeout(Duration timeout) {
        connectTimeout = positive("connectTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder handshakeTimeout(Duration timeout) {
        handshakeTimeout = positive("handshakeTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder heartbeat(Duration interval) {
        if (!interval.isZero()) {
            positive("heartbeat", interval);
            if (interval.toSeconds() < 1 || interval.toSeconds() > 65_535) {
                throw new IllegalArgumentException("heartbeat has to be 1 to 65535 seconds or zero: " + interval);
            }
        }
        heartbeat = interval;
        return this;
    }

    @Override
    public ProxyBuilder maxClients(int clients) {
        maxClients = between("maxClients", clients, 1, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder maxMessageSize(long bytes) {
        if (bytes < 1 || bytes > MAX_MESSAGE_SIZE) {
            throw new IllegalArgumentException("maxMessageSize has to be 1 to " + MAX_MESSAGE_SIZE + ": " + bytes);
        }
        maxMessageSize = bytes;
        return this;
    }

    @Override
    public ProxyBuilder maxClientBacklog(int bytes) {
        maxClientBacklog = between("maxClientBacklog", bytes, MIN_BACKLOG, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public AmqProxy start() {
        String host = upstreamHost;
        if (host == null) {
            throw new IllegalStateException("no upstream was given");
        }
        if (minConnections > maxConnections) {
            throw new IllegalStateException(
                    "minConnections (" + minConnections + ") is above maxConnections (" + maxConnections + ")");
        }
        InetSocketAddress listen = new InetSocketAddress(listenHost, listenPort);
        if (listen.isUnresolved()) {
            throw new UncheckedIOException(new IOException("unknown host to listen on: " + listenHost));
        }
        try {
            return RunningProxy.start(settings(), loops, host, upstreamPort, listen, listeners);
        } catch (IOException failure) {
            throw new UncheckedIOException(
                    "cannot listen on " + listenHost + ":" + listenPort + ": " + failure.getMessage(), failure);
        }
    }

    private Settings settings() {
        return new Settings(
                policy,
                closeMode,
                maxConnections,
                minConnections,
                maxChannelsPerConnection,
                maxIdleChannels,
                warmChannels,
                (int) heartbeat.toSeconds(),
                maxClients,
                maxMessageSize,
                maxClientBacklog,
                connectTimeout.toNanos(),
                handshakeTimeout.toNanos(),
                acquireTimeout.toNanos(),
                idleTimeout.toNanos(),
                maxLifetime.toNanos(),
                credentialTtl.toNanos());
    }

    private static int between(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " has to be " + min + " to " + max + ": " + value);
        }
        return value;
    }

    /** Nanoseconds have to fit into a long, with room to add a time to it. */
    private static Duration positive(String name, Duration value) {
        if (value.isNegative() || value.isZero() || value.compareTo(Duration.ofDays(365)) > 0) {
            throw new IllegalArgumentException(name + " has to be positive and at most a year: " + value);
        }
        return value;
    }
}
