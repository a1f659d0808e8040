package io.amqproxy.program;

import io.amqproxy.AmqProxy;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What makes the first clients fast, beside all else that happens at the start: the log is set up, and the proxy primed,
 * by a thread of its own. Where there is one processor that comes when the program listens, as it would only delay it.
 */
final class WarmUp {

    private static final long PATIENCE_MILLIS = 1000;
    private static final Set<String> SHORT_RUNS = Set.of("--check", "-h", "--help", "-v", "--version");

    private static @Nullable Thread early;

    private WarmUp() {}

    /** At the start of the program. */
    static void begin(String... args) {
        if (isParallel() && Arrays.stream(args).noneMatch(SHORT_RUNS::contains)) {
            early = start(() -> {
                LoggerFactory.getILoggerFactory();
                AmqProxy.prime();
            });
        }
    }

    /** Before the program listens: a client that comes then is served at once. */
    static void await() throws InterruptedException {
        if (early != null) {
            early.join(PATIENCE_MILLIS);
        }
    }

    /** When the program listens. */
    static void end() {
        if (!isParallel()) {
            start(AmqProxy::prime);
        }
    }

    private static boolean isParallel() {
        return Runtime.getRuntime().availableProcessors() > 1;
    }

    private static Thread start(Runnable task) {
        Thread thread = new Thread(task, "warm-up");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
