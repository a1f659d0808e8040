package io.amqproxy.program.common;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** The file descriptors of this process, as far as the system tells. */
public final class Descriptors {

    private static final Path OPEN = Path.of("/proc/self/fd");

    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final String MOST = "Max open files ";

    /** What is open beside clients: the program's own files, ports, connections over HTTP, and some to the broker. */
    private static final int OTHERS = 128;

    private Descriptors() {}

    /** {@return how many there may be, or nothing where there is no bound, or nobody knows it} */
    public static OptionalLong most() {
        // This asks the system and opens no file, so that it is known when there are no descriptors left.
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            long most = system.getMaxFileDescriptorCount();
            return most > 0 && most < Long.MAX_VALUE ? OptionalLong.of(most) : OptionalLong.empty();
        }
        return OptionalLong.empty();
    }

    /**
     * {@return the same, for a start: from a file, since with what else knows it come a hundred and fifty classes of
     * Java}
     */
    public static OptionalLong mostAtStart() {
        try {
            for (String line : Files.readAllLines(LIMITS)) {
                if (line.startsWith(MOST)) {
                    String soft = line.substring(MOST.length()).strip();
                    return OptionalLong.of(Long.parseLong(soft.substring(0, soft.indexOf(' '))));
                }
            }
        } catch (IOException | RuntimeException unknown) {
            // Another system, or no bound at all.
        }
        return most();
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
    public static int clientsOf(long descriptors) {
        long free = Math.max(descriptors - OTHERS, descriptors / 2);
        return (int) Math.max(1, Math.min(free, Integer.MAX_VALUE));
    }
}
