package io.amqproxy.impl.tls;

import java.time.Duration;
import java.time.InstantSource;
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

    private final ExpiryNotice expiry = new ExpiryNotice();
    private final InstantSource clock;
    private final @Nullable ScheduledExecutorService timer;

    /**
     * @param interval between two looks at the files, zero for never
     * @param clock says when certificates end soon, which is told at once and then daily
     */
    public Reloader(List<? extends Reloadable> all, Duration interval, ThreadFactory threads, InstantSource clock) {
        List<? extends Reloadable> watched =
                all.stream().filter(Reloadable::isReloadable).toList();
        boolean isWatching = !watched.isEmpty() && !interval.isZero();
        List<? extends Reloadable> ending =
                all.stream().filter(one -> one.notAfter() != null).toList();
        this.clock = clock;
        if (!isWatching && ending.isEmpty()) {
            timer = null;
            return;
        }
        timer = Executors.newSingleThreadScheduledExecutor(threads);
        long nanos = interval.toNanos();
        if (isWatching) {
            var unused =
                    timer.scheduleWithFixedDelay(() -> watched.forEach(this::look), nanos, nanos, TimeUnit.NANOSECONDS);
        }
        var unused = timer.scheduleWithFixedDelay(
                () -> ending.forEach(this::tellEnd), 0, ExpiryNotice.APART.toHours(), TimeUnit.HOURS);
    }

    private void tellEnd(Reloadable one) {
        try {
            expiry.look(one, clock.instant());
        } catch (RuntimeException | Error fault) {
            log.error("Looking for certificates that end failed", fault);
        }
    }

    private void look(Reloadable one) {
        try {
            one.reloadIfChanged();
            expiry.look(one, clock.instant());
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
