package io.amqproxy.program.http;

import io.amqproxy.EndpointStats;
import io.amqproxy.LoopStats;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyStats;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** Turns the figures of one moment into metrics. All of a scrape come from the same moment. */
final class StatsCollector implements MultiCollector {

    private static final String DIRECTION = "direction";

    /** Pools of the same name are one. */
    private static final class Sums {
        private final List<PoolStats> pools = new ArrayList<>();

        private long of(ToLongFunction<PoolStats> figure) {
            return pools.stream().mapToLong(figure).sum();
        }

        private Duration longestWait() {
            return pools.stream()
                    .map(PoolStats::longestWait)
                    .reduce(Duration.ZERO, (one, other) -> one.compareTo(other) > 0 ? one : other);
        }
    }

    private final Supplier<ProxyStats> source;
    private final PoolNames names;

    StatsCollector(Supplier<ProxyStats> source, PoolNames names) {
        this.source = source;
        this.names = names;
    }

    @Override
    public MetricSnapshots collect() {
        ProxyStats stats = source.get();
        List<MetricSnapshot> all = new ArrayList<>();
        all.add(gauge("amqproxy_client_connections", "Clients connected now", stats.clients()));
        all.add(gauge("amqproxy_upstream_connections", "Connections to the broker now", stats.upstreams()));
        all.add(gauge(
                "amqproxy_upstream_connections_max",
                "Connections to the broker that there may be, 0 for no limit",
                stats.maxTotalConnections()));
        all.add(gauge(
                "amqproxy_pools_waiting",
                "Pools and log-ins that wait for a connection, as there may be no more",
                stats.poolsWaiting()));
        all.add(counter(
                "amqproxy_upstreams_given_up",
                "Connections given up so that another pool could have one",
                stats.connectionsGivenUp()));
        all.add(counter("amqproxy_clients", "Clients ever accepted", stats.clientsTotal()));
        all.add(counter("amqproxy_upstreams_opened", "Connections to the broker ever opened", stats.upstreamsTotal()));
        all.add(counter("amqproxy_leases_made", "Leases ever made", stats.leasesTotal()));
        all.add(counter("amqproxy_events_dropped", "Events that were not counted here", stats.eventsDropped()));
        all.add(CounterSnapshot.builder()
                .name("amqproxy_messages")
                .help("Messages passed on")
                .dataPoint(point(stats.published(), Labels.of(DIRECTION, "published")))
                .dataPoint(point(stats.delivered(), Labels.of(DIRECTION, "delivered")))
                .build());
        all.add(CounterSnapshot.builder()
                .name("amqproxy_bytes")
                .help("Bytes read from clients (in) and written to them (out)")
                .dataPoint(point(stats.bytesIn(), Labels.of(DIRECTION, "in")))
                .dataPoint(point(stats.bytesOut(), Labels.of(DIRECTION, "out")))
                .build());
        all.add(counter(
                "amqproxy_acquire_timeouts", "Channels and clients that waited in vain", stats.acquireTimeouts()));
        all.add(gauge("amqproxy_buffer_bytes", "Bytes of buffers in use now", stats.bufferBytes()));
        all.add(gauge("amqproxy_buffer_max_bytes", "Bytes of buffers that may be in use", stats.maxBufferBytes()));
        all.add(counter(
                "amqproxy_tls_handshakes_failed",
                "Clients that did not get past the handshake of TLS",
                stats.tlsHandshakesFailed()));
        Instant notAfter = stats.certificateNotAfter();
        if (notAfter != null) {
            all.add(gauge(
                    "amqproxy_tls_certificate_not_after_seconds",
                    "When the certificate that clients see ends, in seconds since 1970",
                    notAfter.getEpochSecond()));
        }
        all.add(gauge("amqproxy_paused", "Whether new leases wait", stats.paused() ? 1 : 0));
        addLoops(all, stats.loops());
        addProtocols(all, stats.pools());
        addEndpoints(all, stats.endpoints());
        addPools(all, sums(stats));
        return new MetricSnapshots(all);
    }

    private static void addLoops(List<MetricSnapshot> all, List<LoopStats> loops) {
        GaugeSnapshot.Builder longest = GaugeSnapshot.builder()
                .name("amqproxy_loop_longest_turn_seconds")
                .help("Longest turn of the event loop in the last one to two minutes");
        CounterSnapshot.Builder slow =
                CounterSnapshot.builder().name("amqproxy_loop_slow_turns").help("Turns of the event loop above 10 ms");
        for (int i = 0; i < loops.size(); i++) {
            Labels loop = Labels.of("loop", String.valueOf(i + 1));
            longest.dataPoint(GaugeDataPointSnapshot.builder()
                    .value(loops.get(i).longestTurn().toNanos() / 1e9)
                    .labels(loop)
                    .build());
            slow.dataPoint(point(loops.get(i).slowTurns(), loop));
        }
        all.add(longest.build());
        all.add(slow.build());
    }

    private static void addProtocols(List<MetricSnapshot> all, List<PoolStats> pools) {
        Map<String, Integer> clients = new TreeMap<>();
        pools.forEach(pool -> clients.merge(pool.protocol(), pool.clients(), Integer::sum));
        var connected =
                GaugeSnapshot.builder().name("amqproxy_protocol_clients").help("Clients that are logged in now");
        clients.forEach((protocol, count) -> connected.dataPoint(gaugePoint(count, Labels.of("protocol", protocol))));
        all.add(connected.build());
    }

    private static void addEndpoints(List<MetricSnapshot> all, List<EndpointStats> endpoints) {
        GaugeSnapshot.Builder reachable =
                GaugeSnapshot.builder().name("amqproxy_endpoint_reachable").help("Whether the endpoint answers");
        GaugeSnapshot.Builder connections =
                GaugeSnapshot.builder().name("amqproxy_endpoint_connections").help("Connections to the endpoint now");
        CounterSnapshot.Builder opened = CounterSnapshot.builder()
                .name("amqproxy_endpoint_logins")
                .help("Connections that got past the endpoint's log-in");
        CounterSnapshot.Builder failures = CounterSnapshot.builder()
                .name("amqproxy_endpoint_failures")
                .help("Connections to the endpoint that were lost or could not be opened");
        for (EndpointStats endpoint : endpoints) {
            Labels alone = Labels.of("endpoint", endpoint.endpoint());
            String route = endpoint.route();
            Labels labels = route == null ? alone : alone.merge(Labels.of("route", route));
            reachable.dataPoint(GaugeDataPointSnapshot.builder()
                    .value(endpoint.reachable() ? 1 : 0)
                    .labels(labels)
                    .build());
            connections.dataPoint(GaugeDataPointSnapshot.builder()
                    .value(endpoint.upstreams())
                    .labels(labels)
                    .build());
            opened.dataPoint(point(endpoint.opened(), labels));
            failures.dataPoint(point(endpoint.failures(), labels));
        }
        all.add(reachable.build());
        all.add(connections.build());
        all.add(opened.build());
        all.add(failures.build());
    }

    private Map<PoolKey, Sums> sums(ProxyStats stats) {
        Map<PoolKey, Sums> sums = new TreeMap<>(PoolKey.ORDER);
        for (PoolStats pool : stats.pools()) {
            sums.computeIfAbsent(names.known(names.of(pool)), key -> new Sums())
                    .pools
                    .add(pool);
        }
        return sums;
    }

    private void addPools(List<MetricSnapshot> all, Map<PoolKey, Sums> pools) {
        var clients = GaugeSnapshot.builder().name("amqproxy_pool_clients").help("Clients of the pool now");
        var upstreams = GaugeSnapshot.builder()
                .name("amqproxy_pool_upstreams")
                .help("Connections of the pool to the broker now");
        var channels = GaugeSnapshot.builder()
                .name("amqproxy_pool_channels")
                .help("Channels at the broker now, leased to a client or idle");
        var messages = CounterSnapshot.builder()
                .name("amqproxy_pool_messages")
                .help("Messages published to the broker and delivered by it");
        var bytes = CounterSnapshot.builder()
                .name("amqproxy_pool_bytes")
                .help("Bytes written to the broker (in) and read from it (out)");
        var upstreamStates = GaugeSnapshot.builder()
                .name("amqproxy_pool_upstream_states")
                .help("Connections of the pool that are being opened, get no new leases, or are held back, now");
        var waiting = GaugeSnapshot.builder().name("amqproxy_pool_waiting").help("Channels and clients that wait now");
        var inVain = CounterSnapshot.builder()
                .name("amqproxy_pool_acquire_timeouts")
                .help("Channels and clients of the pool that waited in vain");
        var longest = GaugeSnapshot.builder()
                .name("amqproxy_pool_longest_wait_seconds")
                .help("How long the one has waited that has waited longest");
        var most = GaugeSnapshot.builder()
                .name("amqproxy_pool_max_upstreams")
                .help("Connections that the pool may have now");
        pools.forEach((pool, sums) -> {
            waiting.dataPoint(gaugePoint(sums.of(PoolStats::waiting), pool.labels()));
            most.dataPoint(gaugePoint(sums.of(PoolStats::mostUpstreams), pool.labels()));
            longest.dataPoint(GaugeDataPointSnapshot.builder()
                    .value(sums.longestWait().toNanos() / 1e9)
                    .labels(pool.labels())
                    .build());
            clients.dataPoint(gaugePoint(sums.of(PoolStats::clients), pool.labels()));
            upstreams.dataPoint(gaugePoint(sums.of(PoolStats::upstreams), pool.labels()));
            channels.dataPoint(gaugePoint(sums.of(PoolStats::channelsLeased), pool.labels("state", "leased")));
            channels.dataPoint(gaugePoint(sums.of(PoolStats::channelsIdle), pool.labels("state", "idle")));
            upstreamStates.dataPoint(gaugePoint(sums.of(PoolStats::opening), pool.labels("state", "opening")));
            upstreamStates.dataPoint(gaugePoint(sums.of(PoolStats::retired), pool.labels("state", "retired")));
            upstreamStates.dataPoint(gaugePoint(sums.of(PoolStats::blocked), pool.labels("state", "blocked")));
            // Pools move in and out of the others, so that their sum may fall: no counters of it.
            if (!names.isOthers(pool)) {
                inVain.dataPoint(point(sums.of(PoolStats::acquireTimeouts), pool.labels()));
                messages.dataPoint(point(sums.of(PoolStats::published), pool.labels(DIRECTION, "published")));
                messages.dataPoint(point(sums.of(PoolStats::delivered), pool.labels(DIRECTION, "delivered")));
                bytes.dataPoint(point(sums.of(PoolStats::bytesIn), pool.labels(DIRECTION, "in")));
                bytes.dataPoint(point(sums.of(PoolStats::bytesOut), pool.labels(DIRECTION, "out")));
            }
        });
        all.addAll(List.of(waiting.build(), longest.build(), inVain.build(), most.build(), upstreamStates.build()));
        all.addAll(List.of(clients.build(), upstreams.build(), channels.build(), messages.build(), bytes.build()));
    }

    private static GaugeSnapshot gauge(String name, String help, long value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(gaugePoint(value, Labels.EMPTY))
                .build();
    }

    private static GaugeDataPointSnapshot gaugePoint(long value, Labels labels) {
        return GaugeDataPointSnapshot.builder()
                .value((double) value)
                .labels(labels)
                .build();
    }

    private static CounterSnapshot counter(String name, String help, long value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(value, Labels.EMPTY))
                .build();
    }

    private static CounterDataPointSnapshot point(long value, Labels labels) {
        return CounterDataPointSnapshot.builder()
                .value((double) value)
                .labels(labels)
                .build();
    }
}
