package io.amqproxy.program.http;

import io.amqproxy.ProxyStats;
import io.amqproxy.program.Pulse.Sample;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** The figures of the last minutes, one for each second. Any thread may ask. */
final class History {

    private static final int SECONDS = 180;

    private final ArrayDeque<Sample> samples = new ArrayDeque<>();

    synchronized void add(Sample sample) {
        if (samples.size() == SECONDS) {
            samples.removeFirst();
        }
        samples.addLast(sample);
    }

    /** {@return the values of a figure, oldest first} */
    synchronized List<Double> values(ToLongFunction<ProxyStats> figure) {
        List<Double> values = new ArrayList<>(samples.size());
        samples.forEach(sample -> values.add((double) figure.applyAsLong(sample.stats())));
        return values;
    }

    /** {@return how much a total grew each second, oldest first} */
    synchronized List<Double> rates(ToLongFunction<ProxyStats> total) {
        List<Double> rates = new ArrayList<>(samples.size());
        Sample before = null;
        for (Sample sample : samples) {
            if (before != null && sample.nanos() > before.nanos()) {
                long grown = total.applyAsLong(sample.stats()) - total.applyAsLong(before.stats());
                rates.add(grown * 1e9 / (sample.nanos() - before.nanos()));
            }
            before = sample;
        }
        return rates;
    }
}
