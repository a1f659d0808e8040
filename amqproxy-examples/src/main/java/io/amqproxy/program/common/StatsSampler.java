package io.amqproxy.program.common;

import io.amqproxy.AmqProxy;
import io.amqproxy.ProxyStats;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the proxy for its figures once a second, for everything that shows rates. */
public final class StatsSampler implements AutoCloseable {

    /**
     * The figures of one moment.
     *
     * @param nanos {@link System#nanoTime}
     * @param stats the figures
     */
    public record Sample(long nanos, ProxyStats stats) {}

    private static final Logger log = LoggerFactory.getLogger(StatsSampler.class);

    private final AmqProxy proxy;
    private final Consumer<Sample> watcher;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "stats");
        thread.setDaemon(true);
        return thread;
    });

    /** @param watcher called on a thread of the sampler */
    public StatsSampler(AmqProxy proxy, Consumer<Sample> watcher) {
        this.proxy = proxy;
        this.watcher = watcher;
    }

    public void start() {
        ScheduledFuture<?> unused = clock.scheduleAtFixedRate(this::beat, 0, 1, TimeUnit.SECONDS);
    }

    private void beat() {
        try {
            watcher.accept(new Sample(System.nanoTime(), proxy.stats()));
        } catch (RuntimeException | Error e) {
            // The next second may have some. Even an error: what a timer's task throws ends the timer, without a word.
            log.debug("No figures this second", e);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
