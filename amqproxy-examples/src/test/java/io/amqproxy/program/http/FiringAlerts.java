package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.Processes;
import io.amqproxy.testkit.Requirements;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The alerts that are shipped, asked by promtool of what a proxy has told of itself before some trouble and in it. */
public final class FiringAlerts {

    private static final Path ALERTS =
            Path.of("packaging", "prometheus", "alerts.yaml").toAbsolutePath();
    private static final Pattern SAMPLE = Pattern.compile("([a-z_]+)(?:\\{(.*)})? (-?[0-9.E+-]+)");

    private FiringAlerts() {}

    /**
     * Checks that an alert is silent while the proxy tells the one, and fires when it tells the other.
     *
     * @param before a scrape, or nothing where the proxy was in trouble from its start
     * @param after a scrape in the trouble
     * @param goesOn whether what was counted in between is counted again each 15 seconds, and not once only
     */
    public static void check(String alert, String before, String after, boolean goesOn, Path directory)
            throws IOException {
        Map<String, BigDecimal> first = samples(before);
        StringBuilder file = new StringBuilder("rule_files:\n  - " + ALERTS + "\nevaluation_interval: 15s\ntests:\n"
                + "  - interval: 15s\n    input_series:\n");
        samples(after).forEach((series, value) -> {
            BigDecimal was = first.get(series);
            BigDecimal more = goesOn && series.contains("_total{")
                    ? value.subtract(was == null ? BigDecimal.ZERO : was)
                    : BigDecimal.ZERO;
            file.append("      - series: '").append(series.replace("'", "''")).append("'\n        values: '");
            file.append(was == null ? "_x79" : was.toPlainString() + "+0x79");
            file.append(' ').append(value.toPlainString()).append('+').append(more.toPlainString());
            file.append("x400'\n");
        });
        String fires = "ALERTS{alertname=\"" + alert + "\",alertstate=\"firing\"}";
        file.append("    promql_expr_test:\n");
        expect(file, "absent(max_over_time(" + fires + "[19m]))", "19m");
        expect(file, "count(max_over_time(" + fires + "[90m])) > bool 0", "100m");
        Path asked = Files.writeString(directory.resolve(alert + ".yaml"), file);
        Processes.Output answer =
                Processes.run(new ProcessBuilder("promtool", "test", "rules", asked.toString()), Duration.ofMinutes(1));
        assertThat(answer.exitCode()).as(answer + after).isZero();
    }

    /** Skips a test, or fails it where nothing may be skipped, if promtool is not installed. */
    public static void requirePromtool() {
        Processes.Output version =
                Processes.run(new ProcessBuilder("env", "promtool", "--version"), Duration.ofMinutes(1));
        Requirements.check(version.exitCode() == 0, "promtool, of the package prometheus");
    }

    private static void expect(StringBuilder file, String question, String time) {
        file.append("      - expr: '")
                .append(question)
                .append("'\n        eval_time: ")
                .append(time);
        file.append("\n        exp_samples:\n          - labels: '{}'\n            value: 1\n");
    }

    /**
     * The figures that alerts ask for, by name and labels. Points in time are counted from when promtool's clock
     * begins.
     */
    private static Map<String, BigDecimal> samples(String scrape) throws IOException {
        List<String> wanted = Pattern.compile("\\b(?:amqproxy|process)_[a-z_]+")
                .matcher(Files.readString(ALERTS))
                .results()
                .map(match -> match.group())
                .toList();
        Map<String, BigDecimal> all = new TreeMap<>();
        for (String line : scrape.lines().toList()) {
            Matcher sample = SAMPLE.matcher(line);
            if (sample.matches() && wanted.contains(sample.group(1))) {
                BigDecimal value = new BigDecimal(sample.group(3));
                if (sample.group(1).endsWith("_not_after_seconds")) {
                    value = value.subtract(BigDecimal.valueOf(Instant.now().getEpochSecond()));
                }
                String labels = sample.group(2) == null ? "" : sample.group(2).replaceAll(",$", "") + ",";
                all.put(sample.group(1) + "{" + labels + "instance=\"proxy\"}", value);
            }
        }
        return all;
    }
}
