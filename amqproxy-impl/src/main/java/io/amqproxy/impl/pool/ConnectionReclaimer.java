package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.ConnectionBudget.Need;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives up connections of one loop for pools, of whatever loop, that wait for one. */
final class ConnectionReclaimer implements LoopContext.TurnWork {

    private static final Logger log = LoggerFactory.getLogger(ConnectionReclaimer.class);

    /** What is unused for a shorter time may be about to be used; where the pool has no clients it is not. */
    private static final long UNUSED = ConnectionBudget.IDLE_FIRST;

    private final LoopContext loop;
    private final ConnectionBudget budget;
    private final Supplier<? extends List<? extends ConnectionDonor>> donors;
    private boolean marked;

    /** @param donors those of the loop */
    ConnectionReclaimer(
            LoopContext loop, ConnectionBudget budget, Supplier<? extends List<? extends ConnectionDonor>> donors) {
        this.loop = loop;
        this.budget = budget;
        this.donors = donors;
    }

    /** Somebody may wait. */
    void mark() {
        if (!marked && budget.isWanted()) {
            marked = true;
            loop.putOff(this);
        }
    }

    @Override
    public void onTurn() {
        marked = false;
        ConnectionClaim claim = budget.unmet();
        while (claim != null && (giveUpUnused(claim) || giveUpUsed(claim))) {
            claim = budget.unmet();
        }
    }

    /** Returns whether it is worth looking again. */
    private boolean giveUpUnused(ConnectionClaim claim) {
        boolean withLast = claim.need != Need.MORE;
        long before = loop.now - UNUSED;
        ConnectionDonor best = null;
        long since = 0;
        for (ConnectionDonor donor : donors.get()) {
            OptionalLong unused = donor.claim() == claim ? OptionalLong.empty() : donor.unusedSince(withLast, before);
            if (unused.isPresent() && (best == null || isBetter(donor, unused.getAsLong(), best, since))) {
                best = donor;
                since = unused.getAsLong();
            }
        }
        if (best != null && budget.promise(claim)) {
            best.giveUpUnused(withLast, before);
        }
        return best != null;
    }

    /** Who has others first; then who has not needed it for longest. */
    private static boolean isBetter(ConnectionDonor donor, long since, ConnectionDonor than, long otherSince) {
        boolean hasMore = donor.serving() > 1;
        boolean otherHasMore = than.serving() > 1;
        return hasMore == otherHasMore ? since - otherSince < 0 : hasMore;
    }

    private boolean giveUpUsed(ConnectionClaim claim) {
        ConnectionClaim chosen = budget.donor(claim, loop.now);
        ConnectionDonor donor = chosen == null ? null : find(chosen);
        if (chosen == null || donor == null) {
            return false; // It is another loop's turn, if anybody's.
        }
        if (!donor.mayGiveUpUsed()) {
            budget.spare(chosen, loop.now + ConnectionBudget.TENURE);
        } else if (budget.promise(claim)) {
            donor.giveUpUsed();
        }
        return true;
    }

    private @Nullable ConnectionDonor find(ConnectionClaim claim) {
        for (ConnectionDonor donor : donors.get()) {
            if (donor.claim() == claim) {
                return donor;
            }
        }
        return null;
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.lines.error(log, "Giving up a connection for another pool failed", fault);
    }
}
