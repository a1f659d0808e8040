package io.amqproxy.program.http;

import static io.amqproxy.program.http.Html.bytes;
import static io.amqproxy.program.http.Html.number;
import static io.amqproxy.program.http.Html.percent;
import static io.amqproxy.program.http.Html.text;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.EndpointStats;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyHealth;
import io.amqproxy.ProxyStats;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleFunction;

/** The one page for people. The server draws all of it; a few lines of script ask for its live part again. */
final class StatusPage {

    /** Rows of a table; a page with thousands helps nobody. */
    private static final int MAX_ROWS = 200;

    private static final String PAGE = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>%s</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="status.css">
            <script src="status.js" defer></script>
            </head>
            <body>
            <header><h1>AmqProxy</h1><p>%s, version %s</p></header>
            %s
            <p id="stale" class="bad" role="alert" hidden>No answer from the proxy; below is what was.</p>
            <p id="said" role="status"></p>
            <main id="live">
            %s</main>
            </body>
            </html>
            """;

    private static final String TOKEN = """
            <form id="operator"><label>Token <input id="token" type="password" autocomplete="off"></label>
            <small>asked for by the buttons; kept in this tab only</small></form>""";

    private final AmqProxy proxy;
    private final Watch watch;
    private final History history;
    private final String version;

    StatusPage(AmqProxy proxy, Watch watch, History history, String version) {
        this.proxy = proxy;
        this.watch = watch;
        this.history = history;
        this.version = version;
    }

    String whole(boolean withButtons) {
        return PAGE.formatted(
                text(proxy.name()), text(proxy.name()), text(version), withButtons ? TOKEN : "", live(withButtons));
    }

    /** The part that changes. */
    String live(boolean withButtons) {
        ProxyStats stats = proxy.stats();
        return state(stats, withButtons)
                + tiles(stats)
                + pools(stats.pools(), withButtons)
                + reuse()
                + refusals()
                + endpoints(stats.endpoints())
                + upstreams()
                + clients(withButtons);
    }

    private String state(ProxyStats stats, boolean withButtons) {
        ProxyHealth health = proxy.health();
        String dropped = stats.eventsDropped() == 0
                ? ""
                : "<p class=\"bad\">%s events were dropped; counts below may be too small.</p>\n"
                        .formatted(number(stats.eventsDropped()));
        return "<p><b id=\"state\" class=\"%s\">%s</b> listening on %s, broker %s%s</p>\n%s"
                .formatted(
                        health.ready() ? "good" : "bad",
                        health.ready() ? "Ready" : text("Not ready: " + health.reason()),
                        text(watch.address()),
                        text(watch.broker()),
                        withButtons ? pauseButton(stats.paused()) : "",
                        dropped);
    }

    private static String pauseButton(boolean paused) {
        return " <button data-post=\"%s\" data-what=\"leases\">%s</button>"
                .formatted(paused ? "resume" : "pause", paused ? "Resume" : "Pause");
    }

    private static String endpoints(List<EndpointStats> endpoints) {
        StringBuilder rows = new StringBuilder();
        endpoints.forEach(endpoint -> rows.append(row(
                text(endpoint.endpoint()),
                endpoint.reachable() ? "<span class=\"good\">yes</span>" : "<span class=\"bad\">no</span>",
                number(endpoint.upstreams()),
                number(endpoint.opened()),
                number(endpoint.failures()),
                text(Objects.requireNonNullElse(endpoint.lastFailure(), "")))));
        return table(
                "Endpoints of the broker",
                endpoints.size(),
                "<th>endpoint<th>reachable<th>connections<th>log-ins<th>failures<th>last failure",
                rows);
    }

    private String tiles(ProxyStats stats) {
        return "<section class=\"tiles\">\n"
                + tile("Clients", history.values(ProxyStats::clients), stats.clients(), Html::number)
                + tile("Broker connections", history.values(ProxyStats::upstreams), stats.upstreams(), Html::number)
                + tile(
                        "Channels leased",
                        history.values(ProxyStats::channelsLeased),
                        stats.channelsLeased(),
                        Html::number)
                + tile("Channels idle", history.values(ProxyStats::channelsIdle), stats.channelsIdle(), Html::number)
                + rate("New clients/s", history.rates(ProxyStats::clientsTotal), Html::number)
                + rate("Published/s", history.rates(ProxyStats::published), Html::number)
                + rate("Delivered/s", history.rates(ProxyStats::delivered), Html::number)
                + rate("Bytes/s", history.rates(all -> all.bytesIn() + all.bytesOut()), Html::bytes)
                + "</section>\n";
    }

    private static String rate(String name, List<Double> rates, DoubleFunction<String> form) {
        return tile(name, rates, rates.isEmpty() ? 0 : rates.get(rates.size() - 1), form);
    }

    private static String tile(String name, List<Double> values, double now, DoubleFunction<String> form) {
        return "<div><h2>%s</h2><b>%s</b>%s</div>\n".formatted(text(name), form.apply(now), Html.graph(name, values));
    }

    private static String pools(List<PoolStats> pools, boolean withButtons) {
        StringBuilder rows = new StringBuilder();
        pools.stream()
                .sorted(Comparator.comparing(PoolStats::clients)
                        .reversed()
                        .thenComparing(PoolStats::user)
                        .thenComparing(PoolStats::vhost))
                .limit(MAX_ROWS)
                .forEach(pool -> rows.append(row(
                        text(pool.user()),
                        text(pool.vhost()),
                        text(pool.protocol()),
                        number(pool.clients()),
                        number(pool.upstreams()),
                        number(pool.channelsLeased()),
                        number(pool.channelsIdle()),
                        number(pool.leases()),
                        number(pool.published()),
                        number(pool.delivered()),
                        bytes(pool.bytesIn()),
                        bytes(pool.bytesOut()),
                        withButtons ? drainButton(pool) : "")));
        return table(
                "Pools",
                pools.size(),
                "<th>user<th>vhost<th>protocol<th>clients<th>connections<th>leased<th>idle<th>leases<th>published<th>delivered"
                        + "<th>in<th>out<th>",
                rows);
    }

    private static String drainButton(PoolStats pool) {
        return "<button data-post=\"drain-pool\" data-user=\"%s\" data-vhost=\"%s\">Drain</button>"
                .formatted(text(pool.user()), text(pool.vhost()));
    }

    private String reuse() {
        long reused = watch.reused();
        long closed =
                watch.notReused().stream().mapToLong(entry -> entry.getValue()).sum();
        StringBuilder rows = new StringBuilder();
        watch.notReused()
                .forEach(entry -> rows.append(row(
                        text(Reasons.label(entry.getKey())),
                        number(entry.getValue()),
                        percent(entry.getValue(), reused + closed),
                        "<meter value=\"%d\" max=\"%d\"></meter>".formatted(entry.getValue(), reused + closed),
                        text(Reasons.sentence(entry.getKey())))));
        String summary = "<p>%s of %s leases left a channel that could serve again (%s).</p>\n"
                .formatted(number(reused), number(reused + closed), percent(reused, reused + closed));
        return "<h2>Why channels were not used again</h2>\n" + summary
                + (rows.isEmpty() ? "" : bare("<th>reason<th>leases<th>share<th><th>meaning", rows));
    }

    private String refusals() {
        StringBuilder rows = new StringBuilder();
        watch.refusals().forEach((reason, count) -> rows.append(row(text(reason), number(count))));
        return rows.isEmpty() ? "" : "<h2>Clients refused</h2>\n" + bare("<th>reason<th>clients", rows);
    }

    private String upstreams() {
        List<Watch.Upstream> all = watch.upstreams();
        StringBuilder rows = new StringBuilder();
        Instant now = Instant.now();
        all.stream()
                .limit(MAX_ROWS)
                .forEach(upstream -> rows.append(row(
                        number(upstream.info().id()),
                        text(upstream.info().endpoint()),
                        text(upstream.info().user()),
                        text(Objects.requireNonNullElse(upstream.info().vhost(), "")),
                        number(upstream.leases()),
                        text(Duration.between(upstream.since(), now)
                                .truncatedTo(java.time.temporal.ChronoUnit.SECONDS)
                                .toString()
                                .substring(2)
                                .toLowerCase(java.util.Locale.ROOT)))));
        return table(
                "Connections to the broker", all.size(), "<th>id<th>broker<th>user<th>vhost<th>leased<th>age", rows);
    }

    private String clients(boolean withButtons) {
        List<ClientInfo> all = proxy.clients();
        StringBuilder rows = new StringBuilder();
        all.stream()
                .sorted(Comparator.comparing(ClientInfo::id))
                .limit(MAX_ROWS)
                .forEach(client -> rows.append(row(
                        Long.toString(client.id()),
                        text(client.address().getAddress().getHostAddress()
                                + ':'
                                + client.address().getPort()),
                        text(Objects.requireNonNullElse(client.user(), "")),
                        text(Objects.requireNonNullElse(client.vhost(), "")),
                        text(Objects.requireNonNullElse(client.name(), "")),
                        text(Objects.requireNonNullElse(client.product(), "")),
                        text(Objects.requireNonNullElse(client.protocol(), "")),
                        withButtons
                                ? "<button data-post=\"close-client\" data-id=\"%d\">Close</button>"
                                        .formatted(client.id())
                                : "")));
        return table(
                "Clients", all.size(), "<th>id<th>address<th>user<th>vhost<th>name<th>product<th>protocol<th>", rows);
    }

    private static String table(String name, int size, CharSequence head, CharSequence rows) {
        String more = size > MAX_ROWS ? "<p>The first %d of %s.</p>\n".formatted(MAX_ROWS, number(size)) : "";
        return "<h2>%s</h2>\n".formatted(text(name)) + (size == 0 ? "<p>None.</p>\n" : more + bare(head, rows));
    }

    private static String bare(CharSequence head, CharSequence rows) {
        return "<div class=\"wide\"><table>\n<thead><tr>" + head + "</thead>\n<tbody>\n" + rows
                + "</tbody>\n</table></div>\n";
    }

    private static String row(String... cells) {
        return "<tr><td>" + String.join("<td>", cells) + "\n";
    }
}
