package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** What becomes of the cost with more loops, and with many that are idle. */
final class ScaleSection implements Section {

    private static final String GROUP = "scale";
    private static final int TENANTS = 8;
    private static final int[] LOOPS = {1, 2};
    private static final int[] IDLE = {1, 100, 10_000};
    private static final int SPARE_FILES = 300;

    /** Which things are idle. A client of its own user has a pool of its own, with a connection to the broker. */
    private enum Kind {
        CLIENTS("clients"),
        CHANNELS("clients with a used channel"),
        POOLS("clients with a pool each");

        final String label;

        Kind(String label) {
            this.label = label;
        }

        IntFunction<Script> scripts(LoginScript login) {
            Script common = this == CLIENTS ? Script.opening(login) : Script.openingWithMessage(login);
            return switch (this) {
                case CLIENTS, CHANNELS -> index -> common;
                case POOLS -> index -> Script.openingWithMessage(login.tenant(index));
            };
        }

        int possible(int count) throws IOException {
            long files = OpenFiles.limit() - SPARE_FILES;
            return (int) Math.min(count, this == POOLS ? files / 2 : files);
        }
    }

    @Override
    public String title() {
        return "Scale";
    }

    /** Other brokers do not know the users. */
    @Override
    public boolean isChosen(BenchmarkSetup setup) {
        return setup.isChosen(GROUP) && setup.broker() == null;
    }

    @Override
    public String measure(BenchmarkSetup setup) throws IOException {
        return loops(setup) + "\n" + idle(setup);
    }

    private static String loops(BenchmarkSetup setup) throws IOException {
        MarkdownTable table =
                new MarkdownTable(1, "work, " + TENANTS + " users and vhosts", "loops", "per second", "µs each");
        List<Work> works = List.of(
                new PublishStream(128, 40, false, TENANTS),
                new PublishStream(16 * 1024, 40, false, TENANTS),
                new ShortConnections(40, true, TENANTS));
        for (Work work : works) {
            for (int loops : LOOPS) {
                if (!setup.names().test(work.name())) {
                    continue;
                }
                ProxyProgram program = setup.proxy().withLoops(loops);
                try (Lab lab = Lab.brokerOnly(setup).with(Way.AMQPROXY, program)) {
                    List<Sample> samples = samples(setup, lab, work);
                    table.row(
                            work.name(),
                            Integer.toString(loops),
                            Units.number(Sample.median(samples, Sample::perSecond)),
                            Units.number(Sample.median(samples, Sample::cpuMicros)));
                }
            }
        }
        return table.toString();
    }

    private static String idle(BenchmarkSetup setup) throws IOException {
        Work work = new PublishStream(128, 10, false, 1);
        MarkdownTable table = new MarkdownTable(1, "beside " + work.name(), "idle", "per second", "µs per message");
        for (Kind kind : Kind.values()) {
            for (int count : IDLE) {
                if (!setup.names().test(kind.label)) {
                    continue;
                }
                int possible = kind.possible(count);
                // A new proxy, since pools outlive their clients.
                try (Lab lab = Lab.brokerOnly(setup).with(Way.AMQPROXY, setup.proxy());
                        IdleConnections idle =
                                IdleConnections.open(lab.target(Way.AMQPROXY), possible, kind.scripts(setup.login()))) {
                    List<Sample> samples = samples(setup, lab, work);
                    table.row(
                            kind.label,
                            Integer.toString(idle.count()),
                            Units.number(Sample.median(samples, Sample::perSecond)),
                            Units.number(Sample.median(samples, Sample::cpuMicros)));
                }
            }
        }
        return table.toString();
    }

    private static List<Sample> samples(BenchmarkSetup setup, Lab lab, Work work) throws IOException {
        Measurement measurement = new Measurement(lab, setup);
        MeasuredServer target = lab.target(Way.AMQPROXY);
        long count = measurement.count(work, List.of(target));
        List<Sample> samples = new ArrayList<>();
        for (int round = 0; round < setup.plan().rounds(); round++) {
            try (Work.Session session = work.open(target, lab.login())) {
                samples.add(measurement.run(session, target, count));
            }
        }
        setup.log().printf("  %s: %s/s%n", work.name(), Units.number(Sample.median(samples, Sample::perSecond)));
        return samples;
    }
}
