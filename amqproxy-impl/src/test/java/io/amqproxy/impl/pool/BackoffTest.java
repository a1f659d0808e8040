package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private static final long START = Math.subtractExact(Long.MAX_VALUE, 7); // The clock wraps soon.

    /** The largest or the smallest there can be. */
    private record Extreme(boolean isLargest) implements RandomGenerator {
        @Override
        public long nextLong() {
            throw new IllegalStateException("without a bound");
        }

        @Override
        public long nextLong(long bound) {
            return isLargest ? bound - 1 : 0;
        }
    }

    private static long millis(long nanos) {
        return Math.round(nanos / 1e6);
    }

    @Test
    void theFirstFailureCostsNothingAndWaitsDoubleUpToABound() {
        Backoff longest = new Backoff(new Extreme(true));
        Backoff shortest = new Backoff(new Extreme(false));

        for (long expected : new long[] {0, 100, 200, 400, 800, 1600, 2000, 2000, 2000}) {
            assertThat(millis(longest.failed(START))).isEqualTo(expected);
            assertThat(millis(shortest.failed(START))).isEqualTo(expected / 2);
        }
    }

    @Test
    void aSuccessOrAMinuteWithoutFailuresForgivesThem() {
        Backoff backoff = new Backoff(new Extreme(false));
        long minute = TimeUnit.MINUTES.toNanos(1);
        backoff.failed(START);
        assertThat(backoff.failed(START + minute - 1)).isPositive();
        assertThat(backoff.failed(START + 2 * minute - 2)).isPositive();
        assertThat(backoff.failed(START + 3 * minute - 2)).isZero();

        assertThat(backoff.failed(START + 3 * minute)).isPositive();
        backoff.succeeded();
        assertThat(backoff.failed(START + 3 * minute)).isZero();
    }
}
