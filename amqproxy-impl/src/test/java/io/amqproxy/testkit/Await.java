package io.amqproxy.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for a condition by asking again and again, up to a deadline. */
public final class Await {

    private static final Duration PAUSE = Duration.ofMillis(10);

    private Await() {}

    /**
     * Returns as soon as the condition holds.
     *
     * @param what what is awaited, for the message of the failure
     * @param limit how long to wait at most; generous, as only a failure takes that long
     * @param condition the condition; an exception of it is thrown on at once
     * @throws AssertionError if it does not hold in time
     */
    public static void until(String what, Duration limit, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!condition.call()) {
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError("Not within " + limit.toSeconds() + " s: " + what);
                }
                Thread.sleep(PAUSE.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while waiting: " + what, e);
        } catch (Exception e) {
            throw new AssertionError("Failed while waiting: " + what, e);
        }
    }

    /** The same, for up to two minutes. */
    public static void until(String what, Callable<Boolean> condition) {
        until(what, Duration.ofMinutes(2), condition);
    }
}
