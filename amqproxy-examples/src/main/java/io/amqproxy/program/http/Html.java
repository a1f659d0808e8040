package io.amqproxy.program.http;

import java.util.List;
import java.util.Locale;

/** Pieces of HTML. Every text that comes from outside goes through {@link #text}. */
final class Html {

    private static final int WIDTH = 180;
    private static final int HEIGHT = 36;

    private Html() {}

    static String text(Object value) {
        StringBuilder out = new StringBuilder();
        for (char letter : String.valueOf(value).toCharArray()) {
            switch (letter) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(letter);
            }
        }
        return out.toString();
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    static String bytes(long value) {
        return bytes((double) value);
    }

    /** Rounded down, so that 100 % means all. */
    static String percent(long part, long whole) {
        return whole == 0 ? "–" : String.format(Locale.ROOT, "%.1f %%", Math.floor(1000.0 * part / whole) / 10);
    }

    static String bytes(double value) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        double scaled = value;
        while (scaled >= 1024 && unit < units.length - 1) {
            scaled /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%,.0f %s" : "%,.1f %s", scaled, units[unit]);
    }

    /** {@return a small graph without axes, whose top is the largest value} */
    static String graph(String name, List<Double> values) {
        double max = Math.max(
                1, values.stream().mapToDouble(Double::doubleValue).max().orElse(1));
        StringBuilder points = new StringBuilder();
        double step = values.size() < 2 ? 0 : (double) WIDTH / (values.size() - 1);
        for (int i = 0; i < values.size(); i++) {
            double y = HEIGHT - 1 - values.get(i) / max * (HEIGHT - 2);
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", i * step, y));
        }
        return """
                <svg viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s over the last minutes">\
                <polyline points="%s"/></svg>""".formatted(WIDTH, HEIGHT, text(name), points.toString().strip());
    }
}
