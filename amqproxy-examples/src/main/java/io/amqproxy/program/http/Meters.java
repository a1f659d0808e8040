package io.amqproxy.program.http;

import io.amqproxy.ProxyStats;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What {@link Metrics} counts with, by names and labels, all in one registry. There are no traces here that exemplars
 * could be of, and samplers of them would have threads of their own.
 */
final class Meters {

    private static final double[] BOUNDS = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    };

    final PrometheusRegistry registry = new PrometheusRegistry();
    private final PoolNames names;

    final Counter authenticated;
    final Counter refusals;
    final Counter loginsUnasked;
    final Counter upstreamFailures;
    final Counter upstreamsClosed;
    final Counter publishesLost;
    final Counter disconnects;
    final Counter slowed;
    final Counter slowedSeconds;
    final Counter heldBack;
    final Counter heldBackSeconds;
    final Gauge heldBackNow;
    final Counter strangers;
    final Counter blocks;
    final Counter limits;
    final Counter leases;
    final Gauge reuseRatio;
    final Histogram waits;
    final Histogram logins;
    final Histogram fences;

    Meters(PoolNames names) {
        this.names = names;
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
                "Times that a client was not read for having sent too much; of many in 10 s one");
        slowedSeconds = counter(
                "amqproxy_client_slowed_seconds",
                "How long clients were not read for having sent too much, all of a user added up",
                names.labels());
        heldBack = counter(
                "amqproxy_publishers_held_back", "Times that the broker held back what was published on a connection");
        heldBackSeconds = counter("amqproxy_publishers_held_back_seconds", "How long it did so, when that was over");
        heldBackNow = Gauge.builder()
                .name("amqproxy_upstreams_held_back")
                .help("Connections where the broker holds back what is published")
                .withoutExemplars()
                .register(registry);
        strangers = counter("amqproxy_foreign_protocols", "Clients that came with another protocol", "protocol");
        blocks = counter("amqproxy_login_blocks", "Times that log-ins were refused for having failed too often");
        limits = counter(
                "amqproxy_limits_reached", "Times that a limit made somebody wait, at most one in 10 s", "limit");
        leases = counter("amqproxy_pool_leases", "Leases that ended", names.labels("outcome", "reason"));
        reuseRatio = Gauge.builder()
                .name("amqproxy_pool_reuse_ratio")
                .help("Share of all leases after which the channel could serve again")
                .labelNames(names.labels())
                .withoutExemplars()
                .register(registry);
        waits = histogram("amqproxy_pool_lease_wait_seconds", "How long clients waited for a channel");
        logins = histogram("amqproxy_pool_login_seconds", "How long connecting and log-in at the broker took");
        fences = histogram("amqproxy_pool_fence_seconds", "How long a released channel waited for the broker's proof");
    }

    private Counter counter(String name, String help, String... labels) {
        return Counter.builder()
                .name(name)
                .help(help)
                .labelNames(labels)
                .withoutExemplars()
                .register(registry);
    }

    private Histogram histogram(String name, String help) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .unit(Unit.SECONDS)
                .labelNames(names.labels())
                .classicOnly()
                .classicUpperBounds(BOUNDS)
                .withoutExemplars()
                .register(registry);
    }

    /** Adds a total that somebody else counts. */
    void total(String name, String help, LongSupplier total) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call((double) total.getAsLong()))
                .register(registry);
    }

    /** Adds what is so or not, as 1 or 0. */
    void state(String name, String help, BooleanSupplier state) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call(state.getAsBoolean() ? 1 : 0))
                .register(registry);
    }

    /** Adds what is read from the proxy, the process and the JVM at each scrape. */
    void figures(Supplier<ProxyStats> stats, TroubleCounts troubles) {
        registry.register(troubles);
        registry.register(new ProcessCollector());
        registry.register(new StatsCollector(stats, names));
    }

    void identity(String version, String host, String name) {
        Info.builder()
                .name("amqproxy_identity_info")
                .help("The program's version and host, and the proxy's name")
                .labelNames("amqproxy_version", "amqproxy_hostname", "amqproxy_name")
                .register(registry)
                .setLabelValues(version, host, name);
    }
}
