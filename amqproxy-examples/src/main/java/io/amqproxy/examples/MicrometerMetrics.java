package io.amqproxy.examples;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.ProxyStats;
import io.amqproxy.Release;
import io.amqproxy.UpstreamInfo;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * The proxy's metrics for Micrometer, in two parts: what happens is counted by a listener, which the proxy's builder
 * needs; what there is at a moment is asked of the running proxy, by a {@link MeterBinder}.
 *
 * <pre>{@code
 * AmqProxy proxy = AmqProxy.builder().upstream(broker).listener(new MicrometerMetrics(registry)).start();
 * MicrometerMetrics.gauges(proxy).bindTo(registry);
 * }</pre>
 *
 * <p>Tags are a few fixed words: users and vhosts of a host application that serves many would be too many.
 */
public final class MicrometerMetrics implements ProxyListener {

    private final MeterRegistry registry;

    public MicrometerMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** {@return a binder of the figures of {@link AmqProxy#stats()}, which are asked for at each measurement} */
    public static MeterBinder gauges(AmqProxy proxy) {
        return registry -> {
            gauge(registry, proxy, "amqproxy.client.connections", ProxyStats::clients);
            gauge(registry, proxy, "amqproxy.upstream.connections", ProxyStats::upstreams);
            gauge(registry, proxy, "amqproxy.channels.leased", ProxyStats::channelsLeased);
            gauge(registry, proxy, "amqproxy.channels.idle", ProxyStats::channelsIdle);
            counter(registry, proxy, "amqproxy.messages.published", stats -> (double) stats.published());
            counter(registry, proxy, "amqproxy.messages.delivered", stats -> (double) stats.delivered());
            counter(registry, proxy, "amqproxy.events.dropped", stats -> (double) stats.eventsDropped());
        };
    }

    private static void gauge(MeterRegistry to, AmqProxy proxy, String name, ToDoubleFunction<ProxyStats> figure) {
        Gauge.builder(name, proxy, one -> figure.applyAsDouble(one.stats())).register(to);
    }

    private static void counter(MeterRegistry to, AmqProxy proxy, String name, ToDoubleFunction<ProxyStats> figure) {
        FunctionCounter.builder(name, proxy, one -> figure.applyAsDouble(one.stats()))
                .register(to);
    }

    @Override
    public void clientRefused(ClientInfo client, CloseReason reason) {
        registry.counter("amqproxy.clients.refused", "code", Integer.toString(reason.code()))
                .increment();
    }

    @Override
    public void upstreamOpened(UpstreamInfo upstream, Duration took) {
        registry.timer("amqproxy.logins").record(took);
    }

    @Override
    public void channelLeased(LeaseInfo lease, Duration waited) {
        registry.timer("amqproxy.lease.waits").record(waited);
    }

    @Override
    public void channelReleased(LeaseInfo lease, Release release) {
        registry.counter(
                        "amqproxy.leases",
                        "outcome",
                        release.outcome().name().toLowerCase(Locale.ROOT),
                        "reason",
                        release.reason().name().toLowerCase(Locale.ROOT))
                .increment();
    }
}
