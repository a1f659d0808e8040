package io.amqproxy.examples;

import io.amqproxy.AmqProxy;
import io.amqproxy.EndpointStats;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What there is at a moment in a running proxy, for Micrometer: the whole, each endpoint of the broker, and each pool.
 * The proxy is asked once for all meters of a scrape: an answer holds for a second.
 *
 * <p>Pools come and go; meters by pool are of those that there were at the scrape before, the {@value #MOST_POOLS} with
 * the most clients. A host application whose users are countless would rather leave them out.
 */
public final class MicrometerGauges implements MeterBinder {

    static final int MOST_POOLS = 100;
    private static final long FRESH = TimeUnit.SECONDS.toNanos(1);

    private final AmqProxy proxy;
    private final List<PoolGauge> byPool = new ArrayList<>();
    private @Nullable ProxyStats last;
    private long lastAt;

    /** A figure of each pool. */
    private record PoolGauge(MultiGauge gauge, ToDoubleFunction<PoolStats> figure) {

        void tell(List<PoolStats> pools) {
            gauge.register(
                    pools.stream()
                            .map(pool -> MultiGauge.Row.of(tags(pool), figure.applyAsDouble(pool)))
                            .toList(),
                    true);
        }

        private static Tags tags(PoolStats pool) {
            return Tags.of("user", pool.user(), "vhost", pool.vhost(), "protocol", pool.protocol());
        }
    }

    /** For a proxy, which may have ended: its last figures are told then. */
    public MicrometerGauges(AmqProxy proxy) {
        this.proxy = proxy;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(registry, "amqproxy.client.connections", ProxyStats::clients);
        gauge(registry, "amqproxy.upstream.connections", ProxyStats::upstreams);
        gauge(registry, "amqproxy.upstream.connections.max", ProxyStats::maxTotalConnections);
        gauge(registry, "amqproxy.pools.waiting", ProxyStats::poolsWaiting);
        gauge(registry, "amqproxy.channels.leased", ProxyStats::channelsLeased);
        gauge(registry, "amqproxy.channels.idle", ProxyStats::channelsIdle);
        gauge(registry, "amqproxy.buffers.used", stats -> (double) stats.bufferBytes());
        gauge(registry, "amqproxy.buffers.max", stats -> (double) stats.maxBufferBytes());
        counter(registry, "amqproxy.messages.published", stats -> (double) stats.published());
        counter(registry, "amqproxy.messages.delivered", stats -> (double) stats.delivered());
        counter(registry, "amqproxy.waits.in.vain", stats -> (double) stats.acquireTimeouts());
        counter(registry, "amqproxy.events.dropped", stats -> (double) stats.eventsDropped());
        stats().endpoints().forEach(endpoint -> endpoint(registry, endpoint.endpoint()));
        pools(registry, "amqproxy.pool.clients", PoolStats::clients);
        pools(registry, "amqproxy.pool.connections", PoolStats::upstreams);
        pools(registry, "amqproxy.pool.waiting", PoolStats::waiting);
        pools(registry, "amqproxy.pool.longest.wait.seconds", pool -> seconds(pool.longestWait()));
        pools(registry, "amqproxy.pool.blocked", PoolStats::blocked);
    }

    private void gauge(MeterRegistry to, String name, ToDoubleFunction<ProxyStats> figure) {
        Gauge.builder(name, this, one -> figure.applyAsDouble(one.stats())).register(to);
    }

    private void counter(MeterRegistry to, String name, ToDoubleFunction<ProxyStats> figure) {
        FunctionCounter.builder(name, this, one -> figure.applyAsDouble(one.stats()))
                .register(to);
    }

    private void endpoint(MeterRegistry to, String name) {
        Tags tags = Tags.of("endpoint", name);
        Gauge.builder("amqproxy.endpoint.reachable", this, one -> one.of(name, end -> end.reachable() ? 1 : 0))
                .tags(tags)
                .register(to);
        FunctionCounter.builder("amqproxy.endpoint.failures", this, one -> one.of(name, end -> (double) end.failures()))
                .tags(tags)
                .register(to);
    }

    /** An endpoint that a reload has taken away has no figure. */
    private double of(String endpoint, ToDoubleFunction<EndpointStats> figure) {
        return stats().endpoints().stream()
                .filter(one -> one.endpoint().equals(endpoint))
                .mapToDouble(figure)
                .findFirst()
                .orElse(Double.NaN);
    }

    private void pools(MeterRegistry to, String name, ToDoubleFunction<PoolStats> figure) {
        PoolGauge gauge = new PoolGauge(MultiGauge.builder(name).register(to), figure);
        synchronized (this) {
            byPool.add(gauge);
            gauge.tell(shown(stats()));
        }
    }

    private synchronized ProxyStats stats() {
        ProxyStats present = last;
        long now = System.nanoTime();
        if (present == null || now - lastAt >= FRESH) {
            present = proxy.stats();
            last = present;
            lastAt = now;
            List<PoolStats> pools = shown(present);
            byPool.forEach(gauge -> gauge.tell(pools));
        }
        return present;
    }

    private static List<PoolStats> shown(ProxyStats stats) {
        return stats.pools().stream()
                .sorted(Comparator.comparingInt(PoolStats::clients).reversed())
                .limit(MOST_POOLS)
                .toList();
    }

    private static double seconds(Duration time) {
        return (double) time.toNanos() / TimeUnit.SECONDS.toNanos(1);
    }
}
