package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.ConnectionBudget.Need;
import org.jspecify.annotations.Nullable;

/** What one connection has of the {@link ConnectionBudget}, until it is over. */
final class ConnectionPermit {

    private final ConnectionBudget budget;
    private ConnectionClaim holder;
    private boolean over;

    /** Whether it is to be given up for another pool, and until when its clients have time to let go. */
    private boolean promised;

    private long until;
    private boolean mayServeAgain;
    /** Whether its clients were asked to let go, and when that was over. */
    private boolean wasKept;

    private long keptAt;

    private ConnectionPermit(ConnectionClaim holder) {
        this.budget = holder.budget();
        this.holder = holder;
    }

    /** {@return what a connection is paid with, or null where the claim may have no more} */
    static @Nullable ConnectionPermit take(ConnectionClaim claim, Need need) {
        return claim.take(need) ? new ConnectionPermit(claim) : null;
    }

    /** The connection has ended. */
    void release() {
        if (!over) {
            over = true;
            budget.release(holder, promised);
            promised = false;
        }
    }

    /** It is of another pool of the user's from now on. */
    void moveTo(ConnectionClaim other) {
        budget.move(holder, other);
        holder = other;
    }

    /** Whether a log-in's connection can become no pool's, as others have what pools may have. */
    boolean isForLogin() {
        return budget.isOnlyForLogins();
    }

    /**
     * A log-in's connection becomes this pool's.
     *
     * @return whether the pool may have it
     */
    boolean adoptBy(ConnectionClaim pool, Need need, long now) {
        if (!budget.adopt(holder, pool, need, now)) {
            return false;
        }
        holder = pool;
        return true;
    }

    /** Promised to another pool, as the budget knows; within a time its clients have to let go. */
    void promise(long now) {
        promised = true;
        mayServeAgain = true;
        until = now + ConnectionBudget.PATIENCE;
    }

    boolean isPromised() {
        return promised;
    }

    long until() {
        return until;
    }

    /** It is replaced for reasons of its own. */
    void endAnyway() {
        mayServeAgain = false;
    }

    /**
     * It is not over in time.
     *
     * @return whether it may serve again
     */
    boolean withdraw(long now) {
        promised = false;
        wasKept = true;
        keptAt = now;
        budget.withdraw();
        return mayServeAgain;
    }

    /** Whether clients held on to it not long ago. */
    boolean wasKeptLately(long now) {
        return wasKept && now - keptAt < 5 * ConnectionBudget.PATIENCE;
    }
}
