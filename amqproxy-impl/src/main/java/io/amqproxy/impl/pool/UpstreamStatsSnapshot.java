package io.amqproxy.impl.pool;

import io.amqproxy.UpstreamInfo;
import io.amqproxy.UpstreamStats;
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
        implements UpstreamStats {}
