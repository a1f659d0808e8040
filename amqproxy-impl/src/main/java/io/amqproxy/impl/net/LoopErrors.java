package io.amqproxy.impl.net;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a loop when there is no memory, or when whole turns fail by errors. Who can do without memory gives
 * it up, before anybody is told of a fault, as telling takes memory too. Where that does not help so often in a short
 * time the loop is beyond hope, and has to end rather than to look alive.
 */
final class LoopErrors {

    /** So many errors in so many nanoseconds are no accident any more. */
    static final int MOST = 20;

    static final long WITHIN = TimeUnit.SECONDS.toNanos(10);

    private static final Logger log = LoggerFactory.getLogger(LoopErrors.class);

    private final Runnable probe;
    private Runnable relief = () -> {};
    private boolean relieving;
    private int count;
    private long since;
    private @Nullable Error fatal;

    /** @param probe throws an {@link OutOfMemoryError} where there is no memory to work with */
    LoopErrors(Runnable probe) {
        this.probe = probe;
    }

    /** Run when there is no memory; gives some up. */
    void relief(Runnable action) {
        relief = action;
    }

    /** An owner failed, and has to bear it. If it was for want of memory, there is some again now, or this counts. */
    void onFault(Throwable fault, long now) {
        OutOfMemoryError still = relieve(fault);
        if (still != null) {
            count(still, now);
        }
    }

    /** Returns the want of memory that there is even then. */
    private @Nullable OutOfMemoryError relieve(Throwable fault) {
        if (outOfMemory(fault) == null || relieving) {
            return null;
        }
        relieving = true;
        try {
            relief.run();
            probe.run();
        } catch (OutOfMemoryError still) {
            return still;
        } catch (RuntimeException failure) {
            log.error("Giving memory up failed", failure);
        } finally {
            relieving = false;
        }
        return null;
    }

    /** An error that no owner could be made to bear, as when there is no memory to select with. */
    void onTurn(Error fault, long now) {
        relieve(fault);
        count(fault, now);
    }

    private void count(Error fault, long now) {
        if (count == 0 || now - since > WITHIN) {
            count = 0;
            since = now;
        }
        if (++count > MOST) {
            fatal = fault;
        }
    }

    /** {@return the error that the loop has to end with, or null} */
    @Nullable
    Error fatal() {
        return fatal;
    }

    private static @Nullable OutOfMemoryError outOfMemory(Throwable fault) {
        if (fault instanceof OutOfMemoryError none) {
            return none;
        }
        return fault.getCause() instanceof OutOfMemoryError none ? none : null;
    }
}
