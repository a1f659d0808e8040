package io.amqproxy.impl;

import io.amqproxy.EndpointStats;
import io.amqproxy.LoopStats;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyStats;
import io.amqproxy.impl.EventLoopGroup.Member;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.TrafficCounters;
import io.amqproxy.impl.net.LoopClients;
import io.amqproxy.impl.net.LoopRoute;
import io.amqproxy.impl.net.TurnTimes;
import io.amqproxy.impl.pool.EndpointStatsSnapshot;
import io.amqproxy.impl.pool.PoolRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

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
            long tlsFailures,
            long upstreamsOpened,
            long published,
            long delivered,
            List<EndpointStats> endpoints,
            LoopStats loop,
            List<PoolStats> pools) {}

    private StatsAggregator() {}

    static ProxyStats of(
            List<Share> shares,
            LoopClients.Shared shared,
            RunningRoutes.Connections connections,
            long eventsDropped,
            boolean paused,
            @Nullable Instant notAfter) {
        int upstreams = 0;
        int leased = 0;
        int idle = 0;
        long bytesIn = 0;
        long bytesOut = 0;
        long buffers = 0;
        long leases = 0;
        long opened = 0;
        long timeouts = 0;
        long tlsFailures = 0;
        long published = 0;
        long delivered = 0;
        List<PoolStats> pools = new ArrayList<>();
        for (Share share : shares) {
            upstreams += share.upstreams();
            bytesIn += share.bytesIn();
            bytesOut += share.bytesOut();
            buffers += share.bufferBytes();
            leases += share.leases();
            tlsFailures += share.tlsFailures();
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
                connections.most(),
                connections.waiting(),
                connections.givenUp(),
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
                tlsFailures,
                notAfter,
                paused,
                sumOfEndpoints(shares),
                shares.stream().map(Share::loop).toList(),
                List.copyOf(pools));
    }

    /** Asks for the part of one loop, on it. */
    static Share share(Member member) {
        LoopContext loop = member.loop().context();
        TurnTimes turns = member.loop().turns();
        TrafficCounters traffic = new TrafficCounters();
        traffic.add(loop.traffic);
        List<EndpointStats> endpoints = new ArrayList<>();
        List<PoolStats> pools = new ArrayList<>();
        List<LoopContext> contexts = new ArrayList<>(List.of(loop));
        for (LoopRoute route : member.loopClients().routes()) {
            contexts.add(route.context());
            traffic.add(route.registry().traffic());
            endpoints.addAll(route.isOver() ? List.of() : route.registry().endpointStats());
            pools.addAll(route.registry().stats());
        }
        return new Share(
                member.sum(PoolRegistry::upstreams),
                sum(contexts, context -> context.bytesIn),
                sum(contexts, context -> context.bytesOut),
                loop.chunks.usedBytes(),
                sum(contexts, context -> context.leases),
                sum(contexts, context -> context.acquireTimeouts),
                loop.tlsFailures,
                sum(contexts, context -> context.upstreamsOpened),
                traffic.published,
                traffic.delivered,
                endpoints,
                new ProxyStatsSnapshot.LoopSnapshot(Duration.ofNanos(turns.longest(loop.now)), turns.slow()),
                pools);
    }

    private static long sum(List<LoopContext> contexts, ToLongFunction<LoopContext> figure) {
        return contexts.stream().mapToLong(figure).sum();
    }

    /** All loops have the same endpoints in the same order, but for the moment of a reload. */
    private static List<EndpointStats> sumOfEndpoints(List<Share> shares) {
        Map<List<@Nullable String>, EndpointStats> sums = new LinkedHashMap<>();
        for (Share share : shares) {
            for (EndpointStats one : share.endpoints()) {
                sums.merge(
                        Arrays.asList(one.route(), one.endpoint()),
                        one,
                        (sum, other) -> new EndpointStatsSnapshot(
                                sum.endpoint(),
                                sum.route(),
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
