package io.amqproxy.benchmark;

/**
 * One figure, by each way.
 *
 * @param work what was measured
 * @param figure what it is, and its unit
 * @param direct without a proxy; NaN where that makes no sense
 * @param haProxy through HAProxy; NaN where there is none
 * @param amqProxy through the proxy
 * @param bar the largest ratio of AmqProxy's figure to HAProxy's that is good enough; NaN where none is set
 */
record Line(String work, String figure, double direct, double haProxy, double amqProxy, double bar) {

    private static final String[] HEADS = {"work", "figure", "direct", "HAProxy", "AmqProxy", "ratio", "bar", ""};

    double ratio() {
        return amqProxy / haProxy;
    }

    boolean isMissed() {
        return ratio() > bar;
    }

    static String table(Iterable<Line> lines) {
        MarkdownTable table = new MarkdownTable(2, HEADS);
        for (Line line : lines) {
            table.row(
                    line.work,
                    line.figure,
                    Units.number(line.direct),
                    Units.number(line.haProxy),
                    Units.number(line.amqProxy),
                    Units.ratio(line.ratio()),
                    Units.bar(line.bar),
                    line.isMissed() ? "missed" : "");
        }
        return table.toString();
    }
}
