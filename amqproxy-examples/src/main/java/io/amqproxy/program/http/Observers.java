package io.amqproxy.program.http;

import io.amqproxy.AmqProxy;
import io.amqproxy.ProxyListener;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/** The listeners behind the endpoints; they have to be there before the proxy is. */
public final class Observers {

    private static final int KEPT_BACK = 16;

    private final CompletableFuture<AmqProxy> proxy = new CompletableFuture<>();
    final String version;
    final StatusListener status;
    final Metrics metrics;
    /** Taken before there are clients. */
    final SpareDescriptors reserve = new SpareDescriptors(KEPT_BACK);

    /**
     * Makes the listeners.
     *
     * @param version the program's
     * @param metricsPools pools with labels of their own in the metrics
     * @param logDropped how many lines of the log were dropped
     */
    public Observers(String version, int metricsPools, LongSupplier logDropped) {
        this.version = version;
        reserve.fill();
        this.metrics = new Metrics(metricsPools, () -> proxy.join().stats(), logDropped);
        this.status = new StatusListener(metrics.troubles());
    }

    /** {@return what the proxy's builder needs} */
    public List<ProxyListener> listeners() {
        return List.of(status, metrics);
    }

    void onStarted(AmqProxy started) {
        metrics.identify(version, started.name());
        proxy.complete(started);
    }
}
