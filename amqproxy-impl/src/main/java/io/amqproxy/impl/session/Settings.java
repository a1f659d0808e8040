package io.amqproxy.impl.session;

import io.amqproxy.CloseMode;
import io.amqproxy.PoolPolicy;
import java.time.Duration;

/**
 * The builder's settings as the core uses them; {@code AmqProxy.Builder} documents each.
 *
 * @param heartbeatSeconds 0 for none
 * @param connectTimeout nanoseconds, like every time here
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
        int maxClientBacklog,
        long connectTimeout,
        long handshakeTimeout,
        long acquireTimeout,
        long idleTimeout,
        long maxLifetime,
        long credentialTtl) {

    /** The largest frame the proxy agrees to; what RabbitMQ offers by default. Read buffers hold two of them. */
    public static final int FRAME_MAX = 128 * 1024;

    /** Bytes waiting for the broker from which on no more is read from the clients that publish there. */
    public static final int UPSTREAM_HIGH_WATER = 1024 * 1024;

    /** Bytes waiting for a client from which on an upstream that only this client uses is no longer read. */
    public static final int OWNED_BACKLOG = 512 * 1024;

    /** How long a peer may take to answer a close before the socket is closed. */
    public static final long CLOSE_TIMEOUT = Duration.ofSeconds(5).toNanos();

    /** The largest frame before a client is logged in; start-ok has to fit. */
    static final int HANDSHAKE_FRAME_MAX = 8 * 1024;
}
