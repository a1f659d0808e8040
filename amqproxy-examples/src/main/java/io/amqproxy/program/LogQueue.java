package io.amqproxy.program;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lines on their way to the log. Whoever logs never waits: one thread writes, and lines beyond a thousand that wait are
 * dropped and counted. Standard error is often a pipe, and a reader that stops reading would otherwise stop the proxy's
 * loops with it. (Logback's own AsyncAppender does not count what it drops.)
 */
final class LogQueue extends UnsynchronizedAppenderBase<ILoggingEvent> {

    static final int CAPACITY = 1024;
    private static final ILoggingEvent END = new LoggingEvent();

    private final List<Appender<ILoggingEvent>> logs;
    private final Runnable afterLine;
    private final BlockingQueue<ILoggingEvent> waiting = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread = new Thread(this::write, "log");

    /**
     * @param logs where lines go
     * @param afterLine called on the writing thread
     */
    LogQueue(LoggerContext context, List<Appender<ILoggingEvent>> logs, Runnable afterLine) {
        this.logs = List.copyOf(logs);
        this.afterLine = afterLine;
        setContext(context);
        thread.setDaemon(true);
    }

    @Override
    public void start() {
        super.start();
        thread.start();
    }

    /** Any thread: what belongs to it is put into words here. */
    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        if (!waiting.offer(event)) {
            dropped.incrementAndGet();
        }
    }

    /** {@return where lines go} */
    List<Appender<ILoggingEvent>> logs() {
        return logs;
    }

    /** {@return lines that nobody will see} */
    long dropped() {
        return dropped.get();
    }

    private void write() {
        long told = 0;
        try {
            for (ILoggingEvent event = waiting.take(); event != END; event = waiting.take()) {
                write(event);
                told = tellDropped(told);
                afterLine.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // Nobody does this.
        }
    }

    private void write(ILoggingEvent event) {
        logs.forEach(log -> log.doAppend(event));
    }

    private long tellDropped(long told) {
        long all = dropped.get();
        if (all == told || waiting.remainingCapacity() < CAPACITY / 2) {
            return told;
        }
        write(new LoggingEvent(
                LogQueue.class.getName(),
                ((LoggerContext) getContext()).getLogger(LogQueue.class),
                Level.WARN,
                "{} lines of the log were dropped: they could not be written in time",
                null,
                new Object[] {all - told}));
        return all;
    }

    /** Has what waits written, and takes no more; waits no longer than that for a log that is stuck. */
    void end(Duration patience) throws InterruptedException {
        stop();
        if (waiting.offer(END, patience.toMillis(), TimeUnit.MILLISECONDS)) {
            thread.join(patience.toMillis());
        }
    }
}
