package io.amqproxy.program.http;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Asks the proxy's loops again and again whether they turn. A question that has no answer for ten seconds, while the
 * thread that asked it was alive, means that one of them does not: a bug, or a policy or a log of the host's that does
 * not return. Such a proxy serves nobody any more, and only a new start helps.
 */
public final class Watchdog implements AutoCloseable {

    static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);
    private static final long INTERVAL_MILLIS = 1000;

    private final Runnable question;
    private final LongSupplier clock;
    private final Thread thread = new Thread(this::run, "watchdog");
    private long askedAt;
    private boolean isAwaiting;

    /**
     * Makes a watchdog that does not run yet.
     *
     * @param question returns when all loops have answered; what it throws counts as no answer
     * @param clock nanoseconds
     */
    public Watchdog(Runnable question, LongSupplier clock) {
        this.question = question;
        this.clock = clock;
        thread.setDaemon(true);
    }

    /** Begins to ask. */
    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                ask();
                Thread.sleep(INTERVAL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // Closed.
        }
    }

    /** Asks once, and waits for the answers. */
    void ask() {
        synchronized (this) {
            if (!isAwaiting) {
                isAwaiting = true;
                askedAt = clock.getAsLong();
            }
        }
        try {
            question.run();
        } catch (IllegalStateException noAnswer) {
            return;
        }
        synchronized (this) {
            isAwaiting = false;
        }
    }

    /**
     * Tells for how long the loops have not answered.
     *
     * @return seconds, 0 where all is well
     */
    public synchronized long silentSeconds() {
        long silent = isAwaiting ? clock.getAsLong() - askedAt : 0;
        return silent < PATIENCE ? 0 : TimeUnit.NANOSECONDS.toSeconds(silent);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
