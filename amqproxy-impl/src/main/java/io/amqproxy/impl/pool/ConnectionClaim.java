package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.ConnectionBudget.Need;

/**
 * The part that one pool, or the log-ins of one account, have of the {@link ConnectionBudget}. Its methods are the
 * loop's; the fields that are not private are the budget's.
 */
final class ConnectionClaim {

    private static final long ASK_AGAIN = ConnectionBudget.TENURE / 2;

    private final ConnectionBudget budget;
    private final LoopContext loop;
    private final boolean ofPool;
    /** Tells it, on its loop, that something is granted. */
    final Runnable waker;

    int held;
    /** May be taken, and is counted. */
    volatile int granted;

    Need need = Need.MORE;
    /** When it began to wait. */
    long since;
    /** When it got the last one. */
    long takenAt;
    /** Until when it is not asked to give up any. */
    long sparedUntil;

    /** Whether it waits or has a grant, for all that its loop knows. */
    private boolean asking;

    private long askingSince;

    /**
     * @param ofPool whether it is a pool's, rather than for log-ins
     * @param waker run by any thread
     */
    ConnectionClaim(ConnectionBudget budget, LoopContext loop, boolean ofPool, Runnable waker) {
        this.budget = budget;
        this.loop = loop;
        this.ofPool = ofPool;
        this.waker = waker;
        this.sparedUntil = loop.now;
    }

    ConnectionBudget budget() {
        return budget;
    }

    boolean isOfPool() {
        return ofPool;
    }

    /** After how long it asks again, {@code MAX_VALUE} for never: seldom when it has waited for some time. */
    long untilAskedAgain() {
        if (!asking) {
            return Long.MAX_VALUE;
        }
        return loop.now - askingSince < ConnectionBudget.TENURE ? ConnectionBudget.IDLE_FIRST : ASK_AGAIN;
    }

    /** How many it may take now, as far as can be told. */
    int room(Need forWhat) {
        int own = granted;
        return own > 0 ? own : budget.room(forWhat);
    }

    boolean isLimited() {
        return budget.most() > 0;
    }

    /**
     * Takes one.
     *
     * @return false where there may be no more
     */
    boolean take(Need forWhat) {
        if (!budget.take(this, forWhat, loop.now)) {
            return false;
        }
        asking = granted > 0;
        return true;
    }

    void want(Need forWhat) {
        askingSince = asking ? askingSince : loop.now;
        asking = true;
        budget.want(this, forWhat, loop.now);
    }

    void forgo() {
        if (asking) {
            asking = false;
            budget.forgo(this);
        }
    }

    /** For people; empty where there is no limit. */
    String describe() {
        return isLimited() ? "; the proxy has " + budget.used() + " of " + budget.most() + " connections" : "";
    }
}
