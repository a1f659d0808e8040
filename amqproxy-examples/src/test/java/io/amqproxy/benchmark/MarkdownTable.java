package io.amqproxy.benchmark;

import java.util.Collections;

/** A table whose columns, but for the first ones, hold figures. */
final class MarkdownTable {

    private final StringBuilder text = new StringBuilder();

    /** @param textColumns how many columns at the left hold no figures */
    MarkdownTable(int textColumns, String... heads) {
        row(heads);
        text.append('|')
                .append(String.join("", Collections.nCopies(textColumns, "---|")))
                .append(String.join("", Collections.nCopies(heads.length - textColumns, "--:|")))
                .append('\n');
    }

    void row(String... cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
