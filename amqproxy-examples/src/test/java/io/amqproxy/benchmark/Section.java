package io.amqproxy.benchmark;

import java.io.IOException;

/** A part of the benchmark with a table of its own. */
interface Section {

    /** Above the table. */
    String title();

    /** Whether there is anything to do. */
    boolean isChosen(BenchmarkSetup setup);

    /** Does it all; the result is Markdown. */
    String measure(BenchmarkSetup setup) throws IOException;
}
