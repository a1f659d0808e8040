package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.util.List;

/** What the proxy allocates for each message that it passes on. */
final class GarbageSection implements Section {

    private static final String GROUP = "garbage";
    private static final double BAR_BYTES = 1;
    private static final List<Work> WORKS = List.of(
            new PublishStream(16, 10, false, 1),
            new PublishStream(128, 100, false, 1),
            new PublishStream(16 * 1024, 10, false, 1),
            new PublishStream(128, 10, true, 1),
            new SingleWrites(128, 10),
            new DeliverStream(128, 10),
            new DeliverStream(16 * 1024, 10),
            new SingleConfirms(128),
            new ShortConnections(20, false, 1));

    @Override
    public String title() {
        return "Garbage: bytes that the proxy's loops allocate for each message";
    }

    @Override
    public boolean isChosen(BenchmarkSetup setup) {
        return setup.isChosen(GROUP);
    }

    @Override
    public String measure(BenchmarkSetup setup) throws IOException {
        MarkdownTable table = new MarkdownTable(1, "work", "messages", "bytes per message", "bar", "");
        try (Lab lab = setup.lab()) {
            MeasuredServer target = lab.target(Way.AMQPROXY);
            Measurement measurement = new Measurement(lab, setup);
            for (Work work : WORKS) {
                if (setup.names().test(work.name()) && (setup.broker() == null || work.isForAnyBroker())) {
                    measure(setup, measurement, target, work, table);
                }
            }
        }
        return table.toString();
    }

    private static void measure(
            BenchmarkSetup setup, Measurement measurement, MeasuredServer target, Work work, MarkdownTable table)
            throws IOException {
        long count = measurement.count(work, List.of(target));
        // Attached anew each time, and not while anything is measured but this.
        try (Allocations allocations = Allocations.of(target.pid());
                Work.Session session = work.open(target, setup.login())) {
            measurement.run(session, target, work.step());
            long before = allocations.bytes();
            measurement.run(session, target, count);
            double bytes = (double) (allocations.bytes() - before) / count;
            // A connection is made of objects; its bar is for messages.
            double bar = work instanceof ShortConnections ? Double.NaN : BAR_BYTES;
            table.row(
                    work.name(),
                    Units.number((double) count),
                    Units.number(bytes),
                    Double.isNaN(bar) ? "" : "< 1",
                    bytes >= bar ? "missed" : "");
            setup.log().printf("  %s: %.3f bytes%n", work.name(), bytes);
        }
    }
}
