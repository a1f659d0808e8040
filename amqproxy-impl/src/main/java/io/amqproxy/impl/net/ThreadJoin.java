package io.amqproxy.impl.net;

import java.util.concurrent.TimeUnit;

/** Waits for the end of threads; an interrupt is kept for later, since there is nothing to give up. */
public final class ThreadJoin {

    private ThreadJoin() {}

    /** {@return whether the thread has ended, or was never started, after as long as this at the most} */
    public static boolean join(Thread thread, long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        boolean interrupted = false;
        while (thread.isAlive() && deadline - System.nanoTime() > 0) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(thread, deadline - System.nanoTime());
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
