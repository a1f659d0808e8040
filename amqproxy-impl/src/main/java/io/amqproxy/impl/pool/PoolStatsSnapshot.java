package io.amqproxy.impl.pool;

import io.amqproxy.PoolStats;
import io.amqproxy.internal.LogText;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** {@link PoolStats} as they were when somebody asked. */
public record PoolStatsSnapshot(
        String user,
        String vhost,
        @Nullable String route,
        String protocol,
        int clients,
        int upstreams,
        int channelsLeased,
        int channelsIdle,
        int waiting,
        Duration longestWait,
        long acquireTimeouts,
        int opening,
        int retired,
        int blocked,
        int mostUpstreams,
        long upstreamsOpened,
        long leases,
        long published,
        long delivered,
        long bytesIn,
        long bytesOut)
        implements PoolStats {

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "PoolStats[user=" + LogText.of(user) + ", vhost=" + LogText.of(vhost)
                + (route == null ? "" : ", route=" + route)
                + ", protocol=" + protocol
                + ", clients=" + clients
                + ", upstreams=" + upstreams + ", channelsLeased=" + channelsLeased + ", channelsIdle=" + channelsIdle
                + ", waiting=" + waiting + ", longestWait=" + longestWait
                + ", acquireTimeouts=" + acquireTimeouts + ", opening=" + opening + ", retired=" + retired
                + ", blocked=" + blocked + ", mostUpstreams=" + mostUpstreams
                + ", upstreamsOpened=" + upstreamsOpened + ", leases=" + leases + ", published=" + published
                + ", delivered=" + delivered + ", bytesIn=" + bytesIn + ", bytesOut=" + bytesOut + "]";
    }
}
