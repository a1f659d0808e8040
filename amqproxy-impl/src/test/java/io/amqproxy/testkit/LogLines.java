package io.amqproxy.testkit;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.function.Predicate;

/**
 * Lines of a log as a test looks at them. Loggers are those of the whole JVM, and threads of other tests may still be
 * on their way to their ends: what they log is no line of this one.
 */
public final class LogLines extends ListAppender<ILoggingEvent> {

    private final Predicate<Thread> writers;

    private LogLines(Predicate<Thread> writers) {
        this.writers = writers;
    }

    /** What the calling thread logs. */
    public static LogLines ofThisThread() {
        Thread self = Thread.currentThread();
        return new LogLines(writer -> writer == self);
    }

    /** What the calling thread logs, and threads whose names begin so. */
    public static LogLines ofThisThreadAnd(String names) {
        Thread self = Thread.currentThread();
        return new LogLines(writer -> writer == self || writer.getName().startsWith(names));
    }

    /** Called by the thread that logs, by one at a time. */
    @Override
    protected void append(ILoggingEvent line) {
        if (writers.test(Thread.currentThread())) {
            super.append(line);
        }
    }
}
