package io.amqproxy.program.http;

import io.amqproxy.PoolStats;
import io.amqproxy.UpstreamInfo;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Objects;

/** What a pool is known by. Pools that differ in the password only are one to an operator. */
record PoolKey(String user, String vhost) {

    static PoolKey of(PoolStats pool) {
        return new PoolKey(pool.user(), pool.vhost());
    }

    static PoolKey of(UpstreamInfo upstream) {
        return new PoolKey(upstream.user(), Objects.requireNonNullElse(upstream.vhost(), ""));
    }

    Labels labels(String... more) {
        Labels all = Labels.of("user", user, "vhost", vhost);
        return more.length == 0 ? all : all.merge(Labels.of(more));
    }
}
