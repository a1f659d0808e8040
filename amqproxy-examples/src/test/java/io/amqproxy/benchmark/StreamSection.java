package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.util.List;

/** Streams of messages: how many in a second, and what each costs the proxy. */
final class StreamSection implements Section {

    private static final String[] HEADS = {
        "work", "direct, /s", "HAProxy, /s", "AmqProxy, /s", "HAProxy, µs", "AmqProxy, µs", "ratio", "bar", ""
    };

    @Override
    public String title() {
        return "Streams: messages per second, and processor time of the proxy per message";
    }

    @Override
    public boolean isChosen(BenchmarkSetup setup) {
        return !items(setup).isEmpty();
    }

    private static List<Item> items(BenchmarkSetup setup) {
        return setup.chosen(Items.streams());
    }

    @Override
    public String measure(BenchmarkSetup setup) throws IOException {
        try (Lab lab = setup.lab()) {
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
