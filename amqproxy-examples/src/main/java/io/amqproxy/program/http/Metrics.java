package io.amqproxy.program.http;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.LimitInfo;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyListener;
import io.amqproxy.ProxyStats;
import io.amqproxy.Release;
import io.amqproxy.Release.Outcome;
import io.amqproxy.UpstreamInfo;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
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

    private static final double NANOS = 1e9;

    private record Uses(long reused, long all) {}

    private final PoolNames names;
    private final Map<PoolKey, Uses> uses = new HashMap<>();
    /** The endpoints that answer, with their routes; the events' thread alone has it. */
    private final Set<String> reachable = new HashSet<>();
    /** Connections that are held back; likewise. */
    private final Set<Long> held = new HashSet<>();

    private final TroubleCounts troubles;
    private final Supplier<ProxyStats> stats;
    private final LongSupplier linesDropped;
    private volatile boolean isReachable;
    private volatile boolean isDraining;
    private volatile @Nullable Meters meters;

    /**
     * Makes none yet: with what makes them come two hundred classes, for which nobody who listens has to wait.
     *
     * @param poolLimit pools with labels of their own
     * @param stats the proxy's figures of this moment
     * @param linesDropped lines of the log that could not be written
     */
    Metrics(int poolLimit, Supplier<ProxyStats> stats, LongSupplier linesDropped) {
        this.names = new PoolNames(poolLimit);
        this.troubles = new TroubleCounts(names, System::nanoTime);
        this.stats = stats;
        this.linesDropped = linesDropped;
    }

    /** {@return what is counted with, made when it is needed first} */
    private Meters meters() {
        Meters all = meters;
        return all == null ? makeMeters() : all;
    }

    private synchronized Meters makeMeters() {
        Meters all = meters;
        if (all == null) {
            all = new Meters(names);
            all.state("amqproxy_broker_reachable", "Whether an endpoint of the broker answers", () -> isReachable);
            all.state("amqproxy_draining", "Whether the proxy takes no more clients", () -> isDraining);
            all.total("amqproxy_log_lines_dropped", "Lines of the log that could not be written in time", linesDropped);
            all.figures(this::statsNow, troubles);
            meters = all;
        }
        return all;
    }

    private ProxyStats statsNow() {
        ProxyStats now = stats.get();
        forgetPoolsThatEnded(now);
        return now;
    }

    /** {@return what counts troubles by user} */
    TroubleCounts troubles() {
        return troubles;
    }

    /** Says who this is. */
    void identify(String version, String name) {
        meters().identity(version, hostName(), name);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }

    MetricSnapshots scrape() {
        return meters().registry.scrape();
    }

    private void forgetPoolsThatEnded(ProxyStats stats) {
        Meters counted = meters();
        Set<PoolKey> alive = new HashSet<>();
        for (PoolStats pool : stats.pools()) {
            alive.add(names.of(pool));
        }
        for (PoolKey pool : names.forgetAllBut(alive)) {
            synchronized (uses) {
                uses.remove(pool);
            }
            counted.waits.remove(pool.values());
            counted.logins.remove(pool.values());
            counted.fences.remove(pool.values());
            counted.reuseRatio.remove(pool.values());
            counted.slowedSeconds.remove(pool.values());
            for (Outcome outcome : Outcome.values()) {
                for (Release.Reason reason : Release.Reason.values()) {
                    counted.leases.remove(pool.values(Reasons.label(outcome), Reasons.label(reason)));
                }
            }
        }
    }

    // Events.

    @Override
    public void proxyDraining() {
        isDraining = true;
    }

    @Override
    public void brokerReachable(String endpoint, @Nullable String route) {
        reachable.add(endpoint + ' ' + route);
        isReachable = true;
    }

    @Override
    public void brokerUnreachable(String endpoint, String reason, @Nullable String route) {
        reachable.remove(endpoint + ' ' + route);
        isReachable = !reachable.isEmpty();
    }

    @Override
    public void clientAuthenticated(ClientInfo client) {
        meters().authenticated
                .labelValues(Objects.requireNonNullElse(client.protocol(), "unknown"))
                .inc();
    }

    @Override
    public void clientRefused(ClientInfo client, CloseReason reason) {
        meters().refusals
                .labelValues(Reasons.label(reason), Reasons.label(reason.cause()))
                .inc();
    }

    @Override
    public void loginRefusedUnasked(ClientInfo client, Duration time) {
        meters().loginsUnasked.inc();
    }

    @Override
    public void clientDisconnected(ClientInfo client, CloseReason reason) {
        meters().disconnects
                .labelValues(Reasons.label(reason.initiator()), Reasons.label(reason), Reasons.label(reason.cause()))
                .inc();
    }

    @Override
    public void clientSlowed(ClientInfo client, Duration time) {
        meters().slowed.inc();
        PoolKey pool = names.known(names.of(client));
        meters().slowedSeconds.labelValues(pool.values()).inc(time.toNanos() / NANOS);
    }

    @Override
    public void foreignProtocol(ClientInfo client, String protocol) {
        meters().strangers.labelValues(protocol).inc();
    }

    @Override
    public void publishersHeldBack(UpstreamInfo upstream, String reason) {
        meters().heldBack.inc();
        held.add(upstream.id());
        meters().heldBackNow.set(held.size());
    }

    @Override
    public void publishersReleased(UpstreamInfo upstream, Duration time) {
        meters().heldBackSeconds.inc(time.toNanos() / NANOS);
        held.remove(upstream.id());
        meters().heldBackNow.set(held.size());
    }

    @Override
    public void loginsBlocked(ClientInfo client, Duration time) {
        meters().blocks.inc();
    }

    @Override
    public void limitReached(LimitInfo limit) {
        meters().limits.labelValues(limit.limit()).inc();
    }

    @Override
    public void upstreamOpened(UpstreamInfo upstream, Duration took) {
        observe(meters().logins, names.name(names.of(upstream)), took);
    }

    @Override
    public void upstreamFailed(UpstreamInfo upstream, CloseReason reason) {
        meters().upstreamFailures.labelValues(Reasons.label(reason)).inc();
    }

    @Override
    public void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
        if (held.remove(upstream.id())) {
            meters().heldBackNow.set(held.size()); // An event was dropped.
        }
        meters().upstreamsClosed
                .labelValues(Reasons.label(reason.initiator()), Reasons.label(reason))
                .inc();
    }

    @Override
    public void channelLeased(LeaseInfo lease, Duration waited) {
        observe(meters().waits, names.known(names.of(lease.upstream())), waited);
    }

    @Override
    public void channelFenced(UpstreamInfo upstream, int channel, Duration took) {
        if (!took.isZero()) {
            observe(meters().fences, names.known(names.of(upstream)), took);
        }
    }

    @Override
    public void channelReleased(LeaseInfo lease, Release release) {
        PoolKey pool = names.known(names.of(lease.upstream()));
        meters().leases
                .labelValues(pool.values(Reasons.label(release.outcome()), Reasons.label(release.reason())))
                .inc();
        Uses sum;
        synchronized (uses) {
            sum = uses.merge(
                    pool,
                    new Uses(release.outcome() == Outcome.REUSED ? 1 : 0, 1),
                    (one, other) -> new Uses(one.reused + other.reused, one.all + other.all));
        }
        meters().reuseRatio.labelValues(pool.values()).set((double) sum.reused / sum.all);
    }

    @Override
    public void publishesLost(UpstreamInfo upstream, long messages) {
        meters().publishesLost.inc(messages);
    }

    private static void observe(Histogram histogram, PoolKey pool, Duration time) {
        histogram.labelValues(pool.values()).observe(time.toNanos() / NANOS);
    }
}
