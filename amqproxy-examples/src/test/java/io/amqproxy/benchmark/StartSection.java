package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How long the programs take to start, how the clients fare that come at once then, and the memory held at rest. */
final class StartSection implements Section {

    private static final String GROUP = "start";
    private static final double NO_BAR = Double.NaN;
    private static final int MIB = 1024 * 1024;
    private static final int FIRST_CLIENTS = 100;
    private static final Work SHORT = new ShortConnections(1, false, 1);

    /** A way to start something. */
    private interface Starter {
        Started start() throws IOException;
    }

    /** What was seen of one program, start by start. */
    private static final class Starts {
        private final List<Double> millis = new ArrayList<>();
        private final List<Double> mib = new ArrayList<>();
        private final List<Double> firstMillis = new ArrayList<>();
        private final List<Double> halfMicros = new ArrayList<>();
        private final List<Double> mostMicros = new ArrayList<>();

        private static double median(List<Double> values) {
            return Sample.median(
                    values.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }

    @Override
    public String title() {
        return "Start and footprint";
    }

    @Override
    public boolean isChosen(BenchmarkSetup setup) {
        return setup.isChosen(GROUP);
    }

    @Override
    public String measure(BenchmarkSetup setup) throws IOException {
        try (Lab lab = Lab.brokerOnly(setup)) {
            Starts direct = new Starts();
            for (int i = 0; i < setup.plan().starts(); i++) {
                measureClients(lab, lab.target(Way.DIRECT), direct);
            }
            Starts haProxy = new Starts();
            Optional<Path> program = HaProxy.find();
            if (program.isPresent()) {
                haProxy = starts(
                        setup, lab, Way.HAPROXY, () -> HaProxy.start(program.get(), lab.broker(), OpenFiles.limit()));
            }
            Starts proxy = starts(setup, lab, Way.AMQPROXY, () -> setup.proxy().start(lab.broker()));
            List<Line> lines = lines("program", direct, haProxy, proxy);
            Path archive = Files.createTempFile("amqproxy-benchmark-", ".jsa");
            try {
                Optional<ProxyProgram> archived = setup.proxy().withArchive(archive);
                if (archived.isPresent()) {
                    Starts quicker = starts(
                            setup, lab, Way.AMQPROXY, () -> archived.get().start(lab.broker()));
                    lines.addAll(lines("program with an archive of classes", direct, haProxy, quicker));
                }
            } finally {
                Files.deleteIfExists(archive);
            }
            return Line.table(lines);
        }
    }

    private static List<Line> lines(String work, Starts direct, Starts haProxy, Starts proxy) {
        List<Line> lines = new ArrayList<>();
        line(lines, work, "start until the port is open, ms", direct.millis, haProxy.millis, proxy.millis);
        line(
                lines,
                work,
                "first short connection then, ms",
                direct.firstMillis,
                haProxy.firstMillis,
                proxy.firstMillis);
        line(lines, work, "the next 100, p50, µs", direct.halfMicros, haProxy.halfMicros, proxy.halfMicros);
        line(lines, work, "the next 100, p99, µs", direct.mostMicros, haProxy.mostMicros, proxy.mostMicros);
        line(lines, work, "resident at rest, MiB", direct.mib, haProxy.mib, proxy.mib);
        return lines;
    }

    private static void line(
            List<Line> lines,
            String work,
            String figure,
            List<Double> direct,
            List<Double> haProxy,
            List<Double> proxy) {
        lines.add(new Line(work, figure, Starts.median(direct), Starts.median(haProxy), Starts.median(proxy), NO_BAR));
    }

    /** Started twice each time: with clients at once, and with none. */
    private static Starts starts(BenchmarkSetup setup, Lab lab, Way way, Starter starter) throws IOException {
        Starts starts = new Starts();
        for (int i = 0; i < setup.plan().starts(); i++) {
            try (Started program = starter.start()) {
                starts.millis.add(program.startNanos() / 1e6);
                measureClients(
                        lab,
                        new MeasuredServer(
                                way, program.address(), program.child().pid()),
                        starts);
            }
            try (Started program = starter.start()) {
                starts.millis.add(program.startNanos() / 1e6);
                Child.pause(setup.plan().quietMillis());
                starts.mib.add(
                        (double) ProcessUsage.residentBytes(program.child().pid()) / MIB);
            }
            setup.log().printf("  %s started in %.0f ms%n", way.label, Starts.median(starts.millis));
        }
        return starts;
    }

    private static void measureClients(Lab lab, MeasuredServer target, Starts starts) throws IOException {
        try (Work.Session session = SHORT.open(target, lab.login())) {
            starts.firstMillis.add(session.run(1).micros(1) / 1e3);
            Latencies next = session.run(FIRST_CLIENTS);
            starts.halfMicros.add(next.micros(0.5));
            starts.mostMicros.add(next.micros(0.99));
        }
    }
}
