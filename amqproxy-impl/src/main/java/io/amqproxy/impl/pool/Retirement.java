package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.spi.UpstreamConnection;

/**
 * Whether an upstream lends, and when it ends. A retired one gets no new leases; it is closed when those that it had
 * are over and their channels proved, and no client needs it for an exclusive queue. Until then it may be taken back
 * into service.
 */
final class Retirement {

    private final UpstreamConnection session;
    private final UpstreamSlots slots;
    private final UpstreamTies ties;
    private boolean retired;
    private long dueAt;

    Retirement(UpstreamConnection session, UpstreamSlots slots, UpstreamTies ties) {
        this.session = session;
        this.slots = slots;
        this.ties = ties;
    }

    /** No new leases from now on; closed as soon as it is not needed. */
    void begin() {
        retired = true;
        endIfDone();
    }

    boolean isRetired() {
        return retired;
    }

    /** It gets leases again, as there may be no other one. */
    void revoke() {
        retired = false;
    }

    void dueAt(long time) {
        dueAt = time;
    }

    /** When it has served long enough, 0 for never. */
    long dueAt() {
        return dueAt;
    }

    /** Not while the broker holds it back, which would lose what the broker has not read of clients that are gone. */
    void endIfDone() {
        PendingFences owed = slots.owed();
        if (owed.isHeldBack() && slots.leased() > owed.abandoned()) {
            return;
        }
        boolean isUnused = slots.leased() == owed.released() + owed.abandoned();
        if (retired && isUnused && !ties.isAny() && !ties.mayBecome()) {
            session.close("retired");
        }
    }
}
