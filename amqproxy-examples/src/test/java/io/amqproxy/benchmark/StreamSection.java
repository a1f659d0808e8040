package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.util.List;

/** Streams of messages: how many in a second, and what each costs the proxy. */
final class StreamSection implements Section {

    private static final String[] HEADS = {
        "work", "direct, /s", "HAProxy, /s", "AmqProxy, /s", "HAProxy, µs", "AmqProxy, µs", "ratio", "bar", ""
    };

    private final String title;
    private final List<Item> all;
    private final Class<?> nullBrokers;

    private StreamSection(String title, List<Item> all, Class<?> nullBrokers) {
        this.title = title;
        this.all = all;
        this.nullBrokers = nullBrokers;
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
        try (Lab lab = Lab.start(setup, setup.proxy(), nullBrokers)) {
            MarkdownTable table = new MarkdownTable(1, HEADS);
            for (Row row : new Measurement(lab, setup).measureAll(items(setup))) {
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
}
