package io.amqproxy.program;

import io.amqproxy.ProxyStats;
import io.amqproxy.program.common.StatsSampler.Sample;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of live counts at the foot of a terminal. The log goes on above it: the line is taken away before each write
 * to standard error and drawn again after it.
 */
final class LiveLine implements AutoCloseable {

    private static final Path OUTPUT = Path.of("/proc/self/fd/1");
    private static final Path NOTHING = Path.of("/dev/null");
    private static final String ERASE = "\r\033[K";
    /** What does not fit is cut off by the terminal, where its width is not known. */
    private static final String DO_NOT_WRAP = "\033[?7l";

    private static final String WRAP = "\033[?7h";

    private final PrintStream terminal;
    private final Object lock = new Object();
    private String line = "";
    private int width;

    private @Nullable Sample before;

    LiveLine(PrintStream terminal) {
        this.terminal = terminal;
    }

    /**
     * Tells whether standard output is a terminal that can redraw a line. Java cannot say so: {@code System.console()}
     * asks for more than that up to Java 21, and for less since.
     */
    static boolean isPossible(Map<String, String> environment) throws InterruptedException {
        if (environment.getOrDefault("TERM", "dumb").equals("dumb")) {
            return false;
        }
        if (isOther(OUTPUT)) {
            return false;
        }
        try {
            return new ProcessBuilder("test", "-t", "1").inheritIO().start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether a file is no terminal for sure, which is known without a process that looks. */
    static boolean isOther(Path output) {
        try {
            return !Files.readSymbolicLink(output).startsWith("/dev")
                    || output.toRealPath().equals(NOTHING);
        } catch (IOException | RuntimeException unknown) {
            return false;
        }
    }

    void show(Sample sample) {
        synchronized (lock) {
            line = fit(text(sample, before == null ? sample : before));
            before = sample;
            terminal.print(ERASE + line);
            terminal.flush();
        }
    }

    /** @param columns that the terminal has, 0 where that is not known */
    void width(int columns) {
        synchronized (lock) {
            width = columns;
        }
    }

    /** The last column stays free: some terminals wrap when it is taken. */
    private String fit(String text) {
        String cut = width > 1 && text.length() >= width ? text.substring(0, width - 1) : text;
        return DO_NOT_WRAP + cut + WRAP;
    }

    /** {@return how many columns the terminal has, or 0} */
    static int columns() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(Redirect.DISCARD)
                    .start();
            String[] size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", -1);
            return size.length == 2 ? Integer.parseInt(size[1]) : 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    private static String text(Sample now, Sample before) {
        double seconds = Math.max(1e-3, (now.nanos() - before.nanos()) / 1e9);
        ProxyStats stats = now.stats();
        return String.format(
                Locale.ROOT,
                "clients %,d | upstreams %,d | channels %,d leased, %,d idle | messages/s %,.0f in, %,.0f out",
                stats.clients(),
                stats.upstreams(),
                stats.channelsLeased(),
                stats.channelsIdle(),
                (stats.published() - before.stats().published()) / seconds,
                (stats.delivered() - before.stats().delivered()) / seconds);
    }

    /** {@return a stream that writes above the line} */
    PrintStream above(PrintStream stream) {
        OutputStream around = new OutputStream() {
            @Override
            public void write(int octet) {
                write(new byte[] {(byte) octet}, 0, 1);
            }

            @Override
            public void write(byte[] octets, int from, int count) {
                synchronized (lock) {
                    terminal.print(ERASE);
                    terminal.flush();
                    stream.write(octets, from, count);
                    stream.flush();
                    boolean ended = count > 0 && octets[from + count - 1] == '\n';
                    terminal.print(ended ? line : "");
                    terminal.flush();
                }
            }
        };
        return new PrintStream(around, false, StandardCharsets.UTF_8);
    }

    /** Takes the line away for good. */
    @Override
    public void close() {
        synchronized (lock) {
            line = "";
            terminal.print(ERASE);
            terminal.flush();
        }
    }
}
