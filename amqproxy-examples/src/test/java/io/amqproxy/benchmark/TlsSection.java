package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * TLS at one side of the proxy, beside HAProxy, which does it with OpenSSL. The other end of TLS is a HAProxy of its
 * own, so that neither generator nor broker has to know it.
 */
final class TlsSection implements Section {

    private static final String GROUP = "tls";
    private static final int KIB = 1024;

    private static final List<Item> TO_BROKER = items(0.12);
    /** Each client has a handshake of its own here, which is most of it. */
    private static final List<Item> FROM_CLIENTS = items(Double.NaN);

    private static List<Item> items(double shortBar) {
        return List.of(
                item(new PublishStream(128, 10, false, 1), 1.2),
                item(new PublishStream(KIB, 10, false, 1), 1.2),
                item(new PublishStream(16 * KIB, 10, false, 1), 1.1),
                item(new SingleWrites(128, 10), 1.0),
                item(new DeliverStream(128, 10), 1.2),
                item(new DeliverStream(16 * KIB, 10), 1.2),
                item(new ShortConnections(20, false, 1), shortBar));
    }

    private static Item item(Work work, double bar) {
        return new Item(GROUP, work, bar);
    }

    @Override
    public String title() {
        return "TLS: processor time of the proxy per message or connection";
    }

    @Override
    public boolean isChosen(BenchmarkSetup setup) {
        return setup.broker() == null
                && HaProxy.find().isPresent()
                && !(setup.chosen(TO_BROKER).isEmpty()
                        && setup.chosen(FROM_CLIENTS).isEmpty());
    }

    @Override
    public String measure(BenchmarkSetup setup) throws IOException {
        Optional<Path> haProxy = HaProxy.find();
        MarkdownTable table = new MarkdownTable(
                2, "TLS", "work", "HAProxy, /s", "AmqProxy, /s", "HAProxy, µs", "AmqProxy, µs", "ratio", "bar", "");
        try (TlsFiles files = TlsFiles.create()) {
            measure(setup, haProxy.orElseThrow(), files, false, table);
            measure(setup, haProxy.orElseThrow(), files, true, table);
        }
        return table.toString();
    }

    private static void measure(
            BenchmarkSetup setup, Path haProxy, TlsFiles files, boolean fromClients, MarkdownTable table)
            throws IOException {
        List<Item> items = setup.chosen(fromClients ? FROM_CLIENTS : TO_BROKER);
        try (Lab lab = Lab.withTls(setup, haProxy, files, fromClients)) {
            for (Row row : new Measurement(lab, setup).measureAll(items)) {
                table.row(
                        fromClients ? "from clients" : "to the broker",
                        row.name(),
                        Units.number(row.perSecond(Way.HAPROXY)),
                        Units.number(row.perSecond(Way.AMQPROXY)),
                        Units.number(row.cpuMicros(Way.HAPROXY)),
                        Units.number(row.cpuMicros(Way.AMQPROXY)),
                        Units.ratio(row.ratio()),
                        Units.bar(row.bar()),
                        row.remarks());
            }
        }
    }
}
