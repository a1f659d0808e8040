package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Measures one work: warms up, finds out how much to do, and does as much of it by each way in turn. */
final class Measurement {

    private static final double SHORT_RUN_NANOS = 0.3e9;
    /** How much longer than asked for the slowest way may take. */
    private static final double PATIENCE = 3;

    private final Lab lab;
    private final Plan plan;
    private final PrintStream log;

    Measurement(Lab lab, BenchmarkSetup setup) {
        this.lab = lab;
        this.plan = setup.plan();
        this.log = setup.log();
    }

    List<Row> measureAll(List<Item> items) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (Item item : items) {
            log.printf(
                    "[%d/%d] %s%n", rows.size() + 1, items.size(), item.work().name());
            rows.add(measure(item));
        }
        return rows;
    }

    private Row measure(Item item) throws IOException {
        Map<Way, List<Sample>> samples = new EnumMap<>(Way.class);
        long count = count(item.work(), lab.targets());
        for (int round = 0; round < plan.rounds(); round++) {
            for (MeasuredServer target : lab.targets()) {
                Sample sample;
                try (Work.Session session = item.work().open(target, lab.login())) {
                    sample = run(session, target, count);
                }
                samples.computeIfAbsent(target.way(), way -> new ArrayList<>()).add(sample);
            }
        }
        Row row = new Row(item.group(), item.work().name(), samples, item.bar());
        log.printf(
                Locale.ROOT,
                "  direct %s/s, HAProxy %s/s %s µs, AmqProxy %s/s %s µs, ratio %.2f%n",
                Units.number(row.perSecond(Way.DIRECT)),
                Units.number(row.perSecond(Way.HAPROXY)),
                Units.number(row.cpuMicros(Way.HAPROXY)),
                Units.number(row.perSecond(Way.AMQPROXY)),
                Units.number(row.cpuMicros(Way.AMQPROXY)),
                row.ratio());
        return row;
    }

    /** Warms up, and tells how much HAProxy does in the time of a round, which all ways have to do. */
    long count(Work work, List<MeasuredServer> targets) throws IOException {
        double reference = Double.NaN;
        double slowest = Double.MAX_VALUE;
        for (MeasuredServer target : targets) {
            double rate = warmUp(work, target);
            slowest = Math.min(slowest, rate);
            if (target.way() == Way.HAPROXY || Double.isNaN(reference)) {
                reference = rate;
            }
        }
        double count = plan.seconds() * Math.min(reference, slowest * PATIENCE);
        return work.step() * Math.max(1, (long) (count / work.step()));
    }

    /** Only the proxy, a Java program, gets better in time; the others need to be known in speed. */
    private double warmUp(Work work, MeasuredServer target) throws IOException {
        double seconds = target.way() == Way.AMQPROXY ? plan.warmUp() : plan.warmUp() / 4;
        long end = System.nanoTime() + (long) (seconds * 1e9);
        try (Work.Session session = work.open(target, lab.login())) {
            long count = work.step();
            while (true) {
                Sample sample = run(session, target, count);
                if (System.nanoTime() > end) {
                    return sample.perSecond();
                }
                if (sample.nanos() < SHORT_RUN_NANOS) {
                    count *= 2;
                }
            }
        }
    }

    /** Does so much of it. */
    Sample run(Work.Session session, MeasuredServer target, long count) throws IOException {
        NullBroker.Counts before = lab.counts();
        ProcessUsage usage = ProcessUsage.of(target.pid());
        long begin = System.nanoTime();
        long nanos;
        Latencies latencies;
        try (BenchmarkWatchdog.Guard guard = lab.watchdog().guard(session, plan.limitSeconds(), TimeUnit.SECONDS)) {
            latencies = session.run(count);
            nanos = System.nanoTime() - begin;
            guard.check();
        }
        lab.awaitMessages(before.messages() + session.published(count));
        long cpu = ProcessUsage.of(target.pid()).nanosSince(usage);
        return new Sample(count, nanos, cpu, latencies);
    }
}
