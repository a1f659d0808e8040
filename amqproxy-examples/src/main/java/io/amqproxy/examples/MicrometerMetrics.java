package io.amqproxy.examples;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import io.amqproxy.UpstreamInfo;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Locale;

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

    /** {@return a binder of the figures of {@link AmqProxy#stats()}, see {@link MicrometerGauges}} */
    public static MeterBinder gauges(AmqProxy proxy) {
        return new MicrometerGauges(proxy);
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
