package io.amqproxy.impl.core;

import io.amqproxy.CloseMode;
import io.amqproxy.PoolPolicy;
import io.amqproxy.impl.limit.LimitSettings;
import io.amqproxy.impl.limit.Limits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The builder's settings as the core uses them; {@code AmqProxy.Builder} documents each. Cannot be changed. Times are
 * in nanoseconds here.
 */
public final class Settings {

    /** Settings by their names, each with its default. Later changes do not reach what was {@link #build built}. */
    public static class Draft implements Cloneable {
        public PoolPolicy policy;
        public CloseMode closeMode = CloseMode.IMMEDIATE;
        public int maxConnections = 64;
        public int minConnections;
        /** Null for what each protocol says by itself. */
        public @Nullable ConnectionName connectionName;

        /** 0 for no limit. */
        public int maxTotalConnections;

        public int maxChannelsPerConnection = 65_535;
        public int maxIdleChannels = 256;
        public int warmChannels;
        public Duration idleTimeout = Duration.ofMinutes(1);
        public Duration maxLifetime = Duration.ofHours(1);
        public Duration maxChannelAge = Duration.ofSeconds(10);
        public Duration credentialTtl = Duration.ofMinutes(5);
        public Duration acquireTimeout = Duration.ofSeconds(10);
        public Duration connectTimeout = Duration.ofSeconds(5);
        public Duration tlsTimeout = Duration.ofSeconds(5);
        public Duration loginTimeout = Duration.ofSeconds(5);
        public Duration closeTimeout = Duration.ofSeconds(5);
        public Duration handshakeTimeout = Duration.ofSeconds(10);
        /** Zero for none. */
        public Duration heartbeat = Duration.ofSeconds(60);

        public int maxClients = 100_000;
        public long maxMessageSize = 128L * 1024 * 1024;
        /** Of all loops together. */
        public long maxIncompleteBytes =
                Math.min(256L * 1024 * 1024, Runtime.getRuntime().maxMemory() / 4);

        public long maxBufferBytes = Runtime.getRuntime().maxMemory() / 2;
        public int maxClientBacklog = 64 * 1024 * 1024;
        /** Of what clients may take. */
        public LimitSettings limits = new LimitSettings();

        public Draft(PoolPolicy policy) {
            this.policy = policy;
        }

        /** {@return the same as they are now, to be changed apart} */
        public final Draft copy() {
            try {
                Draft copy = (Draft) clone();
                copy.limits = limits.copy();
                return copy;
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }

        /**
         * The settings as they are now.
         *
         * @param loops that share what is bounded in sum
         */
        public final Settings build(int loops) {
            return new Settings(copy(), loops);
        }
    }

    /** The largest frame the proxy agrees to; what RabbitMQ offers by default. Read buffers hold two of them. */
    public static final int FRAME_MAX = 128 * 1024;

    /**
     * The largest frame with a content header that is taken from the broker, which does not keep to frame_max there.
     */
    public static final int BROKER_HEADER_MAX = 4 * 1024 * 1024;

    /** Bytes for one peer that are worth a write of their own; fewer are copied and go out with others. */
    static final int DIRECT_SEND = 16 * 1024;

    /** Bytes waiting for the broker from which on no more is read from the clients that publish there. */
    public static final int UPSTREAM_HIGH_WATER = 1024 * 1024;

    /** Bytes waiting for a client from which on an upstream that only this client uses is no longer read. */
    public static final int OWNED_BACKLOG = 512 * 1024;

    /** How long a client may read nothing while an upstream that it shares is left unread for it. */
    public static final long UNREAD_TIMEOUT = Duration.ofSeconds(10).toNanos();

    /** How often at most it is told that a client is slowed down. */
    public static final long SLOWED_INTERVAL = Duration.ofSeconds(10).toNanos();

    /** What a client may send before its connection is open. */
    public static final int HANDSHAKE_BYTES = 64 * 1024;

    /** The largest frame before a client is logged in; start-ok has to fit. */
    public static final int HANDSHAKE_FRAME_MAX = 8 * 1024;

    private final Draft given;
    private final int loops;
    private final Limits limits;

    private Settings(Draft given, int loops) {
        this.given = given;
        this.loops = loops;
        this.limits = given.limits.limits(given.maxClients);
    }

    /** What clients may take. */
    public Limits limits() {
        return limits;
    }

    /** 0 for none. */
    public int heartbeatSeconds() {
        return (int) given.heartbeat.toSeconds();
    }

    /** Of one loop. */
    public long maxIncompleteBytes() {
        return Math.max(1, given.maxIncompleteBytes / loops);
    }

    public PoolPolicy policy() {
        return given.policy;
    }

    public CloseMode closeMode() {
        return given.closeMode;
    }

    public int maxConnections() {
        return given.maxConnections;
    }

    /** 0 for no limit. */
    public int maxTotalConnections() {
        return given.maxTotalConnections;
    }

    /** Null for what each protocol says by itself. */
    public @Nullable ConnectionName connectionName() {
        return given.connectionName;
    }

    public int minConnections() {
        return given.minConnections;
    }

    public int maxChannelsPerConnection() {
        return given.maxChannelsPerConnection;
    }

    public int maxIdleChannels() {
        return given.maxIdleChannels;
    }

    public int warmChannels() {
        return given.warmChannels;
    }

    public int maxClients() {
        return given.maxClients;
    }

    public int maxClientBacklog() {
        return given.maxClientBacklog;
    }

    public long maxMessageSize() {
        return given.maxMessageSize;
    }

    public long maxBufferBytes() {
        return given.maxBufferBytes;
    }

    public long connectTimeout() {
        return given.connectTimeout.toNanos();
    }

    public long tlsTimeout() {
        return given.tlsTimeout.toNanos();
    }

    public long loginTimeout() {
        return given.loginTimeout.toNanos();
    }

    public long closeTimeout() {
        return given.closeTimeout.toNanos();
    }

    public long handshakeTimeout() {
        return given.handshakeTimeout.toNanos();
    }

    public long acquireTimeout() {
        return given.acquireTimeout.toNanos();
    }

    public long idleTimeout() {
        return given.idleTimeout.toNanos();
    }

    public long maxLifetime() {
        return given.maxLifetime.toNanos();
    }

    public long maxChannelAge() {
        return given.maxChannelAge.toNanos();
    }

    public long credentialTtl() {
        return given.credentialTtl.toNanos();
    }
}
