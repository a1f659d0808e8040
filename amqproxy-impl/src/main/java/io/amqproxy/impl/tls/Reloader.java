package io.amqproxy.impl.tls;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at files from time to time, on a thread of its own. */
public final class Reloader implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Reloader.class);

    private final @Nullable ScheduledExecutorService timer;

    /** @param interval zero for never */
    public Reloader(List<? extends Reloadable> all, Duration interval, ThreadFactory threads) {
        List<? extends Reloadable> watched =
                all.stream().filter(Reloadable::isReloadable).toList();
        if (watched.isEmpty() || interval.isZero()) {
            timer = null;
            return;
        }
        timer = Executors.newSingleThreadScheduledExecutor(threads);
        long nanos = interval.toNanos();
        var unused =
                timer.scheduleWithFixedDelay(() -> watched.forEach(Reloader::look), nanos, nanos, TimeUnit.NANOSECONDS);
    }

    private static void look(Reloadable one) {
        try {
            one.reloadIfChanged();
        } catch (RuntimeException | Error fault) {
            // Even an error: what a timer's task throws ends the timer, without a word.
            log.error("Looking for changed certificates failed", fault);
        }
    }

    @Override
    public void close() {
        if (timer != null) {
            timer.shutdownNow();
        }
    }
}
