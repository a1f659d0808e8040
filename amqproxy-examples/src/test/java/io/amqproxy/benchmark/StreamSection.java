package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.util.List;

/** Streams of messages: how many in a second, and what each costs the proxy. */
final class StreamSection extends ItemsSection {

    private static final String[] HEADS = {
        "work", "direct, /s", "HAProxy, /s", "AmqProxy, /s", "HAProxy, µs", "AmqProxy, µs", "ratio", "bar", ""
    };

    private StreamSection(String title, List<Item> all, Class<?> nullBrokers) {
        super(title, all, nullBrokers);
    }

    static StreamSection ofAmqp091() {
        return new StreamSection(
                "Streams: messages per second, and processor time of the proxy per message",
                Items.streams(),
                NullBroker.class);
    }

    static StreamSection ofAmqp10() {
        return new StreamSection("Streams of AMQP 1.0: the same", Items.streams10(), NullBroker10.class);
    }

    @Override
    String table(BenchmarkSetup setup, List<Row> rows) {
        MarkdownTable table = new MarkdownTable(1, HEADS);
        for (Row row : rows) {
            table.row(
                    row.name(),
                    Units.number(row.perSecond(Way.DIRECT)),
                    Units.number(row.perSecond(Way.HAPROXY)),
                    Units.number(row.perSecond(Way.AMQPROXY)),
                    Units.number(row.cpuMicros(Way.HAPROXY)),
                    Units.number(row.cpuMicros(Way.AMQPROXY)),
                    Units.ratio(row.ratio()),
                    Units.bar(row.bar()),
                    setup.broker() == null ? row.remarks() : "");
        }
        return table.toString();
    }
}
