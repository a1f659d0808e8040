package io.amqproxy.impl;

import io.amqproxy.EndpointStats;
import io.amqproxy.LoopStats;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyStats;
import io.amqproxy.impl.EventLoopGroup.Station;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.net.Frontend;
import io.amqproxy.impl.net.TurnTimes;
import io.amqproxy.impl.pool.EndpointStatsSnapshot;
import io.amqproxy.impl.pool.PoolRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The figures of a proxy, which are the sums of its loops'. */
final class StatsAggregator {

    /** What one loop knows. */
    record Share(
            int upstreams,
            long bytesIn,
            long bytesOut,
            long bufferBytes,
            long leases,
            long acquireTimeouts,
            long upstreamsOpened,
            long published,
            long delivered,
            List<EndpointStats> endpoints,
            LoopStats loop,
            List<PoolStats> pools) {}

    private StatsAggregator() {}

    static ProxyStats of(List<Share> shares, Frontend.Shared shared, long eventsDropped, boolean paused) {
        int upstreams = 0;
        int leased = 0;
        int idle = 0;
        long bytesIn = 0;
        long bytesOut = 0;
        long buffers = 0;
        long leases = 0;
        long opened = 0;
        long timeouts = 0;
        long published = 0;
        long delivered = 0;
        List<PoolStats> pools = new ArrayList<>();
        for (Share share : shares) {
            upstreams += share.upstreams();
            bytesIn += share.bytesIn();
            bytesOut += share.bytesOut();
            buffers += share.bufferBytes();
            leases += share.leases();
            opened += share.upstreamsOpened();
            timeouts += share.acquireTimeouts();
            published += share.published();
            delivered += share.delivered();
            pools.addAll(share.pools());
        }
        for (PoolStats pool : pools) {
            leased += pool.channelsLeased();
            idle += pool.channelsIdle();
        }
        return new ProxyStatsSnapshot(
                shared.clients.get(),
                upstreams,
                leased,
                idle,
                shared.accepted(),
                opened,
                leases,
                published,
                delivered,
                bytesIn,
                bytesOut,
                buffers,
                shared.maxBufferBytes(),
                timeouts,
                eventsDropped,
                paused,
                sumOfEndpoints(shares),
                shares.stream().map(Share::loop).toList(),
                List.copyOf(pools));
    }

    /** Asks for the part of one loop, on it. */
    static Share share(Station station) {
        LoopContext context = station.loop().context();
        PoolRegistry registry = station.registry();
        var traffic = registry.traffic();
        TurnTimes turns = station.loop().turns();
        return new Share(
                registry.upstreams(),
                context.bytesIn,
                context.bytesOut,
                context.chunks.usedBytes(),
                context.leases,
                context.acquireTimeouts,
                context.upstreamsOpened,
                traffic.published,
                traffic.delivered,
                registry.endpointStats(),
                new ProxyStatsSnapshot.LoopSnapshot(Duration.ofNanos(turns.longest(context.now)), turns.slow()),
                registry.stats());
    }

    /** All loops have the same endpoints in the same order, but for the moment of a reload. */
    private static List<EndpointStats> sumOfEndpoints(List<Share> shares) {
        Map<String, EndpointStats> sums = new LinkedHashMap<>();
        for (Share share : shares) {
            for (EndpointStats one : share.endpoints()) {
                sums.merge(
                        one.endpoint(),
                        one,
                        (sum, other) -> new EndpointStatsSnapshot(
                                sum.endpoint(),
                                sum.reachable() && other.reachable(),
                                sum.upstreams() + other.upstreams(),
                                sum.opened() + other.opened(),
                                sum.failures() + other.failures(),
                                sum.lastFailure() == null ? other.lastFailure() : sum.lastFailure()));
            }
        }
        return List.copyOf(sums.values());
    }
}
