package io.amqproxy.program;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Writes OPTIONS.md, the example configuration and the man page of the table of options; a test keeps them equal to it.
 */
public final class OptionsDocument {

    private static final String HEAD = """
            # Options

            All settings of the program. The command line beats the environment, which beats the file, without exception.
            Flags, variables and keys that CloudAMQP's AMQProxy has are the same here.

            Times are seconds, or a number with `ms`, `s`, `m`, `h` or `d`; sizes are bytes, or a number with `k`, `M` or `G`. An
            empty variable counts as not set. A setting with a *yes* under HUP gets its new value when the signal comes; others
            need a restart, and the log says which have changed.

            | setting | command line | environment | file | default | HUP |
            |---|---|---|---|---|---|
            """;

    private static final String FOOT = """

            On the command line only:

            | flag | meaning |
            |---|---|
            | `-c`, `--config` | the file to read: `[section]`, `key = value`, and lines of comment that begin with `;` or `#` |
            | `--check` | check the configuration and end, with status 0 if it is valid and 2 if not |
            | `--archive` | write an archive of the program's classes to this file, and end: see [packaging](packaging/README.md) |
            | `-d`, `--debug` | short for `--log-level debug` |
            | `-h`, `--help` | help |
            | `-v`, `--version` | version |
            """;

    private static final String ROUTES = """

            ## Routes

            The file may have a section `[route NAME]` for each broker beside `upstream`, with 1 to 57 letters, digits, dots, hyphens and
            underscores for its name. The first route that wants a client has it, in the order of the file; who is wanted by none goes to
            `upstream`, and is refused where there is none (403, for a vhost 530). What a route does not say is as the rest of the file says it.

            | setting | key | default | HUP |
            |---|---|---|---|
            """;

    private static final String EXAMPLE_ROUTE = """

            # Another broker, for some users, vhosts or addresses, or an address of its own; OPTIONS.md has all keys.
            ;[route orders]
            ;upstream = amqp://orders-1,amqp://orders-2
            ;users = orders-*, invoices
            ;max_total_connections = 200
            """;

    private static final String EXAMPLE_HEAD = """
            # An example configuration of AmqProxy: all settings with their defaults. The command line and the environment beat
            # what is here; see OPTIONS.md for their names. Check it with: java -jar amqproxy.jar --check --config amqproxy.ini
            """;

    private OptionsDocument() {}

    /**
     * Writes all of them.
     *
     * @param args where, the working directory by default
     * @throws IOException if they cannot be written
     */
    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args.length > 0 ? args[0] : "");
        Files.writeString(directory.resolve("OPTIONS.md"), text());
        Files.writeString(directory.resolve("packaging").resolve("amqproxy.ini"), example());
        Files.writeString(directory.resolve("packaging").resolve("amqproxy.1"), ManPage.text());
        // As Debian wants it, and no build has a tool for it on every system.
        Path packed = directory.resolve("packaging").resolve("debian").resolve("amqproxy.1.gz");
        try (OutputStream file = Files.newOutputStream(packed);
                OutputStream page = new BestGzip(file)) {
            page.write(ManPage.text().getBytes(StandardCharsets.UTF_8));
        }
    }

    private static final class BestGzip extends GZIPOutputStream {
        BestGzip(OutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_COMPRESSION);
        }
    }

    /** Every setting with its default, as comments, but for the broker. */
    static String example() {
        StringBuilder text = new StringBuilder(EXAMPLE_HEAD);
        Set<String> sections = new LinkedHashSet<>();
        Options.ALL.forEach(option -> sections.add(option.section()));
        for (String section : sections) {
            text.append("\n[").append(section).append("]\n");
            for (Option<?> option : Options.ALL) {
                if (option.section().equals(section)) {
                    boolean required = option.name().equals("upstream");
                    text.append("\n# ")
                            .append(option.description())
                            .append(option.fallback() == null && !required ? " Default: " + option.fallbackText() : "")
                            .append(required ? "\n" : "\n;")
                            .append(option.keys().get(0))
                            .append(required ? " = amqp://127.0.0.1:5672" : " = ")
                            .append(Objects.requireNonNullElse(option.fallback(), ""))
                            .append('\n');
                }
            }
        }
        return text.append(EXAMPLE_ROUTE).toString();
    }

    static String text() {
        return Options.ALL.stream().map(OptionsDocument::row).collect(Collectors.joining("", HEAD, FOOT))
                + RouteOptions.ALL.stream().map(OptionsDocument::ofRoute).collect(Collectors.joining("", ROUTES, ""));
    }

    private static String ofRoute(Option<?> option) {
        return String.format(
                        "| %s | `%s` | %s | %s |%n",
                        option.description(),
                        option.keys().get(0),
                        option.fallback() == null ? option.fallbackText() : '`' + option.fallback() + '`',
                        option.isReloadable() ? "yes" : "")
                .replace("|  |", "| |");
    }

    private static String row(Option<?> option) {
        List<String> cells = List.of(
                option.description(),
                option.flags().isEmpty() ? "the argument" : codes(option.flags()),
                codes(option.variables()),
                codes(keys(option)),
                option.fallback() == null ? option.fallbackText() : '`' + option.fallback() + '`',
                option.isReloadable() ? "yes" : "");
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n")).replace("|  |", "| |");
    }

    private static List<String> keys(Option<?> option) {
        return option.keys().stream()
                .map(key -> key.contains(".") ? '[' + key.replace(".", "] ") : '[' + option.section() + "] " + key)
                .toList();
    }

    private static String codes(List<String> names) {
        return names.stream().collect(Collectors.joining("`, `", "`", "`"));
    }
}
