package io.amqproxy.program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The file descriptors of this process, as far as the system tells. */
public final class Descriptors {

    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Path OPEN = Path.of("/proc/self/fd");
    private static final Pattern LIMIT = Pattern.compile("Max open files +(\\d+) .*");

    /** What is open beside clients: the program's own files, ports, connections over HTTP, and some to the broker. */
    private static final int OTHERS = 128;

    private Descriptors() {}

    /** {@return how many there may be, or nothing where there is no bound, or nobody knows it} */
    public static OptionalLong most() {
        try (Stream<String> lines = Files.lines(LIMITS)) {
            return lines.map(LIMIT::matcher)
                    .filter(Matcher::matches)
                    .mapToLong(line -> Long.parseLong(line.group(1)))
                    .findFirst();
        } catch (IOException | RuntimeException unknown) {
            return OptionalLong.empty();
        }
    }

    /** {@return how many there are, or nothing where nobody knows it} */
    public static OptionalLong open() {
        try (Stream<Path> all = Files.list(OPEN)) {
            return OptionalLong.of(all.count() - 1); // But for the one that reads this.
        } catch (IOException | RuntimeException unknown) {
            // To look takes one as well.
            return Files.isDirectory(OPEN) ? most() : OptionalLong.empty();
        }
    }

    /** {@return how many clients fit into so many descriptors, one for each} */
    static int clientsOf(long descriptors) {
        long free = Math.max(descriptors - OTHERS, descriptors / 2);
        return (int) Math.max(1, Math.min(free, Integer.MAX_VALUE));
    }
}
