package io.amqproxy.benchmark;

import java.util.Arrays;

/** How long single things took. */
final class Latencies {

    /** Where nothing is timed singly. */
    static final Latencies NONE = new Latencies(new long[0], 0);

    private final long[] sorted;

    /** @param nanos the first {@code count} are meant */
    Latencies(long[] nanos, int count) {
        sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
    }

    int count() {
        return sorted.length;
    }

    /** The smallest time that so much of all (0 to 1) does not exceed; NaN where nothing was timed. */
    double micros(double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int rank = (int) Math.ceil(share * sorted.length);
        return sorted[Math.max(0, rank - 1)] / 1e3;
    }
}
