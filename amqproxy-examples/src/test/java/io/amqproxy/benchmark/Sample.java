package io.amqproxy.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One measurement.
 *
 * @param count how much was done
 * @param nanos of wall time
 * @param cpuNanos processor time of the program between client and broker; 0 where there is none
 * @param latencies of the single things that were done
 */
record Sample(long count, long nanos, long cpuNanos, Latencies latencies) {

    double perSecond() {
        return count * 1e9 / nanos;
    }

    double cpuMicros() {
        return cpuNanos / 1e3 / count;
    }

    /** NaN where there are no samples. */
    static double median(List<Sample> samples, ToDoubleFunction<Sample> figure) {
        return median(samples.stream().mapToDouble(figure).toArray());
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
