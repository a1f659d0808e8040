package io.amqproxy.program.http;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyListener;
import io.amqproxy.ProxyStats;
import io.amqproxy.Release;
import io.amqproxy.Release.Outcome;
import io.amqproxy.UpstreamInfo;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The program's metrics for Prometheus. What is counted by events is counted here; figures of the moment and totals are
 * read from the proxy, once for each scrape ({@link StatsCollector}).
 *
 * <p>Labels hold users, vhosts and a few fixed words, and the number of pools with labels of their own is bounded.
 */
final class Metrics implements ProxyListener {

    private static final double[] BOUNDS = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    };
    private static final double NANOS = 1e9;

    private record Uses(long reused, long all) {}

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PoolNames names;
    private final Map<PoolKey, Uses> uses = new HashMap<>();
    /** The endpoints that answer, with their routes; the events' thread alone has it. */
    private final Set<String> reachable = new HashSet<>();
    /** Connections that are held back; likewise. */
    private final Set<Long> held = new HashSet<>();

    private final Gauge brokerReachable;
    private final Gauge draining;
    private final Counter authenticated;
    private final Counter refusals;
    private final Counter loginsUnasked;
    private final Counter upstreamFailures;
    private final Counter upstreamsClosed;
    private final Counter publishesLost;
    private final Counter disconnects;
    private final Counter slowed;
    private final Counter heldBack;
    private final Counter heldBackSeconds;
    private final Gauge heldBackNow;
    private final Counter strangers;
    private final Counter blocks;
    private final Counter limits;
    private final Counter leases;
    private final Gauge reuseRatio;
    private final Histogram waits;
    private final Histogram logins;
    private final Histogram fences;

    Metrics(int poolLimit, Supplier<ProxyStats> stats) {
        names = new PoolNames(poolLimit);
        brokerReachable = Gauge.builder()
                .name("amqproxy_broker_reachable")
                .help("Whether an endpoint of the broker answers")
                .register(registry);
        draining = Gauge.builder()
                .name("amqproxy_draining")
                .help("Whether the proxy takes no more clients")
                .register(registry);
        authenticated = counter("amqproxy_clients_authenticated", "Clients that were connected", "protocol");
        refusals = counter("amqproxy_client_refusals", "Clients refused before they were connected", "reason", "cause");
        loginsUnasked = counter(
                "amqproxy_logins_refused_unasked",
                "Log-ins refused without asking the broker, after too many that it refused");
        upstreamFailures =
                counter("amqproxy_upstream_failures", "Connections to the broker that could not be opened", "reason");
        upstreamsClosed =
                counter("amqproxy_upstreams_closed", "Connections to the broker that ended", "initiator", "reason");
        publishesLost = counter(
                "amqproxy_publishes_lost",
                "Messages without confirms that may have been lost with a connection after their client had left");
        disconnects = counter(
                "amqproxy_client_disconnects", "Connections of clients that ended", "initiator", "reason", "cause");
        slowed = counter(
                "amqproxy_client_slowdowns",
                "Times that a client was not read for having sent too much, at most one in 10 s of each user");
        heldBack = counter(
                "amqproxy_publishers_held_back", "Times that the broker held back what was published on a connection");
        heldBackSeconds = counter("amqproxy_publishers_held_back_seconds", "How long it did so, when that was over");
        heldBackNow = Gauge.builder()
                .name("amqproxy_upstreams_held_back")
                .help("Connections where the broker holds back what is published")
                .register(registry);
        strangers = counter(
                "amqproxy_foreign_protocols", "Clients that came with another protocol to a listener", "protocol");
        blocks = counter("amqproxy_login_blocks", "Times that log-ins were refused for having failed too often");
        limits = counter(
                "amqproxy_limits_reached", "Times that a limit made somebody wait, at most one in 10 s", "limit");
        leases = counter("amqproxy_pool_leases", "Leases that ended", names.labels("outcome", "reason"));
        reuseRatio = Gauge.builder()
                .name("amqproxy_pool_reuse_ratio")
                .help("Share of all leases after which the channel could serve again")
                .labelNames(names.labels())
                .register(registry);
        waits = histogram("amqproxy_pool_lease_wait_seconds", "How long clients waited for a channel");
        logins = histogram("amqproxy_pool_login_seconds", "How long connecting and log-in at the broker took");
        fences = histogram("amqproxy_pool_fence_seconds", "How long a released channel waited for the broker's proof");
        registry.register(new ProcessCollector());
        registry.register(new StatsCollector(
                () -> {
                    ProxyStats now = stats.get();
                    forgetPoolsThatEnded(now);
                    return now;
                },
                names));
    }

    /** Says who this is. */
    void identify(String version, String name) {
        Info.builder()
                .name("amqproxy_identity_info")
                .help("The program's version and host, and the proxy's name")
                .labelNames("amqproxy_version", "amqproxy_hostname", "amqproxy_name")
                .register(registry)
                .setLabelValues(version, hostName(), name);
    }

    private Counter counter(String name, String help, String... labels) {
        return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
    }

    private Histogram histogram(String name, String help) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .unit(Unit.SECONDS)
                .labelNames(names.labels())
                .classicOnly()
                .classicUpperBounds(BOUNDS)
                .register(registry);
    }

    /** Adds a total that somebody else counts. */
    void watch(String name, String help, LongSupplier total) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call((double) total.getAsLong()))
                .register(registry);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }

    MetricSnapshots scrape() {
        return registry.scrape();
    }

    private void forgetPoolsThatEnded(ProxyStats stats) {
        Set<PoolKey> alive = new HashSet<>();
        for (PoolStats pool : stats.pools()) {
            alive.add(names.of(pool));
        }
        for (PoolKey pool : names.forgetAllBut(alive)) {
            synchronized (uses) {
                uses.remove(pool);
            }
            waits.remove(pool.values());
            logins.remove(pool.values());
            fences.remove(pool.values());
            reuseRatio.remove(pool.values());
            for (Outcome outcome : Outcome.values()) {
                for (Release.Reason reason : Release.Reason.values()) {
                    leases.remove(pool.values(Reasons.label(outcome), Reasons.label(reason)));
                }
            }
        }
    }

    // Events.

    @Override
    public void proxyDraining() {
        draining.set(1);
    }

    @Override
    public void brokerReachable(String endpoint, @Nullable String route) {
        reachable.add(endpoint + ' ' + route);
        brokerReachable.set(1);
    }

    @Override
    public void brokerUnreachable(String endpoint, String reason, @Nullable String route) {
        reachable.remove(endpoint + ' ' + route);
        brokerReachable.set(reachable.isEmpty() ? 0 : 1);
    }

    @Override
    public void clientAuthenticated(ClientInfo client) {
        authenticated
                .labelValues(Objects.requireNonNullElse(client.protocol(), "unknown"))
                .inc();
    }

    @Override
    public void clientRefused(ClientInfo client, CloseReason reason) {
        refusals.labelValues(Reasons.label(reason), Reasons.label(reason.cause()))
                .inc();
    }

    @Override
    public void loginRefusedUnasked(ClientInfo client, Duration time) {
        loginsUnasked.inc();
    }

    @Override
    public void clientDisconnected(ClientInfo client, CloseReason reason) {
        disconnects
                .labelValues(Reasons.label(reason.initiator()), Reasons.label(reason), Reasons.label(reason.cause()))
                .inc();
    }

    @Override
    public void clientSlowed(ClientInfo client, Duration time) {
        slowed.inc();
    }

    @Override
    public void foreignProtocol(ClientInfo client, String protocol) {
        strangers.labelValues(protocol).inc();
    }

    @Override
    public void publishersHeldBack(UpstreamInfo upstream, String reason) {
        heldBack.inc();
        held.add(upstream.id());
        heldBackNow.set(held.size());
    }

    @Override
    public void publishersReleased(UpstreamInfo upstream, Duration time) {
        heldBackSeconds.inc(time.toNanos() / NANOS);
        held.remove(upstream.id());
        heldBackNow.set(held.size());
    }

    @Override
    public void loginsBlocked(ClientInfo client, Duration time) {
        blocks.inc();
    }

    @Override
    public void limitReached(String limit, String effect, @Nullable String user) {
        limits.labelValues(limit).inc();
    }

    @Override
    public void upstreamOpened(UpstreamInfo upstream, Duration took) {
        observe(logins, names.name(names.of(upstream)), took);
    }

    @Override
    public void upstreamFailed(UpstreamInfo upstream, CloseReason reason) {
        upstreamFailures.labelValues(Reasons.label(reason)).inc();
    }

    @Override
    public void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
        if (held.remove(upstream.id())) {
            heldBackNow.set(held.size()); // An event was dropped.
        }
        upstreamsClosed
                .labelValues(Reasons.label(reason.initiator()), Reasons.label(reason))
                .inc();
    }

    @Override
    public void channelLeased(LeaseInfo lease, Duration waited) {
        observe(waits, names.known(names.of(lease.upstream())), waited);
    }

    @Override
    public void channelFenced(UpstreamInfo upstream, int channel, Duration took) {
        if (!took.isZero()) {
            observe(fences, names.known(names.of(upstream)), took);
        }
    }

    @Override
    public void channelReleased(LeaseInfo lease, Release release) {
        PoolKey pool = names.known(names.of(lease.upstream()));
        leases.labelValues(pool.values(Reasons.label(release.outcome()), Reasons.label(release.reason())))
                .inc();
        Uses sum;
        synchronized (uses) {
            sum = uses.merge(
                    pool,
                    new Uses(release.outcome() == Outcome.REUSED ? 1 : 0, 1),
                    (one, other) -> new Uses(one.reused + other.reused, one.all + other.all));
        }
        reuseRatio.labelValues(pool.values()).set((double) sum.reused / sum.all);
    }

    @Override
    public void publishesLost(UpstreamInfo upstream, long messages) {
        publishesLost.inc(messages);
    }

    private static void observe(Histogram histogram, PoolKey pool, Duration time) {
        histogram.labelValues(pool.values()).observe(time.toNanos() / NANOS);
    }
}
