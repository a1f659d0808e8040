package io.amqproxy.impl.pool;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** How long to wait after failed attempts to connect: doubling, with jitter, bounded. */
final class Backoff {

    private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(5);
    private static final int DOUBLINGS = 6;

    private final RandomGenerator random;
    private int failures;
    private long notBefore;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    void succeeded() {
        failures = 0;
    }

    void failed(long now) {
        long wait = Math.min(LONGEST, FIRST << Math.min(failures, DOUBLINGS));
        notBefore = now + wait / 2 + random.nextLong(wait / 2);
        failures++;
    }

    /** Nanoseconds until the next attempt may begin, 0 for now. */
    long remaining(long now) {
        return failures == 0 ? 0 : Math.max(0, notBefore - now);
    }
}
