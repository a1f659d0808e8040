package io.amqproxy.benchmark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Draws {@link GainSection}'s result as an SVG, for light and dark pages. Times have a logarithmic scale; that of the
 * round trips is logarithmic as well, but begins at zero.
 *
 * @param origin how it was made, for a comment
 * @param lines with the same round trips each
 */
record GainChart(String origin, List<Line> lines) {

    private static final int WIDTH = 880;
    private static final int HEIGHT = 460;
    private static final int LEFT = 72;
    private static final int RIGHT = 560;
    private static final int TOP = 76;
    private static final int BOTTOM = 400;
    private static final int LABEL_HEIGHT = 18;

    private static final String TITLE = "One message on a connection of its own";
    private static final String SUBTITLE =
            "connect, log in, open a channel, publish, close both; a client that waits for each answer; p50";
    private static final String X_LABEL = "round trip to the broker, ms (log scale from 0)";
    private static final String Y_LABEL = "time, ms (log scale)";

    private static final String STYLE = """
              <style>
                svg { color: #1f2328; --page: #ffffff; --direct: #b84a00; --proxy: #0b62c4 }
                @media (prefers-color-scheme: dark) {
                  svg { color: #e6edf3; --page: #0d1117; --direct: #ff9d57; --proxy: #6cb6ff }
                }
                text { font: 13px system-ui, sans-serif; fill: currentColor }
                .page { fill: var(--page) }
                .heading { font-size: 17px; font-weight: 600 }
                .quiet { opacity: .75 }
                .grid { stroke: currentColor; opacity: .16 }
                .line { fill: none; stroke-width: 2.2; stroke-linejoin: round }
                .confirmed { stroke-dasharray: 6 4 }
                .leader { stroke-width: 1; opacity: .6 }
                .direct { stroke: var(--direct) }
                .proxy { stroke: var(--proxy) }
                circle.direct, text.direct { fill: var(--direct); stroke: none }
                circle.proxy, text.proxy { fill: var(--proxy); stroke: none }
                text.name { font-weight: 600 }
              </style>
            """;

    /** A time at a round trip, both in milliseconds. */
    record Point(int roundTrip, double millis) {}

    /**
     * All times of one way.
     *
     * @param name beside the line
     * @param isProxy its colour
     * @param isConfirmed whether it is dashed
     */
    record Line(String name, boolean isProxy, boolean isConfirmed, List<Point> points) {

        private String style() {
            return isProxy ? "proxy" : "direct";
        }

        private Point last() {
            return points.get(points.size() - 1);
        }
    }

    String svg() {
        StringBuilder out = new StringBuilder();
        out.append(String.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " role=\"img\" aria-labelledby=\"title desc\">%n",
                WIDTH, HEIGHT, WIDTH, HEIGHT));
        // Two hyphens would end a comment.
        out.append("  <!-- ").append(origin.replaceAll("-(?=-)", "")).append(" -->\n");
        out.append("  <title id=\"title\">").append(TITLE).append("</title>\n");
        out.append("  <desc id=\"desc\">").append(escaped(description())).append("</desc>\n");
        out.append(STYLE);
        out.append(String.format("  <rect class=\"page\" width=\"%d\" height=\"%d\" rx=\"6\"/>%n", WIDTH, HEIGHT));
        text(out, "heading", LEFT, 30, "start", TITLE);
        text(out, "quiet", LEFT, 52, "start", SUBTITLE);
        axes(out);
        lines.forEach(line -> line(out, line));
        labels(out);
        return out.append("</svg>\n").toString();
    }

    private String description() {
        StringBuilder text = new StringBuilder("Time of a short connection by the round trip to the broker.");
        for (Line line : lines) {
            Point first = line.points.get(0);
            text.append(String.format(
                    " %s: %s ms at %d ms, %s ms at %d ms.",
                    line.name,
                    Units.number(first.millis),
                    first.roundTrip,
                    Units.number(line.last().millis),
                    line.last().roundTrip));
        }
        return text.toString();
    }

    private void axes(StringBuilder out) {
        for (int decade = lowest(); decade <= highest(); decade++) {
            double value = Math.pow(10, decade);
            rule(out, LEFT, y(value), RIGHT, y(value));
            String tick = String.format(Locale.ROOT, "%." + Math.max(0, -decade) + "f", value);
            text(out, "tick", LEFT - 8, y(value) + 4, "end", tick);
        }
        for (Point point : lines.get(0).points) {
            double x = x(point.roundTrip);
            rule(out, x, TOP, x, BOTTOM);
            text(out, "tick", x, BOTTOM + 20, "middle", Integer.toString(point.roundTrip));
        }
        text(out, "quiet", (LEFT + RIGHT) / 2.0, BOTTOM + 44, "middle", X_LABEL);
        double middle = (TOP + BOTTOM) / 2.0;
        out.append(String.format(
                Locale.ROOT,
                "  <text class=\"quiet\" text-anchor=\"middle\" transform=\"translate(20 %.0f) rotate(-90)\">%s</text>%n",
                middle,
                Y_LABEL));
    }

    private void line(StringBuilder out, Line line) {
        StringBuilder points = new StringBuilder();
        for (Point point : line.points) {
            points.append(String.format(Locale.ROOT, " %.1f,%.1f", x(point.roundTrip), y(point.millis)));
        }
        out.append(String.format(
                "  <polyline class=\"line %s%s\" points=\"%s\"/>%n",
                line.style(), line.isConfirmed ? " confirmed" : "", points.substring(1)));
        for (Point point : line.points) {
            out.append(String.format(
                    Locale.ROOT,
                    "  <circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>%s, %d ms: %s ms</title></circle>%n",
                    line.style(),
                    x(point.roundTrip),
                    y(point.millis),
                    escaped(line.name),
                    point.roundTrip,
                    Units.number(point.millis)));
        }
    }

    /** Beside the ends of the lines, and apart from each other. */
    private void labels(StringBuilder out) {
        List<Line> fromTop = new ArrayList<>(lines);
        fromTop.sort(Comparator.comparingDouble(line -> y(line.last().millis)));
        double free = TOP - LABEL_HEIGHT;
        for (Line line : fromTop) {
            double end = y(line.last().millis);
            double y = Math.max(end, free);
            free = y + LABEL_HEIGHT;
            out.append(String.format(
                    Locale.ROOT,
                    "  <line class=\"leader %s\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>%n",
                    line.style(),
                    RIGHT + 6,
                    end,
                    RIGHT + 16,
                    y));
            String label = line.name + ": " + Units.number(line.last().millis) + " ms";
            text(out, "name " + line.style(), RIGHT + 20, y + 4, "start", label);
        }
    }

    private double x(int roundTrip) {
        List<Point> points = lines.get(0).points;
        double last = points.get(points.size() - 1).roundTrip;
        return LEFT + (RIGHT - LEFT) * Math.log1p(roundTrip) / Math.log1p(last);
    }

    private double y(double millis) {
        return BOTTOM - (BOTTOM - TOP) * (Math.log10(millis) - lowest()) / (highest() - lowest());
    }

    private int lowest() {
        return (int) Math.floor(Math.log10(times().min().orElseThrow()));
    }

    private int highest() {
        return Math.max(lowest() + 1, (int) Math.ceil(Math.log10(times().max().orElseThrow())));
    }

    private DoubleStream times() {
        return lines.stream().flatMap(line -> line.points.stream()).mapToDouble(Point::millis);
    }

    private static void rule(StringBuilder out, double x1, double y1, double x2, double y2) {
        out.append(String.format(
                Locale.ROOT,
                "  <line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
                x1,
                y1,
                x2,
                y2));
    }

    private static void text(StringBuilder out, String style, double x, double y, String anchor, String text) {
        out.append(String.format(
                Locale.ROOT,
                "  <text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
                style,
                x,
                y,
                anchor,
                escaped(text)));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
