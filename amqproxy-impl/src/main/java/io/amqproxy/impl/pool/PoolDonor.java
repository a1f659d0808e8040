package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Gives up connections of one pool that other pools need more: first those that nobody uses, then those with the fewest
 * leases.
 */
final class PoolDonor implements ConnectionDonor {

    private final LoopContext loop;
    private final ConnectionClaim claim;
    private final Upstreams upstreams;
    private final PoolCapacity capacity;
    private final PoolMembers members;
    private final LeaseQueue leases;
    private final Runnable onGivenUp;

    /**
     * @param claim the pool's
     * @param onGivenUp run when one is promised to another pool, with a time within which its clients have to let go
     */
    PoolDonor(
            LoopContext loop,
            ConnectionClaim claim,
            Upstreams upstreams,
            PoolMembers members,
            LeaseQueue leases,
            Runnable onGivenUp) {
        this.loop = loop;
        this.claim = claim;
        this.upstreams = upstreams;
        this.capacity = upstreams.capacity();
        this.members = members;
        this.leases = leases;
        this.onGivenUp = onGivenUp;
    }

    @Override
    public ConnectionClaim claim() {
        return claim;
    }

    @Override
    public int serving() {
        return capacity.serving();
    }

    @Override
    public OptionalLong unusedSince(boolean withLast, long before) {
        Upstream unused = unused(withLast, before);
        return unused == null ? OptionalLong.empty() : OptionalLong.of(unused.idleSince());
    }

    @Override
    public void giveUpUnused(boolean withLast, long before) {
        giveUp(unused(withLast, before));
    }

    /** One that nobody uses, the one that has been so for longest, or null. */
    private @Nullable Upstream unused(boolean withLast, long before) {
        if (leases.waiting() > 0 || serving() < fewest(withLast) || !(withLast || capacity.isAboveMinimum())) {
            return null;
        }
        long idleBefore = members.isEmpty() || serving() > 1 ? loop.now : before;
        Upstream oldest = null;
        for (Upstream upstream : upstreams.all()) {
            boolean isUnused = upstream.open() && !upstream.isRetired() && upstream.isIdle();
            if (isUnused
                    && upstream.idleSince() - idleBefore <= 0
                    && (oldest == null || upstream.idleSince() - oldest.idleSince() < 0)) {
                oldest = upstream;
            }
        }
        return oldest;
    }

    /** How many there have to be, so that one of them may be given up. */
    private int fewest(boolean withLast) {
        return withLast && !capacity.isClosed() ? 1 : 2; // A closed pool could not have another one.
    }

    @Override
    public boolean mayGiveUpUsed() {
        return leastUsed() != null;
    }

    @Override
    public void giveUpUsed() {
        giveUp(leastUsed());
    }

    /** One with few clients, or null. */
    private @Nullable Upstream leastUsed() {
        Upstream least = null;
        for (Upstream upstream : upstreams.all()) {
            if (mayBeGivenUp(upstream) && (least == null || upstream.leased() < least.leased())) {
                least = upstream;
            }
        }
        return least;
    }

    private boolean mayBeGivenUp(Upstream upstream) {
        return !capacity.isClosed()
                && upstream.open()
                && !upstream.isRetired()
                && !upstream.ties().isAny()
                && !upstream.blocked()
                && !upstream.permit().wasKeptLately(loop.now);
    }

    private void giveUp(@Nullable Upstream upstream) {
        if (upstream != null) {
            upstreams.promise(upstream);
            onGivenUp.run();
        }
    }
}
