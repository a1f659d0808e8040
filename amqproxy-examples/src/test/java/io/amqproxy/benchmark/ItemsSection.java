package io.amqproxy.benchmark;

import java.io.IOException;
import java.util.List;

/** A section that does those of its items that are chosen, with null brokers of one protocol. */
abstract class ItemsSection implements Section {

    private final String title;
    private final List<Item> all;
    private final Class<?> nullBrokers;

    ItemsSection(String title, List<Item> all, Class<?> nullBrokers) {
        this.title = title;
        this.all = all;
        this.nullBrokers = nullBrokers;
    }

    @Override
    public final String title() {
        return title;
    }

    @Override
    public final boolean isChosen(BenchmarkSetup setup) {
        return !items(setup).isEmpty();
    }

    private List<Item> items(BenchmarkSetup setup) {
        return setup.chosen(all);
    }

    @Override
    public final String measure(BenchmarkSetup setup) throws IOException {
        try (Lab lab = Lab.start(setup, setup.proxy(), nullBrokers)) {
            return table(setup, new Measurement(lab, setup).measureAll(items(setup)));
        }
    }

    /** {@return what was measured, as Markdown} */
    abstract String table(BenchmarkSetup setup, List<Row> rows);
}
