package io.amqproxy.program.http;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.EndpointStats;
import io.amqproxy.LoopStats;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyHealth;
import io.amqproxy.ProxyStats;
import io.amqproxy.UpstreamStats;
import io.amqproxy.program.common.JsonText;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the status page shows, for programs: {@code /stats.json}. Its form has a version, which changes where a field
 * goes or means something else; new fields come without that.
 */
final class StatsDocument {

    static final int FORM = 1;

    /** Of each list; how many there are in all is told beside it. */
    static final int MAX_ROWS = 1000;

    private static final double NANOS = 1e9;

    private final AmqProxy proxy;
    private final StatusListener status;
    private final History history;
    private final String version;
    private final long startedAt = System.nanoTime();

    StatsDocument(AmqProxy proxy, StatusListener status, History history, String version) {
        this.proxy = proxy;
        this.status = status;
        this.history = history;
        this.version = version;
    }

    /**
     * {@return the document}
     *
     * @param health as {@code /readyz} says it
     * @param operable whether there are buttons
     * @param filter what rows of lists have to have in one of their texts, whatever its case; empty for all
     */
    String text(ProxyHealth health, boolean operable, String filter) {
        ProxyStats stats = proxy.stats();
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("form", FORM);
        all.put("name", proxy.name());
        all.put("version", version);
        all.put("at", Instant.now().truncatedTo(ChronoUnit.MILLIS));
        all.put("uptimeSeconds", (System.nanoTime() - startedAt) / NANOS);
        all.put("ready", health.ready());
        all.put("notReadyBecause", health.ready() ? null : health.reason());
        all.put("paused", stats.paused());
        all.put("operable", operable);
        all.put("listening", proxy.uris());
        all.put("totals", totals(stats));
        all.put("history", history.figures());
        putReuse(all);
        all.put("clientsRefused", status.refusals());
        all.put("loops", stats.loops().stream().map(StatsDocument::loop).toList());
        new Lists(all, filter.toLowerCase(Locale.ROOT)).putAll(stats);
        return JsonText.of(all);
    }

    private void putReuse(Map<String, @Nullable Object> all) {
        Map<String, @Nullable Object> closed = new LinkedHashMap<>();
        Map<String, @Nullable Object> meanings = new LinkedHashMap<>();
        status.notReused().forEach(entry -> {
            String label = Reasons.label(entry.getKey());
            closed.put(label, entry.getValue());
            meanings.put(label, Reasons.sentence(entry.getKey()));
        });
        all.put("channelsReused", status.reused());
        all.put("channelsNotReused", closed);
        all.put("meanings", meanings);
    }

    /** Puts lists, each with how many rows it has, and how many of them the filter lets through. */
    private final class Lists {
        private final Map<String, @Nullable Object> all;
        private final String filter;

        Lists(Map<String, @Nullable Object> all, String filter) {
            this.all = all;
            this.filter = filter;
        }

        void putAll(ProxyStats stats) {
            put("endpoints", stats.endpoints(), Comparator.comparing(EndpointStats::endpoint), StatsDocument::endpoint);
            put(
                    "pools",
                    stats.pools(),
                    Comparator.comparing(PoolStats::clients)
                            .reversed()
                            .thenComparing(PoolStats::user)
                            .thenComparing(PoolStats::vhost)
                            .thenComparing(PoolStats::protocol),
                    StatsDocument::pool);
            put(
                    "upstreams",
                    proxy.upstreams(),
                    Comparator.comparing(upstream -> upstream.info().id()),
                    StatsDocument::upstream);
            put("clients", proxy.clients(), Comparator.comparing(ClientInfo::id), StatsDocument::client);
            put("troubles", status.troubles(), StatsDocument::trouble);
        }

        private <T> void put(
                String name,
                List<T> list,
                Comparator<? super T> order,
                Function<T, Map<String, @Nullable Object>> row) {
            put(name, list.stream().sorted(order).toList(), row);
        }

        private <T> void put(String name, List<T> sorted, Function<T, Map<String, @Nullable Object>> row) {
            // The broker's endpoints are no rows of many: they are always there.
            if (filter.isEmpty() || name.equals("endpoints")) {
                all.put(name, sorted.stream().limit(MAX_ROWS).map(row).toList());
                all.put(name + "Matching", sorted.size());
            } else {
                var matching = sorted.stream().map(row).filter(this::matches).toList();
                all.put(name, matching.subList(0, Math.min(MAX_ROWS, matching.size())));
                all.put(name + "Matching", matching.size());
            }
            all.put(name + "Count", sorted.size());
        }

        private boolean matches(Map<String, @Nullable Object> row) {
            return row.values().stream()
                    .anyMatch(value -> value instanceof String text
                            && text.toLowerCase(Locale.ROOT).contains(filter));
        }
    }

    private static double seconds(Duration time) {
        return time.toNanos() / NANOS;
    }

    private static Map<String, @Nullable Object> totals(ProxyStats stats) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("clients", stats.clients());
        row.put("upstreams", stats.upstreams());
        row.put("maxTotalConnections", stats.maxTotalConnections());
        row.put("poolsWaiting", stats.poolsWaiting());
        row.put("connectionsGivenUp", stats.connectionsGivenUp());
        row.put("channelsLeased", stats.channelsLeased());
        row.put("channelsIdle", stats.channelsIdle());
        row.put("clientsTotal", stats.clientsTotal());
        row.put("upstreamsTotal", stats.upstreamsTotal());
        row.put("leasesTotal", stats.leasesTotal());
        row.put("published", stats.published());
        row.put("delivered", stats.delivered());
        row.put("bytesIn", stats.bytesIn());
        row.put("bytesOut", stats.bytesOut());
        row.put("bufferBytes", stats.bufferBytes());
        row.put("maxBufferBytes", stats.maxBufferBytes());
        row.put("waiting", History.waiting(stats));
        row.put(
                "longestWaitSeconds",
                stats.pools().stream()
                        .mapToDouble(pool -> seconds(pool.longestWait()))
                        .max()
                        .orElse(0));
        row.put("acquireTimeouts", stats.acquireTimeouts());
        row.put("tlsHandshakesFailed", stats.tlsHandshakesFailed());
        row.put("certificateNotAfter", stats.certificateNotAfter());
        row.put("eventsDropped", stats.eventsDropped());
        return row;
    }

    private static Map<String, @Nullable Object> endpoint(EndpointStats endpoint) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("endpoint", endpoint.endpoint());
        row.put("route", endpoint.route());
        row.put("reachable", endpoint.reachable());
        row.put("upstreams", endpoint.upstreams());
        row.put("logins", endpoint.opened());
        row.put("failures", endpoint.failures());
        row.put("lastFailure", endpoint.lastFailure());
        return row;
    }

    private static Map<String, @Nullable Object> loop(LoopStats loop) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("longestTurnSeconds", seconds(loop.longestTurn()));
        row.put("slowTurns", loop.slowTurns());
        return row;
    }

    private static Map<String, @Nullable Object> pool(PoolStats pool) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("user", pool.user());
        row.put("vhost", pool.vhost());
        row.put("route", pool.route());
        row.put("protocol", pool.protocol());
        row.put("clients", pool.clients());
        row.put("upstreams", pool.upstreams());
        row.put("mostUpstreams", pool.mostUpstreams());
        row.put("opening", pool.opening());
        row.put("retired", pool.retired());
        row.put("blocked", pool.blocked());
        row.put("upstreamsOpened", pool.upstreamsOpened());
        row.put("channelsLeased", pool.channelsLeased());
        row.put("channelsIdle", pool.channelsIdle());
        row.put("waiting", pool.waiting());
        row.put("longestWaitSeconds", seconds(pool.longestWait()));
        row.put("acquireTimeouts", pool.acquireTimeouts());
        row.put("leases", pool.leases());
        row.put("published", pool.published());
        row.put("delivered", pool.delivered());
        row.put("bytesIn", pool.bytesIn());
        row.put("bytesOut", pool.bytesOut());
        return row;
    }

    private static Map<String, @Nullable Object> upstream(UpstreamStats upstream) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("id", upstream.info().id());
        row.put("endpoint", upstream.info().endpoint());
        row.put("user", upstream.info().user());
        row.put("vhost", upstream.info().vhost());
        row.put("route", upstream.info().route());
        row.put("open", upstream.open());
        row.put("retired", upstream.retired());
        row.put("blocked", upstream.blocked());
        row.put("clients", upstream.clients());
        row.put("channelsLeased", upstream.channelsLeased());
        row.put("channelsIdle", upstream.channelsIdle());
        row.put("ageSeconds", seconds(upstream.age()));
        row.put("published", upstream.published());
        row.put("delivered", upstream.delivered());
        row.put("bytesIn", upstream.bytesIn());
        row.put("bytesOut", upstream.bytesOut());
        return row;
    }

    private static Map<String, @Nullable Object> client(ClientInfo client) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("id", client.id());
        row.put("address", address(client));
        row.put("user", client.user());
        row.put("vhost", client.vhost());
        row.put("route", client.route());
        row.put("name", client.name());
        row.put("product", client.product());
        row.put("protocol", client.protocol());
        row.put("since", client.since());
        row.put("channels", client.channels());
        row.put("published", client.published());
        row.put("delivered", client.delivered());
        return row;
    }

    private static Map<String, @Nullable Object> trouble(Troubles.Trouble trouble) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("what", trouble.kind().what());
        row.put("code", trouble.kind().code());
        row.put("reason", trouble.kind().reason());
        row.put(
                "initiator",
                trouble.kind().initiator().isEmpty() ? null : trouble.kind().initiator());
        row.put("why", trouble.why());
        row.put("count", trouble.count());
        row.put("lastAt", trouble.lastAt());
        row.put("seconds", trouble.time().isZero() ? null : seconds(trouble.time()));
        ClientInfo client = trouble.client();
        row.put("client", client == null ? null : client.id());
        row.put("address", client == null ? null : address(client));
        row.put("user", trouble.whose().user());
        row.put("vhost", trouble.whose().vhost());
        row.put("route", trouble.whose().route());
        row.put("name", client == null ? null : client.name());
        row.put("product", client == null ? null : client.product());
        return row;
    }

    private static String address(ClientInfo client) {
        return client.address().getAddress().getHostAddress()
                + ':'
                + client.address().getPort();
    }
}
