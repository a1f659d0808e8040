package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What was measured of one work.
 *
 * @param group the work's group
 * @param name of the work
 * @param samples of each way, in the order of the rounds
 * @param bar the largest ratio of AmqProxy's processor time to HAProxy's that is good enough; NaN where none is set
 */
record Row(String group, String name, Map<Way, List<Sample>> samples, double bar) {

    /** Below this the load generator or the broker may be what is measured. */
    private static final double ENOUGH = 2;

    /** Over the rounds; NaN for a way that was not measured. */
    double median(Way way, ToDoubleFunction<Sample> figure) {
        return Sample.median(samples.getOrDefault(way, List.of()), figure);
    }

    double perSecond(Way way) {
        return median(way, Sample::perSecond);
    }

    double cpuMicros(Way way) {
        return median(way, Sample::cpuMicros);
    }

    /** NaN without HAProxy. */
    double ratio() {
        return cpuMicros(Way.AMQPROXY) / cpuMicros(Way.HAPROXY);
    }

    boolean isGeneratorBound() {
        return perSecond(Way.DIRECT) < ENOUGH * perSecond(Way.AMQPROXY);
    }

    String remarks() {
        String missed = ratio() > bar ? "missed" : "";
        String bound = isGeneratorBound() ? "generator-bound" : "";
        return missed + (missed.isEmpty() || bound.isEmpty() ? "" : ", ") + bound;
    }
}
