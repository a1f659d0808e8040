package io.amqproxy.impl.pool;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.PoolStats;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.LoginHandler;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.core.Traffic;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.internal.LogText;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The upstreams of one account in one vhost, and the clients that share them.
 *
 * <p>The broker has to accept the vhost once, by an upstream that opens it, before a client's {@code connection.open}
 * is answered; that proof ages like the account's. Channels that the policy can give no place wait in the order in
 * which they asked, at most {@code acquireTimeout}.
 */
final class Pool implements PoolView, ConnectionDonor, Timers.Timed, LoopContext.TurnWork {

    private static final Logger log = LoggerFactory.getLogger(Pool.class);
    /** Those that wait are asked for again that often, whatever it is that became possible meanwhile. */
    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

    private final Account account;
    private final String vhost;
    private final ConnectionClaim claim;
    private final Upstreams upstreams;
    private final PoolMembers members = new PoolMembers();
    /** Clients that are gone but for an upstream of theirs, which has to be closed first. */
    private final Set<InboundSession> leaving = new HashSet<>();

    private final VhostProof proof;
    private final UpstreamOpener opener;
    private final LeaseQueue leases;
    private final Timers.Timer timer = new Timers.Timer(this);
    /** Whether something became free since those that wait were asked for last. */
    private boolean dirty;

    private @Nullable CloseCause lastFailure;

    private long upstreamsOpened;
    private long acquireTimeouts;

    Pool(Account account, String vhost) {
        this.account = account;
        this.vhost = vhost;
        this.claim = account.registry().newClaim(true, this::onGranted);
        this.upstreams = new Upstreams(loop(), claim);
        this.proof = new VhostProof(vhost, loop());
        this.opener = new UpstreamOpener(this, account, upstreams, proof);
        this.leases = new LeaseQueue(this, account, upstreams, opener);
    }

    private LoopContext loop() {
        return account.registry().loop();
    }

    private Settings settings() {
        return loop().settings;
    }

    private long now() {
        return loop().now;
    }

    // Opening the vhost.

    void open(InboundSession client) {
        members.enter(client);
        prove(client);
    }

    /** Asks the broker for the vhost, unless it was asked lately; answered by the applicant's methods. */
    void prove(LoginHandler applicant) {
        if (proof.ask(applicant)) {
            opener.connectIfNeeded();
            claimIfNeeded();
            schedule();
        }
    }

    /** The applicant does not want to know any more. */
    void withdraw(LoginHandler applicant) {
        proof.withdraw(applicant);
    }

    /** Takes over an upstream that has logged in, to prove the vhost. */
    void adopt(Upstream upstream) {
        opener.adopt(upstream);
        schedule();
    }

    /** No new leases there. */
    void retire(Upstream upstream) {
        upstreams.retire(upstream);
    }

    void onOpened(Upstream upstream) {
        lastFailure = null;
        account.onOpened();
        upstreamsOpened++;
        upstreams.onOpened();
        proof.onAccepted(upstream.session().offer());
        leases.onOpened(upstream);
        upstreams.settleReplacement(upstream);
        opener.openAhead();
        onFreed();
    }

    void onEnded(Upstream upstream, CloseCause ending, boolean wasOpen) {
        upstreams.remove(upstream, wasOpen);
        upstream.unreserve();
        members.forget(upstream);
        if (ending.isFailure()) {
            lastFailure = ending;
        }
        if (!wasOpen && ending.isNo()) {
            onRefused(ending);
        } else if (!wasOpen && ending.isLimit()) {
            lastFailure = ending;
            opener.onLimit(upstream, ending);
        } else if (ending.isSlotLimit() && account.channels().refusal() != null) {
            leases.refuse(ending);
        }
        leases.onLost(upstream);
        for (InboundSession holder : upstream.holders()) {
            if (isHere(holder) && holder.isOpen()) {
                holder.onUpstreamLost(ending);
            }
        }
        tellOfLoss(ending, wasOpen);
        List.copyOf(leaving).forEach(this::leaveIfDone);
        refuseIfNothingServes();
        if (ending.isFailure() || ending.isOfProxy() || upstreams.knowsCeiling() || claim.isLimited()) {
            opener.connectIfNeeded();
        }
        onFreed();
        dropIfEmpty();
    }

    /** Closes a connection that nobody uses, so that another vhost may have one; returns whether one is closing. */
    boolean giveUpIdle() {
        return upstreams.giveUpIdle();
    }

    /** A deleted vhost is told to all, any other loss to those that want to know and are nowhere else. */
    private void tellOfLoss(CloseCause ending, boolean wasOpen) {
        if (ending.isOfDeletedVhost()) {
            CloseCause deleted = wasOpen ? ending : CloseCause.byProxy(Kind.FORCED, "vhost '" + vhost + "' is deleted");
            tell(member -> true, client -> client.close(deleted));
        } else if (wasOpen && ending.isOfRestart()) {
            tell(
                    member -> member.isNowhere()
                            && loop().tellsOfLoss(member.session().info()),
                    client -> client.onUpstreamLost(ending));
        }
    }

    private void tell(Predicate<PoolMember> whom, Consumer<InboundSession> how) {
        for (PoolMember member : members.all()) {
            if (member.session().isOpen() && whom.test(member)) {
                how.accept(member.session());
            }
        }
    }

    private void onRefused(CloseCause ending) {
        lastFailure = ending;
        proof.onRefused(ending);
        leases.refuse(ending);
    }

    /** Closes the clients that have no channel at the broker; those that wait for one are not held any longer. */
    void closeIdle(CloseCause why) {
        for (PoolMember member : members.all()) {
            if (member.isNowhere() && member.session().isOpen()) {
                member.session().close(why);
            }
        }
    }

    /** Connections to endpoints that are none any more are replaced. */
    void onReloaded() {
        upstreams.replace(upstream -> upstream.endpoint().isRemoved());
        upstreams.forgetCeiling();
        account.channels().forget();
    }

    /** Connections with slower heartbeats are replaced. */
    void beatWithin(int seconds) {
        upstreams.replace(upstream -> {
            int present = upstream.session().heartbeatSeconds();
            return upstream.open() && (present == 0 || present > seconds);
        });
    }

    /** The account's secret has come to its end: no new leases, and what is idle closes. */
    void retire() {
        proof.forget();
        CloseCause refusal = account.refusal();
        if (refusal != null) {
            leases.refuse(refusal);
        }
        upstreams.retireAll();
        schedule();
    }

    /**
     * The broker no longer accepts the account's secret. It lets those that are connected go on, so that the clients
     * that are here keep the upstreams that are open; those go with the last client, and nobody else comes.
     */
    void freeze() {
        proof.forget();
        upstreams.freeze();
        if (members.isEmpty()) {
            upstreams.retireAll();
        }
        onFreed();
        refuseIfNothingServes();
    }

    /** The broker accepts the secret again. */
    void thaw() {
        upstreams.thaw();
        onFreed();
    }

    /** Whether it has as many connections as the broker is known to let it. */
    boolean isAtBrokersLimit() {
        return upstreams.isAtCeiling();
    }

    private void refuseIfNothingServes() {
        CloseCause refusal = account.refusal();
        if (refusal != null && !upstreams.isAnyServing()) {
            leases.refuse(refusal);
        }
    }

    /** {@return how many upstreams are being replaced} */
    int drain() {
        int count = upstreams.replace(upstream -> true);
        onFreed();
        return count;
    }

    // Leases.

    boolean lease(LeaseHolder channel, Purpose purpose) {
        CloseCause refusal = account.refusal();
        if (refusal != null && !upstreams.isAnyServing()) {
            channel.session().close(refusal);
            return false;
        }
        CloseCause none = account.channels().refusal();
        if (none != null) {
            channel.session().close(none);
            return false;
        }
        boolean bound = leases.ask(members.of(channel), channel, purpose, dirty);
        if (!bound && !dirty) {
            account.channels().makeRoom(leases.waiting(), vhost);
        }
        if (!bound && !dirty) {
            claimIfNeeded();
        }
        if (!bound) {
            schedule();
        }
        return bound;
    }

    /** The channel needs no lease any more. */
    void forgo(LeaseHolder channel) {
        PoolMember member = members.get(channel.session());
        if (member != null) {
            leases.forgo(member, channel);
        }
    }

    void onReleased(Upstream upstream, Slot channel, InboundSession client) {
        leases.onReleased(channel, client);
        PoolMember member = members.get(client);
        if (member != null) {
            member.part(upstream);
            removeIfMovedOut(member);
        }
    }

    /** Something became free: those that wait are asked for again at the end of the turn. */
    void onFreed() {
        if (!dirty) {
            dirty = true;
            loop().putOff(this);
        }
    }

    @Override
    public void onTurn() {
        dirty = false;
        if (leases.waiting() > 0) {
            upstreams.keepOneServing();
        }
        leases.retry();
        account.channels().makeRoom(leases.waiting(), vhost);
        claimIfNeeded();
        account.registry().makeRoom();
        schedule();
    }

    /** Asks for a connection that other pools have, where somebody waits for one; or does so no longer. */
    private void claimIfNeeded() {
        boolean isWanted = upstreams.isShort()
                && upstreams.ownRoom(0) > 0
                && !upstreams.isAnyOpening()
                && account.mayConnect()
                && (leases.needsConnection() || (!proof.isSettled() && !upstreams.isAnyOpen()));
        if (isWanted) {
            claim.want(upstreams.need());
            loop().limitReached(LoopContext.Limit.TOTAL_CONNECTIONS, account.credentials() + " waits for a connection");
        } else {
            claim.forgo();
        }
    }

    /** It may have another connection. */
    private void onGranted() {
        opener.connectIfNeeded();
        onFreed();
    }

    /**
     * The upstream that the channel is on is for its client alone from now on, unless it is somebody's already, or the
     * last for those who share.
     */
    void reserve(LeaseHolder channel) {
        Slot bound = channel.slot();
        for (Upstream upstream : upstreams.all()) {
            if (bound != null
                    && upstream.session() == bound.session()
                    && upstream.reservedFor() == null
                    && upstreams.mayReserve(upstream)) {
                upstream.reserve(members.of(channel));
                upstreams.reserve(upstream);
            }
        }
    }

    // A client whose secret has changed.

    /**
     * The client gets its channels from another pool from now on. It takes along the connections that only clients of
     * that pool use, whose broker is told the new secret; on others its channels stay until they are released.
     */
    void handOver(InboundSession client, Pool to, String reason) {
        PoolMember leaver = members.get(client);
        if (leaver == null) {
            return;
        }
        to.members.enter(client);
        for (Upstream upstream : List.copyOf(upstreams.all())) {
            if (upstream.open()
                    && leaver.current().contains(upstream)
                    && !upstream.isDeletingQueues()
                    && isOnlyFor(to, upstream)) {
                handOver(upstream, to);
                upstream.session().updateSecret(to.account.credentials(), reason);
            }
        }
        leaver.moveOut();
        members.all().forEach(this::removeIfMovedOut);
        onFreed();
        to.onFreed();
        dropIfEmpty();
    }

    private boolean isOnlyFor(Pool to, Upstream upstream) {
        PoolRegistry registry = account.registry();
        return members.on(upstream).stream().allMatch(member -> registry.isOf(member.session(), to.account));
    }

    private void handOver(Upstream upstream, Pool to) {
        upstreams.handOver(upstream, to.upstreams);
        upstream.moveTo(to.account, to);
        members.handOver(upstream, to.members);
        if (upstream.reservedFor() == null) {
            to.upstreams.share(upstream);
        }
    }

    private void removeIfMovedOut(PoolMember member) {
        if (member.hasMovedOut() && member.current().isEmpty()) {
            members.remove(member.session());
            account.registry().onMovedOut(member.session(), this);
        }
    }

    /** A client and all its channels are gone; returns false where an upstream has to be closed first. */
    boolean leave(InboundSession client) {
        PoolMember member = members.get(client);
        if (member == null) {
            return true;
        }
        leases.leave(member);
        withdraw(client);
        if (upstreams.giveBack(member, members) && leaving.add(client)) {
            return false;
        }
        leaving.remove(client);
        members.remove(client);
        if (members.isEmpty() && upstreams.isFrozen()) {
            upstreams.retireAll();
        }
        onFreed();
        dropIfEmpty();
        return true;
    }

    /** The exclusive queues of a client that left are gone. */
    void onQueuesDeleted(Upstream upstream, InboundSession client) {
        upstreams.shareAgain(upstream, members);
        leaveIfDone(client);
    }

    /** A client that leaves has left once no upstream has anything of it. */
    private void leaveIfDone(InboundSession client) {
        for (Upstream upstream : upstreams.all()) {
            if (upstream.isDeletingQueues(client) || upstream.holdsQueues(client)) {
                return;
            }
        }
        if (leaving.remove(client)) {
            members.remove(client);
            account.registry().onLeft(client);
        }
    }

    private boolean isHere(InboundSession client) {
        return members.get(client) != null && !leaving.contains(client);
    }

    /**
     * The client has an exclusive queue there from now on; returns false where it has left meanwhile, and nobody comes
     * to the upstream before the queue is gone.
     */
    boolean tie(Upstream upstream, InboundSession client) {
        PoolMember member = members.get(client);
        if (member == null || !isHere(client)) {
            upstreams.reserve(upstream);
            return false;
        }
        member.own(upstream);
        return true;
    }

    /** The client has no exclusive queue there any more. */
    void untie(Upstream upstream, InboundSession client) {
        PoolMember member = members.get(client);
        if (member != null) {
            member.forgetIfUnused(upstream);
        }
        leaveIfDone(client);
    }

    void onBlocked(Upstream upstream, @Nullable String why) {
        members.on(upstream).forEach(PoolMember::tellBlocked);
        schedule();
    }

    // Housekeeping.

    /** The broker was asked something on a channel that no client may be waiting for. */
    void awaitAnswer() {
        loop().timers.advance(timer, now() + Upstreams.ANSWER_TIMEOUT);
    }

    @Override
    public void onTime() {
        proof.expire(() -> timeout("the vhost was not opened"));
        leases.expire();
        upstreams.keepHouse();
        opener.connectIfNeeded();
        onFreed();
        dropIfEmpty();
    }

    CloseCause timeout(String what) {
        acquireTimeouts++;
        loop().acquireTimeouts++;
        PoolStats stats = stats();
        return CloseCause.byProxy(
                Kind.FORCED,
                what + " in time: " + account.credentials() + " vhost " + vhost + ", " + stats.upstreams() + " of "
                        + settings().maxConnections() + " connections, " + stats.channelsLeased() + " channels leased, "
                        + stats.channelsIdle() + " idle, " + (leases.waiting() + proof.waiting() + 1) + " waiting"
                        + (account.registry().isPaused() ? "; the proxy is paused" : "")
                        + account.channels().describe()
                        + claim.describe()
                        + account.registry().lastFailure(lastFailure));
    }

    private void schedule() {
        long now = now();
        long next = upstreams.untilDue();
        if (!proof.isSettled()) {
            next = Math.min(next, proof.firstDeadline() - now);
            next = Math.min(next, RETRY);
        }
        if (leases.waiting() > 0) {
            next = Math.min(next, leases.untilFirstDeadline());
            next = Math.min(next, account.channels().untilRoom());
            next = Math.min(next, RETRY);
        }
        next = Math.min(next, claim.untilAskedAgain());
        if (next == Long.MAX_VALUE) {
            loop().timers.cancel(timer);
        } else {
            loop().timers.set(timer, now + Math.max(next, 0));
        }
    }

    private void dropIfEmpty() {
        if (upstreams.isEmpty() && members.isEmpty() && proof.isSettled()) {
            loop().timers.cancel(timer);
            claim.forgo();
            account.onPoolEmpty(this);
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop().timers.set(timer, now() + RETRY);
        loop().lines
                .error(
                        log,
                        "Housekeeping of the pool of {} in {} failed",
                        account.credentials(),
                        LogText.of(vhost),
                        fault);
    }

    // What it has that other pools need more.

    @Override
    public ConnectionClaim claim() {
        return claim;
    }

    @Override
    public int serving() {
        return upstreams.serving();
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

    private @Nullable Upstream unused(boolean withLast, long before) {
        return leases.waiting() > 0
                ? null
                : upstreams.unused(withLast, members.isEmpty() || serving() > 1 ? now() : before);
    }

    @Override
    public boolean mayGiveUpUsed() {
        return upstreams.leastUsed() != null;
    }

    @Override
    public void giveUpUsed() {
        giveUp(upstreams.leastUsed());
    }

    private void giveUp(@Nullable Upstream upstream) {
        if (upstream != null) {
            upstreams.giveUp(upstream);
            schedule();
        }
    }

    // What others see.

    @Override
    public String user() {
        return account.credentials().user();
    }

    @Override
    public String vhost() {
        return vhost;
    }

    @Override
    public List<UpstreamView> upstreams() {
        return upstreams.placeable();
    }

    @Override
    public int room() {
        return upstreams.room(0);
    }

    /** Whether the broker lets the user have one more channel, for all that is known. */
    boolean mayHaveChannel() {
        return account.channels().room() > 0;
    }

    List<Upstream> all() {
        return upstreams.all();
    }

    PoolStats stats() {
        int leased = 0;
        int idle = 0;
        int opening = 0;
        int retired = 0;
        int blocked = 0;
        Traffic traffic = upstreams.traffic();
        for (Upstream upstream : upstreams.all()) {
            leased += upstream.leased();
            idle += upstream.idle();
            opening += upstream.open() ? 0 : 1;
            retired += upstream.isRetired() ? 1 : 0;
            blocked += upstream.blocked() ? 1 : 0;
        }
        return new PoolStatsSnapshot(
                user(),
                vhost,
                loop().route(),
                account.protocol().name(),
                members.count(),
                upstreams.all().size(),
                leased,
                idle,
                leases.waiting() + proof.waiting(),
                Duration.ofNanos(leases.longestWait()),
                acquireTimeouts,
                opening,
                retired,
                blocked,
                upstreams.most(),
                upstreamsOpened,
                leases.total(),
                traffic.published,
                traffic.delivered,
                traffic.bytesIn,
                traffic.bytesOut);
    }
}
