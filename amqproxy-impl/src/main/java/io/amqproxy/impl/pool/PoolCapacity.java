package io.amqproxy.impl.pool;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.ConnectionBudget.Need;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many connections one pool may have: by its settings, by what the broker is known to let it have, and by what
 * other pools leave of all that there may be.
 */
final class PoolCapacity {

    /** A connection of the pool as it counts here. */
    interface Connection {

        /** Whether it is being replaced, and takes no new leases. */
        boolean isRetired();

        /** The client that it is set aside for, 0 for none. */
        long owner();

        /** Whether the broker counts it: it is open, or its close is not answered yet. */
        boolean isAtBroker();

        /** How many of the pool had ended when it began. */
        long begunAfter();

        ConnectionPermit permit();
    }

    private final LoopContext loop;
    private final ConnectionClaim claim;
    private final List<? extends Connection> all;
    private final BrokerConnectionLimit brokerLimit = new BrokerConnectionLimit();
    /** Those that were open and have ended. */
    private long ended;
    /** The broker no longer accepts the secret: who is here has those that are open, and there will be no others. */
    private boolean frozen;
    /** The broker refused the last one its vhost, while others were open: those serve, until it accepts one again. */
    private boolean refused;

    /**
     * @param claim the pool's part of all connections
     * @param all those that the pool has, at any time
     */
    PoolCapacity(LoopContext loop, ConnectionClaim claim, List<? extends Connection> all) {
        this.loop = loop;
        this.claim = claim;
        this.all = all;
    }

    // How many more.

    /** Whether one more may be opened, where the pool may have so many beyond its limit. */
    boolean mayOpen(int beyond) {
        return room(beyond) > 0;
    }

    /**
     * How many more may be opened. Those that were replaced, and that clients hold on to, are not in the way of new
     * ones; but for a bound.
     */
    int room(int beyond) {
        return Math.min(ownRoom(beyond), roomOfAll());
    }

    /** The same without regard to other pools. */
    int ownRoom(int beyond) {
        return frozen ? 0 : Math.max(0, Math.min(ownBalance() + beyond, brokerLimit.room(all.size(), loop.now)));
    }

    /** Negative where there are some beyond the limits. */
    private int balance() {
        return Math.min(ownBalance(), brokerLimit.room(all.size(), loop.now));
    }

    private int ownBalance() {
        int most = loop.settings.maxConnections();
        int serving = all.size() - retired();
        return Math.min(most - serving, 2 * most - all.size());
    }

    /** The same for this purpose: what may cost its connection may have one more, so that a full pool shares none. */
    int roomFor(Purpose purpose) {
        return isClosed() ? 0 : room(purpose == Purpose.UNCERTAIN ? 1 : 0);
    }

    /** Whether one more may be opened, and would not be beyond the limits. */
    boolean isFree() {
        return balance() > 0 && roomOfAll() > 0;
    }

    /** Whether there may be another one, but for what other pools have, if one goes. */
    boolean isEnough() {
        return !isClosed() && balance() >= 0;
    }

    /**
     * How many there are too few of those that are kept although nobody needs them, negative where there are more; one
     * client's own do not count.
     */
    int missing() {
        int serving = 0;
        for (Connection upstream : all) {
            serving += upstream.isRetired() || upstream.owner() != 0 ? 0 : 1;
        }
        return loop.settings.minConnections() - serving;
    }

    boolean isAboveMinimum() {
        return missing() < 0;
    }

    /** How many are being replaced. */
    int retired() {
        int retired = 0;
        for (Connection upstream : all) {
            retired += upstream.isRetired() ? 1 : 0;
        }
        return retired;
    }

    /** Whether another one may be retired before clients have let go of those that are. */
    boolean mayRetire() {
        return retired() < loop.settings.maxConnections() && !isAtCeiling();
    }

    // What other pools leave.

    /** What is to be opened is needed for. */
    Need need() {
        int serving = 0;
        int shared = 0;
        for (Connection upstream : all) {
            serving += upstream.isRetired() ? 0 : 1;
            shared += upstream.isRetired() || upstream.owner() != 0 ? 0 : 1;
        }
        return serving == 0 || (shared == 0 && serving == 1) ? Need.FIRST : Need.MORE;
    }

    private int roomOfAll() {
        return claim.isLimited() ? claim.room(need()) : Integer.MAX_VALUE;
    }

    /** Whether nothing but what other pools have is in the way of another one. */
    boolean isShort() {
        return claim.isLimited() && claim.room(need()) == 0;
    }

    /** What one more is paid with, or null. */
    @Nullable
    ConnectionPermit take() {
        return ConnectionPermit.take(claim, need());
    }

    /** Whether there may be one that was a log-in's. */
    boolean adopt(Connection upstream) {
        return upstream.permit().adoptBy(claim, need(), loop.now);
    }

    /** How many take new leases. */
    int serving() {
        return all.size() - retired();
    }

    // What the broker lets the pool have.

    /** There may be no more from now on, nor are those that there are replaced. */
    void freeze() {
        frozen = true;
    }

    void thaw() {
        frozen = false;
    }

    boolean isFrozen() {
        return frozen;
    }

    /** The broker said no to one that was to be opened. */
    void onRefused() {
        refused = countOpen() > 0;
    }

    /** Whether clients have what is open and no more, as the broker takes no other one. */
    boolean isClosed() {
        return frozen || (refused && countOpen() > 0);
    }

    /** One is open that was not before. */
    void onOpened() {
        refused = false;
        brokerLimit.onAccepted(countOpen());
    }

    /** The broker let the pool have no more; when it said so it may still have counted those that ended since. */
    void onLimit(Connection refused) {
        int meanwhile = Math.toIntExact(ended - refused.begunAfter());
        brokerLimit.onRefused(countOpen() + meanwhile, loop.now);
    }

    /** Whether others are open, or were while the broker refused one. */
    boolean wasAnyOpenBeside(Connection refused) {
        return countOpen() > 0 || ended > refused.begunAfter();
    }

    /** Whether it is the broker that lets the pool have no more, and not for the first time, or the other pools. */
    boolean isAtCeiling() {
        return isClosed() || brokerLimit.isReached(all.size()) || isShort();
    }

    boolean knowsCeiling() {
        return brokerLimit.isKnown();
    }

    /** Limits may be others now. */
    void forgetCeiling() {
        brokerLimit.forget();
    }

    private int countOpen() {
        int open = 0;
        for (Connection upstream : all) {
            open += upstream.isAtBroker() ? 1 : 0;
        }
        return open;
    }

    /** How many were open and have ended, up to now. */
    long ended() {
        return ended;
    }

    /** One that was open has ended. */
    void onEnded() {
        ended++;
    }
}
