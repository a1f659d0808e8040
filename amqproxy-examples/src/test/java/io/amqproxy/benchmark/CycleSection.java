package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Things that are timed singly: short connections, and confirmed messages one at a time. */
final class CycleSection implements Section {

    private static final double NO_BAR = Double.NaN;

    private final String title;
    private final List<Item> all;
    private final Class<?> nullBrokers;

    private CycleSection(String title, List<Item> all, Class<?> nullBrokers) {
        this.title = title;
        this.all = all;
        this.nullBrokers = nullBrokers;
    }

    static CycleSection ofAmqp091() {
        return new CycleSection(
                "Short connections, and one confirmed message at a time", Items.cycles(), NullBroker.class);
    }

    static CycleSection ofAmqp10() {
        return new CycleSection("Short connections of AMQP 1.0", Items.cycles10(), NullBroker10.class);
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public boolean isChosen(BenchmarkSetup setup) {
        return !items(setup).isEmpty();
    }

    private List<Item> items(BenchmarkSetup setup) {
        return setup.chosen(all);
    }

    @Override
    public String measure(BenchmarkSetup setup) throws IOException {
        List<Line> lines = new ArrayList<>();
        try (Lab lab = Lab.start(setup, setup.proxy(), nullBrokers)) {
            for (Row row : new Measurement(lab, setup).measureAll(items(setup))) {
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
