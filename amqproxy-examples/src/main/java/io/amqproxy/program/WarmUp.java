package io.amqproxy.program;

import io.amqproxy.AmqProxy;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What makes the first clients fast, beside all else that happens at the start: the log is set up, and the proxy
 * primed, by a thread of its own. Where there is one processor that comes when the program listens, as it would only
 * delay it.
 */
final class WarmUp {

    private static final long LARGE_HEAP = 64L * 1024 * 1024;
    private static final Set<String> SHORT_RUNS = Set.of("--check", "--archive", "-h", "--help", "-v", "--version");

    private WarmUp() {}

    /** At the start of the program. When it returns the log is set up. */
    static void begin(String... args) {
        if (isParallel() && Collections.disjoint(SHORT_RUNS, List.of(args))) {
            var unused = start(WarmUp::prime);
        }
        setUpLog();
    }

    /**
     * Here, unless the thread that primes the proxy came first. Whoever asks SLF4J while another thread sets it up gets
     * a stand-in that cannot be told how to log; SLF4J holds this lock meanwhile.
     */
    @SuppressWarnings("LockOnNonEnclosingClassLiteral")
    private static void setUpLog() {
        synchronized (LoggerFactory.class) {
            LoggerFactory.getILoggerFactory();
        }
    }

    /** When the program listens. */
    static void end() {
        if (!isParallel()) {
            var unused = start(WarmUp::prime);
        }
    }

    /**
     * A JVM that was given no options takes a part of the machine's memory for its heap, and uses all of that before it
     * collects once: hundreds of MiB, of which the proxy needs a few. A collection while there is little gives it back,
     * as far as {@code -Xms} lets it.
     */
    private static void prime() {
        AmqProxy.prime();
        if (Runtime.getRuntime().totalMemory() > LARGE_HEAP) {
            System.gc();
        }
    }

    /** Whether clients wait for it, as it does not delay the start. */
    static boolean isParallel() {
        return Runtime.getRuntime().availableProcessors() > 1;
    }

    private static @Nullable Thread start(Runnable task) {
        Thread thread = new Thread(task, "warm-up");
        thread.setDaemon(true);
        return start(thread);
    }

    /** Where there is no thread, which is an error of the JVM's, the program is slow at first. */
    static @Nullable Thread start(Thread thread) {
        try {
            thread.start();
            return thread;
        } catch (OutOfMemoryError none) {
            return null;
        }
    }
}
