package io.amqproxy.impl;

import io.amqproxy.EndpointStats;
import io.amqproxy.LoopStats;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link ProxyStats} as they were when somebody asked. */
record ProxyStatsSnapshot(
        int clients,
        int upstreams,
        int maxTotalConnections,
        int poolsWaiting,
        long connectionsGivenUp,
        int channelsLeased,
        int channelsIdle,
        long clientsTotal,
        long upstreamsTotal,
        long leasesTotal,
        long published,
        long delivered,
        long bytesIn,
        long bytesOut,
        long bufferBytes,
        long maxBufferBytes,
        long acquireTimeouts,
        long eventsDropped,
        long tlsHandshakesFailed,
        @Nullable Instant certificateNotAfter,
        boolean paused,
        List<EndpointStats> endpoints,
        List<LoopStats> loops,
        List<PoolStats> pools)
        implements ProxyStats {

    /** {@link LoopStats} as they were when somebody asked. */
    record LoopSnapshot(Duration longestTurn, long slowTurns) implements LoopStats {}
}
