package io.amqproxy.impl.pool;

import io.amqproxy.PoolStats;
import io.amqproxy.internal.LogText;

/** {@link PoolStats} as they were when somebody asked. */
public record PoolFigures(
        String user,
        String vhost,
        int clients,
        int upstreams,
        int channelsLeased,
        int channelsIdle,
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
        return "PoolStats[user=" + LogText.of(user) + ", vhost=" + LogText.of(vhost) + ", clients=" + clients
                + ", upstreams=" + upstreams + ", channelsLeased=" + channelsLeased + ", channelsIdle=" + channelsIdle
                + ", upstreamsOpened=" + upstreamsOpened + ", leases=" + leases + ", published=" + published
                + ", delivered=" + delivered + ", bytesIn=" + bytesIn + ", bytesOut=" + bytesOut + "]";
    }
}
