package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Things that are timed singly: short connections, and confirmed messages one at a time. */
final class CycleSection extends ItemsSection {

    private static final double NO_BAR = Double.NaN;

    private CycleSection(String title, List<Item> all, Class<?> nullBrokers) {
        super(title, all, nullBrokers);
    }

    static CycleSection ofAmqp091() {
        return new CycleSection(
                "Short connections, and one confirmed message at a time", Items.cycles(), NullBroker.class);
    }

    static CycleSection ofAmqp10() {
        return new CycleSection("Short connections of AMQP 1.0", Items.cycles10(), NullBroker10.class);
    }

    @Override
    String table(BenchmarkSetup setup, List<Row> rows) {
        List<Line> lines = new ArrayList<>();
        for (Row row : rows) {
            boolean isLatency = row.group().equals(Items.LATENCY);
            double timeBar = isLatency ? row.bar() : NO_BAR;
            lines.add(line(row, "per second", Sample::perSecond, NO_BAR));
            lines.add(line(row, "p50, µs", sample -> sample.latencies().micros(0.5), timeBar));
            lines.add(line(row, "p95, µs", sample -> sample.latencies().micros(0.95), NO_BAR));
            lines.add(line(row, "p99, µs", sample -> sample.latencies().micros(0.99), timeBar));
            if (isLatency) {
                lines.add(added(row, "added to p50, µs", 0.5));
                lines.add(added(row, "added to p99, µs", 0.99));
            }
            Line cpu = line(row, "processor time, µs", Sample::cpuMicros, isLatency ? NO_BAR : row.bar());
            lines.add(new Line(cpu.work(), cpu.figure(), Double.NaN, cpu.haProxy(), cpu.amqProxy(), cpu.bar()));
        }
        return Line.table(lines);
    }

    private static Line line(Row row, String figure, ToDoubleFunction<Sample> value, double bar) {
        return new Line(
                row.name(),
                figure,
                row.median(Way.DIRECT, value),
                row.median(Way.HAPROXY, value),
                row.median(Way.AMQPROXY, value),
                bar);
    }

    private static Line added(Row row, String figure, double share) {
        Line line = line(row, figure, sample -> sample.latencies().micros(share), NO_BAR);
        return new Line(
                line.work(),
                figure,
                Double.NaN,
                line.haProxy() - line.direct(),
                line.amqProxy() - line.direct(),
                NO_BAR);
    }
}
