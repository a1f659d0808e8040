package io.amqproxy.program.http;

import io.amqproxy.PoolStats;
import io.amqproxy.ProxyStats;
import io.amqproxy.program.common.StatsSampler.Sample;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    static long waiting(ProxyStats stats) {
        return stats.pools().stream().mapToLong(PoolStats::waiting).sum();
    }

    /** {@return all that graphs are drawn of, each oldest first} */
    synchronized Map<String, Object> figures() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("everySeconds", 1);
        all.put("clients", values(ProxyStats::clients));
        all.put("upstreams", values(ProxyStats::upstreams));
        all.put("channelsLeased", values(ProxyStats::channelsLeased));
        all.put("channelsIdle", values(ProxyStats::channelsIdle));
        all.put("waiting", values(History::waiting));
        all.put("clientsPerSecond", rates(ProxyStats::clientsTotal));
        all.put("publishedPerSecond", rates(ProxyStats::published));
        all.put("deliveredPerSecond", rates(ProxyStats::delivered));
        all.put("bytesPerSecond", rates(stats -> stats.bytesIn() + stats.bytesOut()));
        return all;
    }

    /** {@return the values of a figure, oldest first} */
    private List<Long> values(ToLongFunction<ProxyStats> figure) {
        List<Long> values = new ArrayList<>(samples.size());
        samples.forEach(sample -> values.add(figure.applyAsLong(sample.stats())));
        return values;
    }

    /** {@return how much a total grew each second, oldest first} */
    private List<Long> rates(ToLongFunction<ProxyStats> total) {
        List<Long> rates = new ArrayList<>(samples.size());
        Sample before = null;
        for (Sample sample : samples) {
            if (before != null && sample.nanos() > before.nanos()) {
                long grown = total.applyAsLong(sample.stats()) - total.applyAsLong(before.stats());
                rates.add(Math.round(grown * 1e9 / (sample.nanos() - before.nanos())));
            }
            before = sample;
        }
        return rates;
    }
}
