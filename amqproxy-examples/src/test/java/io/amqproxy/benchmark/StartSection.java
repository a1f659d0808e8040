package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** How long the programs take to start, and the memory that they hold at rest. */
final class StartSection implements Section {

    private static final String GROUP = "start";
    private static final double NO_BAR = Double.NaN;
    private static final int MIB = 1024 * 1024;

    /** One start. */
    private record Start(double millis, double mib) {}

    /** A way to start something. */
    private interface Starter {
        Started start() throws IOException;
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
            Start haProxy = new Start(Double.NaN, Double.NaN);
            Optional<Path> program = HaProxy.find();
            if (program.isPresent()) {
                haProxy =
                        median(setup, Way.HAPROXY, () -> HaProxy.start(program.get(), lab.broker(), OpenFiles.limit()));
            }
            Start proxy = median(setup, Way.AMQPROXY, () -> setup.proxy().start(lab.broker()));
            return Line.table(List.of(
                    line("start until the port is open, ms", haProxy.millis, proxy.millis),
                    line("resident at rest, MiB", haProxy.mib, proxy.mib)));
        }
    }

    private static Line line(String figure, double haProxy, double amqProxy) {
        return new Line("program", figure, Double.NaN, haProxy, amqProxy, NO_BAR);
    }

    private static Start median(BenchmarkSetup setup, Way way, Starter starter) throws IOException {
        int starts = setup.plan().starts();
        double[] millis = new double[starts];
        double[] mib = new double[starts];
        for (int i = 0; i < starts; i++) {
            try (Started program = starter.start()) {
                millis[i] = program.startNanos() / 1e6;
                Child.pause(setup.plan().quietMillis());
                mib[i] = (double) ProcessUsage.residentBytes(program.child().pid()) / MIB;
            }
            setup.log().printf("  %s started in %.0f ms%n", way.label, millis[i]);
        }
        return new Start(Sample.median(millis), Sample.median(mib));
    }
}
