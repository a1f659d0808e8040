package io.amqproxy.impl.pool;

import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseInfo;
import io.amqproxy.LeaseRequest;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.Release.Reason;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.LoopContext.Limit;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channels of one pool's clients that ask for a channel of an upstream. The policy says where each gets one; those
 * for which there is no place wait in the order in which they asked, at most {@code acquireTimeout}.
 */
final class LeaseQueue {

    private static final Logger log = LoggerFactory.getLogger(LeaseQueue.class);
    private static final PoolPolicy FALLBACK = new MultiplexedPolicy();
    private static final PoolPolicy APART = new ExclusivePolicy();
    /** After so many waiting channels in a row found no place, the rest is not asked: the pool is full. */
    private static final int MAX_FRUITLESS = 16;

    private final PoolContext context;
    private final Account account;
    private final Upstreams upstreams;
    private final PoolCapacity capacity;
    private final UpstreamOpener opener;
    private final Function<String, CloseCause> timeout;
    /** Without a place. */
    private final WaitQueue waiting = new WaitQueue();
    /** With a place on an upstream that is being opened. */
    private final WaitQueue promised = new WaitQueue();

    private final Request request = new Request();
    private final ClientPoolView choice;
    private final PendingCleanup cleanup = new PendingCleanup();
    private long total;

    /** @param timeout counts who has waited for too long, and says why it is closed, for people */
    LeaseQueue(
            PoolContext context,
            Account account,
            String vhost,
            Upstreams upstreams,
            UpstreamOpener opener,
            Function<String, CloseCause> timeout) {
        this.context = context;
        this.account = account;
        this.upstreams = upstreams;
        this.capacity = upstreams.capacity();
        this.opener = opener;
        this.timeout = timeout;
        this.choice = new ClientPoolView(context, account, vhost, upstreams);
    }

    private LoopContext loop() {
        return context.loop;
    }

    /** Leases ever made. */
    long total() {
        return total;
    }

    /** Channels that wait. */
    int waiting() {
        return waiting.size() + promised.size();
    }

    /** For how long the first of those that wait has done so, or 0. */
    long longestWait() {
        return Math.max(waited(waiting), waited(promised));
    }

    private long waited(WaitQueue line) {
        PoolMember first = line.first();
        return first == null ? 0 : loop().now - first.waitingSince;
    }

    /** Until when the first of those that wait does so; {@code MAX_VALUE} where nobody waits. */
    long untilFirstDeadline() {
        return Math.min(untilDeadline(waiting), untilDeadline(promised));
    }

    private long untilDeadline(WaitQueue line) {
        PoolMember first = line.first();
        return first == null ? Long.MAX_VALUE : first.waitingUntil - loop().now;
    }

    /**
     * Asks for a channel.
     *
     * @param inTurn whether something is free that those who wait were not asked about yet; they come first
     * @return whether there is one now, otherwise the member waits
     */
    boolean ask(PoolMember member, LeaseHolder channel, Purpose purpose, boolean inTurn) {
        if (member.waiting == channel) {
            return false;
        }
        member.waiting = channel;
        member.waitingFor = purpose;
        member.waitingSince = loop().now;
        member.waitingUntil = loop().now + loop().settings.acquireTimeout();
        account.renewIfDue();
        boolean isNext = inTurn ? waiting.isEmpty() : waiting.size() <= MAX_FRUITLESS;
        boolean mayBePlaced = isNext && mayPlace();
        boolean isBehindMany = waiting.size() > MAX_FRUITLESS; // And would not be asked for before they are gone.
        if (mayBePlaced ? place(member) : (isBehindMany || isContent(member)) && stay(member)) {
            return true;
        }
        (member.promised == null ? waiting : promised).add(member);
        channel.session().setWaitingForLease(true);
        if (member.promised == null && !member.awaitsOpenings && account.isFresh() && !capacity.mayOpen(0)) {
            Limit limit = capacity.isShort() ? Limit.TOTAL_CONNECTIONS : Limit.CONNECTIONS;
            InboundSession client = channel.session();
            loop().limitReached(
                            limit,
                            account.credentials().user(),
                            client.info().vhost(),
                            client.info(),
                            client + " waits for a channel");
        }
        return false;
    }

    /** Clients that were here when the broker ceased to accept their secret share what is open. */
    private boolean mayPlace() {
        return account.isFresh() || account.refusal() != null;
    }

    /** Whether somebody would get a place if there were more connections, for all that is known. */
    boolean needsConnection() {
        PoolMember member = waiting.first();
        while (member != null && member.awaitsOpenings) {
            member = member.behind;
        }
        return member != null && mayPlace();
    }

    /** Something became free: those that wait are asked for again. */
    void retry() {
        if (waiting.isEmpty()) {
            return;
        }
        account.renewIfDue(); // The proof may have aged while they waited.
        if (!mayPlace()) {
            return;
        }
        int fruitless = 0;
        waiting.begin();
        for (PoolMember member = waiting.next(); member != null; member = waiting.next()) {
            if (!member.session().isOpen()) {
                continue;
            }
            if (place(member)) {
                served(member);
            } else if (member.promised != null) {
                waiting.remove(member);
                promised.add(member);
            } else if (++fruitless > MAX_FRUITLESS) {
                return;
            }
        }
    }

    private void served(PoolMember member) {
        waiting.remove(member);
        promised.remove(member);
        member.session().setWaitingForLease(false);
    }

    /** The upstream that some wait for is open; those for whom it has no room after all wait on. */
    void onOpened(Upstream upstream) {
        promised.begin();
        for (PoolMember member = promised.next(); member != null; member = promised.next()) {
            if (member.promised == upstream) {
                promised.remove(member);
                member.forgoPromise();
                if (!context.isPaused() && grant(member, upstream)) {
                    member.session().setWaitingForLease(false);
                } else {
                    waiting.add(member);
                }
            }
        }
    }

    /** The upstream that some wait for will not come. */
    void onLost(Upstream upstream) {
        PoolMember ahead;
        for (PoolMember member = promised.last(); member != null; member = ahead) {
            ahead = member.ahead;
            if (member.promised == upstream) {
                promised.remove(member);
                member.promised = null;
                waiting.add(member);
            }
        }
    }

    /** A lease ended on the channel; of a client that is gone something may be left there. */
    void onReleased(Slot channel, InboundSession client) {
        if (client.isOver() && channel.state() != Slot.State.CLOSED && channel.leftover() != Reason.CLEAN) {
            cleanup.add(channel, client, loop().now);
        }
    }

    /** None of those that wait, and are such clients, will get a channel. */
    void refuse(CloseCause why, Predicate<InboundSession> whom) {
        refuse(promised, why, whom);
        refuse(waiting, why, whom);
    }

    private static void refuse(WaitQueue line, CloseCause why, Predicate<InboundSession> whom) {
        line.begin();
        for (PoolMember member = line.next(); member != null; member = line.next()) {
            if (whom.test(member.session())) {
                line.remove(member);
                member.session().close(why);
            }
        }
    }

    /** A client is gone. */
    void leave(PoolMember member) {
        waiting.remove(member);
        promised.remove(member);
        member.forgoPromise();
    }

    /** A channel was closed: its client goes on without a place for it. */
    void forgo(PoolMember member, LeaseHolder channel) {
        if (member.waiting == channel) {
            leave(member);
            member.waiting = null;
            member.session().setWaitingForLease(false);
        }
    }

    /** Those that have waited for too long are closed, or stay where they are. */
    void expire() {
        expire(promised);
        expire(waiting);
    }

    private void expire(WaitQueue line) {
        for (PoolMember member = line.first(); member != null; member = line.first()) {
            if (member.waitingUntil - loop().now > 0) {
                return;
            }
            leave(member);
            if (stay(member)) {
                member.session().setWaitingForLease(false);
            } else {
                member.session().close(timeout.apply("no channel was free"));
            }
        }
    }

    /**
     * Finds a place.
     *
     * @return whether the channel is bound now
     */
    private boolean place(PoolMember member) {
        member.begin();
        if (cleanup.concerns(member, loop().now)) {
            return false;
        }
        if (context.isPaused()) {
            return !member.needsOwnConnection() && stay(member);
        }
        return placeAnew(member) || placeWithOthers(member) || (maySettle(member) && stay(member));
    }

    /** What had better be alone, and would wait for somebody to leave, is done where others are. */
    private boolean placeWithOthers(PoolMember member) {
        member.isHopeless = !member.isServedSoon();
        return member.isHopeless && member.maySettleForOthers() && placeAnew(member);
    }

    private boolean maySettle(PoolMember member) {
        return !member.isServedSoon() || (member.promised == null && isContent(member));
    }

    /** Nothing can be apart from the rest where the pool gets no more connections. */
    private Purpose purpose(PoolMember member) {
        boolean isWithOthers = capacity.isAtCeiling() || member.isHopeless;
        return member.waitingFor == Purpose.UNCERTAIN && isWithOthers ? Purpose.OTHER : member.waitingFor;
    }

    /** A channel that has a lease and only would be better off elsewhere, or cannot be there, does not wait for it. */
    private boolean isContent(PoolMember member) {
        return !account.channels().mayOpen()
                || switch (purpose(member)) {
                    case PUBLISH, CONSUME, GET, OTHER -> true;
                    case CONSUME_UNLIMITED, EXCLUSIVE_QUEUE, UNCERTAIN -> false;
                };
    }

    /**
     * Asks the policy.
     *
     * @return whether the channel is bound now
     */
    private boolean placeAnew(PoolMember member) {
        Upstream tiedTo = purpose(member) == Purpose.UNCERTAIN ? null : member.tiedTo();
        if (tiedTo != null && placeOn(member, tiedTo, false)) {
            return true; // A policy cannot know that the client's queues can be reached from there only.
        }
        Upstream withOthers = member.withOthers();
        if (withOthers != null && placeOn(member, withOthers, upstreams.mayReserve(withOthers))) {
            return true;
        }
        Placement placement = placement(member);
        switch (placement.kind()) {
            case ON -> {
                return placement.upstream() instanceof Upstream upstream
                        && upstreams.all().contains(upstream)
                        && placeOn(member, upstream, placement.exclusively());
            }
            case OPEN -> {
                boolean may = capacity.roomFor(member.waitingFor) > 0
                        && account.channels().mayOpen()
                        && account.mayConnect();
                Upstream upstream = may ? opener.connect(placement.label(), placement.endpoint()) : null;
                if (upstream != null) {
                    if (placement.exclusively() || member.needsOwnConnection()) {
                        member.reserve(upstream);
                        upstream.session()
                                .introduceAs(
                                        member.session().properties(),
                                        member.session().info());
                    }
                    member.promise(upstream);
                } else if (capacity.roomFor(member.waitingFor) > 0) {
                    member.awaitsConnection = true;
                } else {
                    member.awaitsConnection = upstreams.hasUnfit(member);
                    upstreams.replaceUnfit(member);
                }
                return false;
            }
            case AWAIT -> {} // Something will become free.
        }
        return false;
    }

    /** A channel that has a lease keeps it. Returns whether it has one. */
    private boolean stay(PoolMember member) {
        LeaseHolder channel = member.waiting;
        if (channel == null || channel.slot() == null) {
            return false;
        }
        channel.onPlaced(member.waitingFor);
        member.waiting = null;
        return true;
    }

    private Placement placement(PoolMember member) {
        request.member = member;
        choice.member = member;
        try {
            Placement apart = account.isKeptApart(member.session()) ? placementApart() : null;
            return apart != null
                    ? apart
                    : Objects.requireNonNull(
                            loop().settings.policy().place(request, choice), "the policy answers null");
        } catch (RuntimeException failure) {
            loop().lines.warn(log, "The pool policy failed; the default policy decides instead", failure);
            return FALLBACK.place(request, choice);
        }
    }

    /** Null where those that are kept apart have as many connections as they may. */
    private @Nullable Placement placementApart() {
        Placement placement = APART.place(request, choice);
        boolean isMore = placement.upstream() == null || placement.upstream().owner() == 0;
        int most = loop().settings.maxConnections() / Quarantine.SHARE;
        return placement.kind() == Placement.Kind.AWAIT || (isMore && upstreams.countReserved() >= most)
                ? null
                : placement;
    }

    private boolean placeOn(PoolMember member, Upstream upstream, boolean exclusively) {
        LeaseHolder channel = member.waiting;
        if (channel == null) {
            return false;
        }
        Slot present = channel.slot();
        boolean stays = present != null && present.session() == upstream.session();
        boolean isOthers =
                upstream.owner() != 0 && upstream.owner() != member.session().id();
        if ((upstream.isRetired() || isOthers) && !stays && !upstream.ties().holdsQueues(member.session())) {
            return false;
        }
        if (!stays && upstream.room() == 0) {
            return false;
        }
        boolean needsOwn = member.needsOwnConnection();
        if (needsOwn && !member.fits(upstream)) {
            return false;
        }
        if ((exclusively || needsOwn) && upstream.ties().owner() == null) {
            member.reserve(upstream);
            upstreams.reserve(upstream);
        }
        if (!upstream.open()) {
            member.promise(upstream);
            return false;
        }
        if (stays) {
            return stay(member);
        }
        return grant(member, upstream);
    }

    private boolean grant(PoolMember member, Upstream upstream) {
        LeaseHolder channel = member.waiting;
        if (channel == null || !member.session().isOpen()) {
            return false;
        }
        Slot lent = upstream.slots().take(channel);
        member.awaitsOpenings = lent == null && upstream.room() > 0;
        if (lent == null) {
            return false;
        }
        member.waiting = null;
        channel.moveAway();
        member.wasServed = true;
        member.join(upstream);
        total++;
        loop().leases++;
        LeaseInfo lease = LeaseInfo.of(
                channel.session().info(), channel.number(), upstream.session().info(), lent.number());
        loop().events.channelLeased(lease, Duration.ofNanos(loop().now - member.waitingSince));
        channel.onPlaced(member.waitingFor);
        channel.onLeased(lent);
        if (upstream.blocked()) {
            member.tellBlocked();
        }
        return true;
    }

    /** The request of the member whose turn it is; one object serves all. */
    private final class Request implements LeaseRequest {
        private @Nullable PoolMember member;

        private PoolMember member() {
            return Objects.requireNonNull(member);
        }

        @Override
        public ClientInfo client() {
            return member().session().info();
        }

        @Override
        public Purpose purpose() {
            return LeaseQueue.this.purpose(member());
        }

        @Override
        public List<UpstreamView> current() {
            List<UpstreamView> current = member().current();
            return member().needsOwnConnection()
                    ? current.stream()
                            .filter(view -> view instanceof Upstream upstream && member().fits(upstream))
                            .toList()
                    : current;
        }

        @Override
        public @Nullable UpstreamView present() {
            LeaseHolder channel = member().waiting;
            Slot leased = channel == null ? null : channel.slot();
            return leased != null
                            && leased.session().view() instanceof Upstream upstream
                            && !upstream.isRetired()
                            && (!member().needsOwnConnection() || member().fits(upstream))
                    ? upstream
                    : null;
        }
    }
}
