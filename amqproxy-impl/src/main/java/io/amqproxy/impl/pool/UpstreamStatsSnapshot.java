package io.amqproxy.impl.pool;

import io.amqproxy.UpstreamInfo;
import io.amqproxy.UpstreamStats;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.core.TrafficCounters;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.time.Duration;

/** {@link UpstreamStats} as they were when somebody asked. */
record UpstreamStatsSnapshot(
        UpstreamInfo info,
        boolean open,
        boolean retired,
        boolean blocked,
        long owner,
        int clients,
        int channelsLeased,
        int channelsIdle,
        Duration age,
        long published,
        long delivered,
        long bytesIn,
        long bytesOut)
        implements UpstreamStats {

    static UpstreamStatsSnapshot of(
            UpstreamConnection session, UpstreamView upstream, boolean retired, int idle, Duration age) {
        TrafficCounters traffic = session.traffic();
        return new UpstreamStatsSnapshot(
                session.info(),
                upstream.open(),
                retired,
                session.isHeldBack(),
                upstream.owner(),
                upstream.clients(),
                upstream.leased(),
                idle,
                age,
                traffic.published,
                traffic.delivered,
                traffic.bytesIn,
                traffic.bytesOut);
    }
}
