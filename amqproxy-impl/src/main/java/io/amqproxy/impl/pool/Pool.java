package io.amqproxy.impl.pool;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.PoolStats;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.LoginHandler;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.internal.LogText;
import java.util.List;
import java.util.function.Consumer;
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
final class Pool implements PoolHandover.Host, Timers.Timed, LoopContext.TurnWork {

    private static final Logger log = LoggerFactory.getLogger(Pool.class);

    private final PoolContext context;
    private final Account account;
    private final String vhost;
    private final IdleChannelReclaimer channelRoom;
    private final Consumer<Pool> onEmpty;
    private final ConnectionClaim claim;
    private final ConnectionDemand demand;
    private final Upstreams upstreams;
    private final PoolCapacity capacity;
    private final PoolMembers members = new PoolMembers();
    private final LeavingClients leaving;

    private final VhostProof proof;
    private final UpstreamOpener opener;
    private final LeaseQueue leases;
    private final LossNotice lossNotice;
    private final PoolHandover handover;
    private final PoolDonor donor;
    private final PoolFigures figures;
    private final PoolTimer timer;
    /** Whether something became free since those that wait were asked for last. */
    private boolean dirty;

    private @Nullable CloseCause lastFailure;

    /** @param onEmpty told when nothing is left of it, and nobody waits */
    Pool(
            PoolContext context,
            Account account,
            String vhost,
            PoolClients clients,
            IdleChannelReclaimer channelRoom,
            Consumer<Pool> onEmpty) {
        this.context = context;
        this.account = account;
        this.vhost = vhost;
        this.channelRoom = channelRoom;
        this.onEmpty = onEmpty;
        this.claim = context.newClaim(true, this::onGranted);
        this.upstreams = new Upstreams(context.loop, claim);
        this.capacity = upstreams.capacity();
        this.leaving = new LeavingClients(upstreams, members, clients);
        this.lossNotice = new LossNotice(context.loop, vhost, members, leaving);
        this.handover = new PoolHandover(this, account, clients, upstreams, members);
        this.proof = new VhostProof(vhost, context.loop);
        this.opener = new UpstreamOpener(this, context, account, upstreams, proof);
        this.leases = new LeaseQueue(context, account, vhost, upstreams, opener, this::timeout);
        this.timer = new PoolTimer(this, context.loop, account, upstreams, proof, leases, claim);
        this.demand = new ConnectionDemand(context, account, vhost, claim, upstreams, leases, proof);
        this.figures = new PoolFigures(context, account, vhost, upstreams, members, leases, proof);
        this.donor = new PoolDonor(context.loop, claim, upstreams, members, leases, this::schedule);
    }

    private LoopContext loop() {
        return context.loop;
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
            demand.claimIfNeeded();
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

    @Override
    public void retire(Upstream upstream) {
        upstreams.retire(upstream);
    }

    @Override
    public void onOpened(Upstream upstream) {
        lastFailure = null;
        account.onOpened();
        figures.onOpened();
        capacity.onOpened();
        proof.onAccepted(upstream.session().offer());
        leases.onOpened(upstream);
        upstreams.settleReplacement(upstream);
        opener.openAhead();
        onFreed();
    }

    @Override
    public void onEnded(Upstream upstream, CloseCause cause, boolean wasOpen) {
        CloseCause ending = wasOpen ? cause : cause.asLimit(capacity.wasAnyOpenBeside(upstream));
        upstreams.remove(upstream, wasOpen);
        upstream.ties().unreserve();
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
            leases.refuse(ending, client -> true);
        }
        leases.onLost(upstream);
        lossNotice.onEnded(upstream, ending, wasOpen);
        leaving.onEnded();
        refuseIfNothingServes();
        if (ending.isFailure() || ending.isOfProxy() || capacity.knowsCeiling() || claim.isLimited()) {
            opener.connectIfNeeded();
        }
        onFreed();
        dropIfEmpty();
    }

    /** Closes a connection that nobody uses, so that another vhost may have one. Returns whether one is closing. */
    boolean giveUpIdle() {
        return upstreams.giveUpIdle();
    }

    /** Those that are connected keep what is open: directly nobody hears of it who has a connection. */
    private void onRefused(CloseCause ending) {
        lastFailure = ending;
        proof.onRefused(ending);
        capacity.onRefused();
        upstreams.keepOneServing();
        leases.refuse(ending, client -> !upstreams.isAnyServing(client));
    }

    /** Closes the clients that have no channel at the broker; those that wait for one are not held any longer. */
    void closeIdle(CloseCause why) {
        lossNotice.closeIdle(why);
    }

    /** Connections to endpoints that are none any more are replaced. */
    void onReloaded() {
        upstreams.replace(Upstream::isOutdated);
        capacity.forgetCeiling();
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
            leases.refuse(refusal, client -> true);
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
        capacity.freeze();
        if (members.isEmpty()) {
            upstreams.retireAll();
        } else {
            upstreams.keepOneServing();
        }
        onFreed();
        refuseIfNothingServes();
    }

    /** The broker accepts the secret again. */
    void thaw() {
        capacity.thaw();
        onFreed();
    }

    /** Whether it has as many connections as the broker is known to let it. */
    boolean isAtBrokersLimit() {
        return capacity.isAtCeiling();
    }

    private void refuseIfNothingServes() {
        CloseCause refusal = account.refusal();
        if (refusal != null) {
            leases.refuse(refusal, client -> !upstreams.isAnyServing(client));
        }
    }

    /** Why the client gets no lease, or null. */
    private @Nullable CloseCause refusal(InboundSession client) {
        return upstreams.isAnyServing(client) ? null : account.refusal();
    }

    /** {@return how many upstreams are being replaced} */
    int drain() {
        int count = upstreams.replace(upstream -> true);
        onFreed();
        return count;
    }

    // Leases.

    boolean lease(LeaseHolder channel, Purpose purpose) {
        CloseCause refused = refusal(channel.session());
        CloseCause refusal = refused == null ? account.channels().refusal() : refused;
        if (refusal != null) {
            channel.session().close(refusal);
            return false;
        }
        boolean bound = leases.ask(members.of(channel), channel, purpose, dirty);
        if (!bound && !dirty) {
            channelRoom.makeRoom(leases.waiting(), vhost);
        }
        if (!bound && !dirty) {
            demand.claimIfNeeded();
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

    @Override
    public void onReleased(Upstream upstream, Slot channel, InboundSession client) {
        leases.onReleased(channel, client);
        PoolMember member = members.get(client);
        if (member != null) {
            member.part(upstream);
            handover.removeIfMovedOut(member);
        }
    }

    /** Something became free: those that wait are asked for again at the end of the turn. */
    @Override
    public void onFreed() {
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
        channelRoom.makeRoom(leases.waiting(), vhost);
        demand.claimIfNeeded();
        context.makeRoom();
        schedule();
    }

    /** It may have another connection. */
    private void onGranted() {
        opener.connectIfNeeded();
        onFreed();
    }

    /**
     * The upstream that the channel is on is for its client alone from now on, unless it is somebody's already, or the
     * last for those who share.
     *
     * @param ifSpare whether others must not miss it
     */
    void reserve(LeaseHolder channel, boolean ifSpare) {
        Slot bound = channel.slot();
        if (bound != null) {
            upstreams.reserveFor(members.of(channel), bound, ifSpare);
        }
    }

    /** The client gets its channels from another pool from now on, see {@link PoolHandover#handOver}. */
    void handOver(InboundSession client, Pool to, String reason) {
        if (handover.handOver(client, to.handover, reason)) {
            onFreed();
            to.onFreed();
            dropIfEmpty();
        }
    }

    /** A client and all its channels are gone. Returns false where an upstream has to be closed first. */
    boolean leave(InboundSession client) {
        PoolMember member = members.get(client);
        if (member == null) {
            return true;
        }
        leases.leave(member);
        withdraw(client);
        if (!leaving.leave(member)) {
            return false;
        }
        if (members.isEmpty() && capacity.isFrozen()) {
            upstreams.retireAll();
        }
        onFreed();
        dropIfEmpty();
        return true;
    }

    @Override
    public void onQueuesDeleted(Upstream upstream, InboundSession client) {
        upstreams.shareAgain(upstream, members);
        leaving.leaveIfDone(client);
    }

    @Override
    public boolean tie(Upstream upstream, InboundSession client) {
        PoolMember member = members.get(client);
        if (member == null || !leaving.isHere(client)) {
            upstreams.reserve(upstream);
            return false;
        }
        member.own(upstream);
        return true;
    }

    @Override
    public boolean isHere(InboundSession client) {
        return leaving.isHere(client);
    }

    @Override
    public void untie(Upstream upstream, InboundSession client) {
        PoolMember member = members.get(client);
        if (member != null) {
            member.forgetIfUnused(upstream);
        }
        leaving.leaveIfDone(client);
    }

    @Override
    public void onRightMissing() {
        upstreams.all().forEach(upstream -> upstream.slots().age());
    }

    @Override
    public void onBlocked(Upstream upstream, @Nullable String why) {
        members.on(upstream).forEach(PoolMember::tellBlocked);
        schedule();
    }

    // Housekeeping.

    @Override
    public void awaitAnswer() {
        timer.awaitAnswer();
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

    private CloseCause timeout(String what) {
        return figures.timedOut(what, claim, lastFailure);
    }

    private void schedule() {
        timer.schedule();
    }

    private void dropIfEmpty() {
        if (upstreams.isEmpty() && members.isEmpty() && proof.isSettled()) {
            timer.cancel();
            claim.forgo();
            onEmpty.accept(this);
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        timer.retry();
        loop().lines
                .error(
                        log,
                        "Housekeeping of the pool of {} in {} failed",
                        account.credentials(),
                        LogText.of(vhost),
                        fault);
    }

    // What it has that other pools need more.

    ConnectionDonor donor() {
        return donor;
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
        return capacity.room(0);
    }

    List<Upstream> all() {
        return upstreams.all();
    }

    List<PoolMember> members() {
        return members.all();
    }

    PoolStats stats() {
        return figures.stats();
    }
}
