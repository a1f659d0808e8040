package io.amqproxy.impl;

import io.amqproxy.impl.core.UncaughtErrors;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a proxy has taken of the system, to be given back at its end, and where it could not start. What came last goes
 * first, and each goes whatever became of the one before.
 */
final class Closer {

    private static final Logger log = LoggerFactory.getLogger(Closer.class);

    private record Resource(String what, AutoCloseable release) {}

    private final Deque<Resource> all = new ArrayDeque<>();

    void add(String what, AutoCloseable release) {
        all.push(new Resource(what, release));
    }

    void release() {
        while (!all.isEmpty()) {
            Resource last = all.pop();
            attempt("giving back " + last.what(), last.release());
        }
    }

    /** Does something that may fail, which must not keep what comes after it from being done. */
    static void attempt(String what, AutoCloseable step) {
        try {
            step.close();
        } catch (Exception | Error failure) {
            tell(what, failure);
        }
    }

    private static void tell(String what, Throwable failure) {
        try {
            log.warn("{} failed", what, UncaughtErrors.of(failure));
        } catch (RuntimeException | Error untold) {
            failure.addSuppressed(untold);
        }
    }
}
