package io.amqproxy.impl.pool;

import io.amqproxy.UpstreamView;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.TrafficCounters;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Slot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The upstreams of one pool: which of them the policy may place leases on, and for how long they serve. One that is
 * replaced is retired: it gets no new leases, and is closed when its clients have let go.
 */
final class Upstreams {

    /** Those beyond the limit while clients leave those that are replaced. */
    static final int MAX_RENEWED = 2;

    /** An answer to a fence, or to the close of a channel, that takes longer is not waited for. */
    static final long ANSWER_TIMEOUT = TimeUnit.SECONDS.toNanos(30);

    private static final Logger log = LoggerFactory.getLogger(Upstreams.class);
    private static final Random JITTER = new Random();

    private final LoopContext loop;
    private final ConnectionClaim claim;
    private final PoolCapacity capacity;
    private final ArrayList<Upstream> all = new ArrayList<>();
    private final List<UpstreamView> placeable = new ArrayList<>();
    private final List<UpstreamView> placeableView = Collections.unmodifiableList(placeable);
    private int most;
    /** What went over those that have ended. */
    private final TrafficCounters past = new TrafficCounters();

    /** @param claim the pool's part of all connections */
    Upstreams(LoopContext loop, ConnectionClaim claim) {
        this.loop = loop;
        this.claim = claim;
        this.capacity = new PoolCapacity(loop, claim, all);
    }

    PoolCapacity capacity() {
        return capacity;
    }

    private Settings settings() {
        return loop.settings;
    }

    List<Upstream> all() {
        return all;
    }

    /** The largest number that there were at a time. */
    int most() {
        return most;
    }

    List<UpstreamView> placeable() {
        return placeableView;
    }

    // Coming and going.

    void add(Upstream upstream) {
        all.add(upstream);
        upstream.begunAfter(capacity.ended());
        most = Math.max(most, all.size());
        placeable.add(upstream);
        upstream.retirement().dueAt(lifetime());
    }

    /** Until when an upstream serves that begins now; 0 for ever. */
    private long lifetime() {
        long lifetime = settings().maxLifetime();
        return lifetime == 0 ? 0 : loop.now + lifetime - (long) (lifetime * 0.1 * JITTER.nextDouble());
    }

    /** It is over. */
    void remove(Upstream upstream, boolean wasOpen) {
        if (wasOpen) {
            capacity.onEnded();
        }
        if (all.remove(upstream)) {
            past.add(upstream.session().traffic());
        }
        placeable.remove(upstream);
    }

    /** It serves another pool from now on. */
    void handOver(Upstream upstream, Upstreams to) {
        all.remove(upstream);
        placeable.remove(upstream);
        to.all.add(upstream);
        upstream.permit().moveTo(to.claim);
        to.most = Math.max(to.most, to.all.size());
    }

    /** No leases are placed there, as it is for one client from now on. */
    void reserve(Upstream upstream) {
        placeable.remove(upstream);
    }

    /**
     * The upstream of this slot is for this client alone from now on, unless it is somebody's already, or the last for
     * those who share.
     *
     * @param ifSpare whether others must not miss it: none is there, or another one may be opened
     */
    void reserveFor(PoolMember member, Slot bound, boolean ifSpare) {
        for (Upstream upstream : all) {
            boolean isSpare = !ifSpare || upstream.clients == 1 || capacity.isFree();
            if (upstream.session() == bound.session()
                    && upstream.ties().owner() == null
                    && isSpare
                    && mayReserve(upstream)) {
                member.reserve(upstream);
                reserve(upstream);
            }
        }
    }

    /** It may serve anybody, unless it is being replaced. */
    void share(Upstream upstream) {
        if (!upstream.isRetired() && !placeable.contains(upstream)) {
            placeable.add(upstream);
        }
    }

    /**
     * A client is gone. Until its exclusive queues are deleted nobody comes upon them: a client whose close was
     * answered may declare them anew at once, and would find the old ones.
     *
     * @return whether exclusive queues of it are being deleted, with their upstream or without it
     */
    boolean giveBack(PoolMember leaver, PoolMembers members) {
        boolean pending = false;
        for (Upstream upstream : List.copyOf(all)) {
            pending |= giveBack(upstream, leaver, members);
        }
        return pending;
    }

    private boolean giveBack(Upstream upstream, PoolMember leaver, PoolMembers members) {
        boolean owned = upstream.ties().owner() == leaver.session();
        boolean holds = upstream.ties().holdsQueues(leaver.session());
        if (owned && upstream.clients == 0 && upstream.session().endsWithClient()) {
            placeable.remove(upstream);
            upstream.session().close("its client left");
            return true;
        }
        if (!owned && !holds) {
            return upstream.ties().isDeletingQueues(leaver.session());
        }
        if (owned && holds && upstream.clients == 0 && upstream.ties().holders().size() == 1) {
            placeable.remove(upstream);
            upstream.session().close("its client left");
            return true;
        }
        if (holds) {
            upstream.ties().deleteQueues(leaver.session());
            placeable.remove(upstream);
        }
        leaver.forget(upstream);
        if (owned) {
            upstream.ties().unreserve();
        }
        if (owned && upstream.session().endsWithClient()) {
            retire(upstream); // Others are there, who had come before.
        }
        shareAgain(upstream, members);
        upstream.retirement().endIfDone();
        return upstream.ties().isDeletingQueues(leaver.session());
    }

    /** Others may use the upstream again, unless another client has exclusive queues there and there is room enough. */
    void shareAgain(Upstream upstream, PoolMembers members) {
        if (upstream.ties().owner() != null || upstream.ties().isDeletingQueues()) {
            return;
        }
        for (InboundSession holder : upstream.ties().holders()) {
            PoolMember heir = members.get(holder);
            if (heir != null && mayReserve(upstream)) {
                heir.reserve(upstream);
                placeable.remove(upstream);
                return;
            }
        }
        share(upstream);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** How many are for one client each. */
    int countReserved() {
        int count = 0;
        for (Upstream upstream : all) {
            count += upstream.owner() == 0 ? 0 : 1;
        }
        return count;
    }

    /** Whether those who share have another one, or may open one, if this one is set aside for one client. */
    boolean mayReserve(Upstream upstream) {
        return capacity.isFree() || isAnotherShared(upstream);
    }

    private boolean isAnotherShared(Upstream upstream) {
        for (UpstreamView other : placeable) {
            if (other != upstream && other.owner() == 0) {
                return true;
            }
        }
        return false;
    }

    /** It is promised to another pool: it gets no new leases, and serves again if its clients do not let go. */
    void promise(Upstream upstream) {
        placeable.remove(upstream);
        upstream.permit().promise(loop.now);
        upstream.retirement().begin();
    }

    private void takeBack(Upstream upstream, long now) {
        ConnectionPermit permit = upstream.permit();
        boolean isOver = permit.isPromised() && permit.until() - now <= 0;
        if (isOver && permit.withdraw(now) && mayServeAgain(upstream)) {
            serveAgain(upstream);
        }
    }

    /** Whether the broker lets somebody be there, be it on one that is being replaced. */
    boolean isAnyOpen() {
        return anyOpen() != null;
    }

    @Nullable
    Upstream anyOpen() {
        for (Upstream upstream : all) {
            if (upstream.open()) {
                return upstream;
            }
        }
        return null;
    }

    /** Whether one is open that is not being replaced, nor another client's own. */
    boolean isAnyServing(InboundSession client) {
        for (Upstream upstream : all) {
            boolean isOthers = upstream.owner() != 0 && upstream.owner() != client.id();
            if (upstream.open() && !upstream.isRetired() && !isOthers) {
                return true;
            }
        }
        return false;
    }

    /**
     * Where there is none for those who share, and may not be another one, the newest of those that are being replaced,
     * and held by their clients, serves again.
     */
    void keepOneServing() {
        boolean isLacking = capacity.isAtCeiling() && placeable.stream().noneMatch(one -> one.owner() == 0);
        for (int i = all.size() - 1; isLacking && i >= 0; i--) {
            Upstream upstream = all.get(i);
            if (!upstream.permit().isPromised() && mayServeAgain(upstream) && upstream.owner() == 0) {
                upstream.retirement().dueAt(lifetime());
                serveAgain(upstream);
                isLacking = false;
            }
        }
    }

    private static boolean mayServeAgain(Upstream upstream) {
        return upstream.open() && upstream.isRetired() && !upstream.isOutdated();
    }

    private void serveAgain(Upstream upstream) {
        upstream.retirement().revoke();
        if (upstream.owner() == 0) {
            share(upstream);
        }
    }

    /**
     * Closes one that nobody uses, so that there is room for another one.
     *
     * @return whether one is closing
     */
    boolean giveUpIdle() {
        for (Upstream upstream : List.copyOf(all)) {
            if (upstream.open() && upstream.isIdle() && !upstream.isRetired()) {
                retire(upstream);
                return true;
            }
        }
        return all.stream().anyMatch(one -> one.session().isClosing());
    }

    boolean isAnyOpening() {
        return all.stream().anyMatch(Upstream::isOpening);
    }

    // Replacing.

    /** No new leases there. */
    void retire(Upstream upstream) {
        upstream.permit().endAnyway();
        placeable.remove(upstream);
        upstream.retirement().begin();
    }

    void retireAll() {
        placeable.clear();
        List.copyOf(all).forEach(this::retire);
    }

    /**
     * Some upstreams are retired, so that new leases get new ones. At most {@code maxConnections} of them wait for
     * their clients to let go at a time; the others follow when there are fewer.
     */
    int replace(Predicate<Upstream> which) {
        int count = 0;
        if (capacity.isFrozen()) {
            return count;
        }
        for (Upstream upstream : List.copyOf(all)) {
            if (upstream.permit().isPromised() && which.test(upstream)) {
                upstream.permit().endAnyway();
            } else if (!upstream.isRetired() && which.test(upstream)) {
                count++;
                if (upstream.isIdle() || capacity.mayRetire()) {
                    retire(upstream);
                } else {
                    upstream.retirement().dueAt(loop.now);
                }
            }
        }
        return count;
    }

    /** The one that an upstream replaces which is opened to prove the vhost again, or null. */
    @Nullable
    Upstream oldestShared() {
        for (Upstream upstream : all) {
            if (!upstream.isRetired() && !upstream.ties().isAny()) {
                return upstream;
            }
        }
        return null;
    }

    /**
     * The vhost is proved again by a new upstream. The one that it replaces is retired, or, where others that were
     * replaced before still have clients, the new one itself: so a pool has {@link #MAX_RENEWED} connections more than
     * it may have at the most, while clients are slow to leave.
     */
    void settleReplacement(Upstream renewed) {
        Upstream replaced = renewed.replaces();
        renewed.replaces(null);
        if (replaced == null || !all.contains(replaced)) {
            return;
        }
        retire(capacity.retired() < MAX_RENEWED ? replaced : renewed);
    }

    /** Whether an upstream that introduced itself as another client is in the way of one for this client. */
    boolean hasUnfit(PoolMember member) {
        return unfit(member) != null;
    }

    /** Closes an upstream that nobody uses, and this client cannot, where none is closing already. */
    void replaceUnfit(PoolMember member) {
        Upstream unfit = unfit(member);
        if (unfit != null && all.stream().noneMatch(one -> one.isRetired() && one.isIdle())) {
            member.leave(unfit);
            retire(unfit);
        }
    }

    private @Nullable Upstream unfit(PoolMember member) {
        if (capacity.isClosed()) {
            return null;
        }
        for (Upstream upstream : all) {
            boolean isUnused = upstream.isIdle() || (member.needsOwnConnection() && member.isAllOf(upstream));
            if (!upstream.isRetired() && upstream.open() && isUnused && !member.fits(upstream)) {
                return upstream;
            }
        }
        return null;
    }

    // Housekeeping.

    /** Closes what has waited or served for long enough. */
    void keepHouse() {
        long now = loop.now;
        for (Upstream upstream : List.copyOf(all)) {
            takeBack(upstream, now);
            keepHouse(upstream, now);
        }
    }

    private void keepHouse(Upstream upstream, long now) {
        upstream.owed().closeUnanswered(now - ANSWER_TIMEOUT);
        if (!upstream.open()) {
            return;
        }
        if (upstream.giveUpClosing(now - ANSWER_TIMEOUT) && !upstream.isRetired()) {
            loop.lines.warn(log, "{} is replaced: the broker does not answer channel.close", upstream);
            upstream.retirement().dueAt(now);
        }
        if (upstream.slots().mayShrink() && upstream.slots().shrinkAt() - now <= 0) {
            upstream.slots().shrink();
        }
        if (isDue(upstream) && upstream.retirement().dueAt() - now <= 0) {
            retire(upstream);
        } else if (mayGo(upstream) && now - upstream.idleSince() >= settings().idleTimeout()) {
            retire(upstream);
        }
    }

    /** Whether nobody needs an upstream, nor will miss it where there may not be another one. */
    private boolean mayGo(Upstream upstream) {
        return upstream.isIdle() && capacity.isAboveMinimum() && (capacity.isEnough() || isAnotherShared(upstream));
    }

    /** Whether an upstream is to be replaced when its time has come, and may be. */
    private boolean isDue(Upstream upstream) {
        return !capacity.isClosed()
                && upstream.retirement().dueAt() != 0
                && !upstream.isRetired()
                && !upstream.ties().isAny()
                && (capacity.mayRetire() || upstream.isIdle());
    }

    /** How long it takes until {@link #keepHouse} has something to do, at the most; {@code MAX_VALUE} for ever. */
    long untilDue() {
        long now = loop.now;
        long next = Long.MAX_VALUE;
        for (Upstream upstream : all) {
            if (upstream.permit().isPromised()) {
                next = Math.min(next, upstream.permit().until() - now);
            }
            if (upstream.owed().oldestFence() != 0) {
                next = Math.min(next, upstream.owed().oldestFence() + ANSWER_TIMEOUT - now);
            }
            if (upstream.open() && upstream.owed().oldestClose() != 0) {
                next = Math.min(next, upstream.owed().oldestClose() + ANSWER_TIMEOUT - now);
            }
            if (upstream.open() && upstream.slots().mayShrink()) {
                next = Math.min(next, upstream.slots().shrinkAt() - now);
            }
            if (upstream.open() && !upstream.isRetired()) {
                if (isDue(upstream)) {
                    next = Math.min(next, upstream.retirement().dueAt() - now);
                }
                if (mayGo(upstream)) {
                    next = Math.min(next, upstream.idleSince() + settings().idleTimeout() - now);
                }
            }
        }
        return next;
    }

    /** What went over all of them, also those that have ended. */
    TrafficCounters traffic() {
        TrafficCounters sum = new TrafficCounters();
        sum.add(past);
        for (Upstream upstream : all) {
            sum.add(upstream.session().traffic());
        }
        return sum;
    }
}
