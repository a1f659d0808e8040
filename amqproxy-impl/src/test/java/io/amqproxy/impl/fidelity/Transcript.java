package io.amqproxy.impl.fidelity;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What was seen in one run of a scenario, line by line. What differs from run to run whatever stands in between is
 * replaced: the run's prefix of names, names that brokers and libraries make up, ports and process ids.
 */
final class Transcript {

    private static final Pattern MADE_UP =
            Pattern.compile("amq\\.gen-[\\w-]{22}|amq\\.ctag-[\\w-]{22}|(?<=amq\\.rabbitmq\\.reply-to\\.)[\\w.+/=-]+"
                    + "|(?<![0-9a-f])[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
                    + "|ctag\\d+\\.[0-9a-f]{32}|spring\\.gen-[\\w-]{22}|<\\d+\\.\\d+\\.\\d+>");

    private final String prefix;
    private final Pattern ports;
    private final List<String> lines = new ArrayList<>();
    private final Map<String, String> names = new HashMap<>();

    Transcript(String prefix, int... ports) {
        this.prefix = prefix;
        // As a number of its own: any other may have the same digits in it.
        this.ports = Pattern.compile(IntStream.of(ports)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining("|", "(?<!\\d)(?:", ")(?!\\d)")));
    }

    synchronized void add(String line) {
        String plain = ports.matcher(line.replace(prefix, "")).replaceAll("PORT");
        Matcher matcher = MADE_UP.matcher(plain);
        lines.add(matcher.replaceAll(found -> Matcher.quoteReplacement(standIn(found.group()))));
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    private String standIn(String name) {
        return names.computeIfAbsent(name, made -> "#" + (names.size() + 1));
    }

    /** Both side by side where they differ: {@code -} is the first one's line, {@code +} the second one's. */
    static String difference(List<String> first, List<String> second) {
        int[][] common = new int[first.size() + 1][second.size() + 1];
        for (int i = first.size() - 1; i >= 0; i--) {
            for (int j = second.size() - 1; j >= 0; j--) {
                common[i][j] = first.get(i).equals(second.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        StringBuilder text = new StringBuilder();
        int i = 0;
        int j = 0;
        while (i < first.size() || j < second.size()) {
            if (i < first.size() && j < second.size() && first.get(i).equals(second.get(j))) {
                text.append("  ").append(first.get(i++)).append('\n');
                j++;
            } else if (j == second.size() || (i < first.size() && common[i + 1][j] >= common[i][j + 1])) {
                text.append("- ").append(first.get(i++)).append('\n');
            } else {
                text.append("+ ").append(second.get(j++)).append('\n');
            }
        }
        return text.toString();
    }
}
