package io.amqproxy.program.http;

import io.amqproxy.program.http.Troubles.Kind;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts troubles by user, so that metrics answer why somebody's client is slow or refused. Users that are refused are
 * whatever strangers say they are: those that the broker has not accepted have half of the rows at the most, and a row
 * is given to another one only after an hour without a trouble. What finds none is counted as of others. Any thread may
 * ask.
 */
final class TroubleCounts implements MultiCollector {

    static final int MOST = 1000;
    static final long KEPT = TimeUnit.HOURS.toNanos(1);

    private static final class Count {
        private long troubles;
        private long lastAt;
    }

    private record Row(PoolKey who, String trouble, String reason, String initiator) {

        Row(PoolKey who, Kind kind) {
            this(who, kind.what(), kind.reason(), kind.initiator());
        }
    }

    private final PoolNames names;
    private final LongSupplier clock;
    /** Those whose last trouble is longest ago first. */
    private final Map<Row, Count> rows = new LinkedHashMap<>();
    /** A few, as troubles and reasons are words of the code. */
    private final Map<Row, Count> ofOthers = new LinkedHashMap<>();

    TroubleCounts(PoolNames names, LongSupplier clock) {
        this.names = names;
        this.clock = clock;
    }

    synchronized void add(PoolKey who, Kind kind) {
        long now = clock.getAsLong();
        Row row = new Row(who, kind);
        Count count = rows.remove(row);
        if (count != null || hasRoomFor(who, now)) {
            rows.put(row, plusOne(count, now));
        } else {
            ofOthers.compute(new Row(names.others(), kind), (others, sum) -> plusOne(sum, now));
        }
    }

    private static Count plusOne(@Nullable Count before, long now) {
        Count count = before == null ? new Count() : before;
        count.troubles++;
        count.lastAt = now;
        return count;
    }

    private boolean hasRoomFor(PoolKey who, long now) {
        boolean isKnown = names.known(who).equals(who);
        if (rows.size() < (isKnown ? MOST : MOST / 2)) {
            return true;
        }
        Iterator<Count> longestAgo = rows.values().iterator();
        boolean isOver = now - longestAgo.next().lastAt >= KEPT;
        if (isOver) {
            longestAgo.remove();
        }
        return isOver;
    }

    @Override
    public synchronized MetricSnapshots collect() {
        CounterSnapshot.Builder all = CounterSnapshot.builder()
                .name("amqproxy_troubles")
                .help("What clients may complain of, by user: refused, closed, slowed, ...; the log names each client");
        rows.forEach((row, count) -> all.dataPoint(point(row, count)));
        ofOthers.forEach((row, count) -> all.dataPoint(point(row, count)));
        return new MetricSnapshots(all.build());
    }

    private static CounterDataPointSnapshot point(Row row, Count count) {
        return CounterDataPointSnapshot.builder()
                .value((double) count.troubles)
                .labels(row.who()
                        .labels("trouble", row.trouble(), "reason", row.reason(), "initiator", row.initiator()))
                .build();
    }
}
