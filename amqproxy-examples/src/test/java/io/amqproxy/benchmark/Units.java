package io.amqproxy.benchmark;

import java.util.Locale;

/** Figures for people. */
final class Units {

    private static final String NONE = "–";
    private static final int KIB = 1024;

    private Units() {}

    static String size(int bytes) {
        return bytes < KIB ? bytes + " B" : bytes / KIB + " KiB";
    }

    /** Three digits that count. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return NONE;
        }
        if (value >= 1e6) {
            return digits(value / 1e6) + " M";
        }
        return value >= 1e4 ? digits(value / 1e3) + " k" : digits(value);
    }

    static String ratio(double ratio) {
        return Double.isNaN(ratio) ? NONE : String.format(Locale.ROOT, "%.2f", ratio);
    }

    /** What a ratio has to keep. */
    static String bar(double bar) {
        return Double.isNaN(bar) ? "" : String.format(Locale.ROOT, bar < 0.2 ? "≤ %.2f" : "≤ %.1f", bar);
    }

    private static String digits(double value) {
        int decimals = value == 0 ? 0 : Math.max(0, 2 - (int) Math.floor(Math.log10(Math.abs(value))));
        return String.format(Locale.ROOT, "%." + Math.min(decimals, 4) + "f", value);
    }
}
