package io.amqproxy.impl.core;

import io.amqproxy.CloseMode;
import io.amqproxy.PoolPolicy;
import io.amqproxy.impl.limit.Limits;
import java.time.Duration;

/**
 * The builder's settings as the core uses them; {@code AmqProxy.Builder} documents each.
 *
 * @param heartbeatSeconds 0 for none
 * @param maxIncompleteBytes of one loop
 * @param maxBufferBytes of one loop
 * @param connectTimeout nanoseconds, like every time here
 * @param limits of what clients may take
 */
public record Settings(
        PoolPolicy policy,
        CloseMode closeMode,
        int maxConnections,
        int minConnections,
        int maxChannelsPerConnection,
        int maxIdleChannels,
        int warmChannels,
        int heartbeatSeconds,
        int maxClients,
        long maxMessageSize,
        long maxIncompleteBytes,
        long maxBufferBytes,
        int maxClientBacklog,
        long connectTimeout,
        long tlsTimeout,
        long loginTimeout,
        long closeTimeout,
        long handshakeTimeout,
        long acquireTimeout,
        long idleTimeout,
        long maxLifetime,
        long maxChannelAge,
        long credentialTtl,
        Limits limits) {

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
}
