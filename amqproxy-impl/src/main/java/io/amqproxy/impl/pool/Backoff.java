package io.amqproxy.impl.pool;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * How long to wait after failures: not at all after the first, then doubling, with jitter, up to a bound. After a while
 * without any it begins anew.
 */
final class Backoff {

    static final long SECOND = TimeUnit.MILLISECONDS.toNanos(100);
    static final long LONGEST = TimeUnit.SECONDS.toNanos(2);
    static final long FORGIVEN_AFTER = TimeUnit.MINUTES.toNanos(1);
    private static final int DOUBLINGS = 6;

    private final RandomGenerator random;
    private int failures;
    private long failedAt;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    void succeeded() {
        failures = 0;
    }

    /** {@return how many nanoseconds to wait after one more failure} */
    long failed(long now) {
        if (failures > 0 && now - failedAt >= FORGIVEN_AFTER) {
            failures = 0;
        }
        failedAt = now;
        if (failures++ == 0) {
            return 0;
        }
        long wait = Math.min(LONGEST, SECOND << Math.min(failures - 2, DOUBLINGS));
        return wait / 2 + random.nextLong(wait / 2);
    }
}
