package io.amqproxy.impl.pool;

import io.amqproxy.EndpointStats;
import org.jspecify.annotations.Nullable;

/** {@link EndpointStats} as they were when somebody asked. */
public record EndpointStatsSnapshot(
        String endpoint,
        @Nullable String route,
        boolean reachable,
        int upstreams,
        long opened,
        long failures,
        @Nullable String lastFailure)
        implements EndpointStats {}
