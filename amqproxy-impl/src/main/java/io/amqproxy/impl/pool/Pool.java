package io.amqproxy.impl.pool;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.LogText;
import io.amqproxy.PoolStats;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.session.Applicant;
import io.amqproxy.impl.session.ClientChannel;
import io.amqproxy.impl.session.ClientSession;
import io.amqproxy.impl.session.Ending;
import io.amqproxy.impl.session.LoopContext;
import io.amqproxy.impl.session.Settings;
import io.amqproxy.impl.session.Timers;
import io.amqproxy.impl.session.Traffic;
import io.amqproxy.impl.session.UpstreamChannel;
import io.amqproxy.impl.wire.ReplyCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
final class Pool implements PoolView, Timers.Timed {

    private static final Logger log = LoggerFactory.getLogger(Pool.class);
    /** An answer to a fence, or to the close of a channel, that takes longer is not waited for. */
    private static final long ANSWER_TIMEOUT = TimeUnit.SECONDS.toNanos(30);
    /** Those that wait are asked for again that often, whatever it is that became possible meanwhile. */
    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);
    /** Upstreams beyond the limit while clients leave those that are replaced. */
    private static final int MAX_RENEWED = 2;

    private static final Random JITTER = new Random();

    private final Account account;
    private final String vhost;
    private final ArrayList<Upstream> upstreams = new ArrayList<>();
    private final List<UpstreamView> placeable = new ArrayList<>();
    private final List<UpstreamView> placeableView = Collections.unmodifiableList(placeable);
    private final Map<ClientSession, Member> members = new HashMap<>();
    private final VhostProof proof;
    private final Leases leases;
    private final Timers.Timer timer = new Timers.Timer(this);

    private @Nullable Ending lastFailure;

    private final Traffic past = new Traffic();
    private long upstreamsOpened;

    Pool(Account account, String vhost) {
        this.account = account;
        this.vhost = vhost;
        this.leases = new Leases(this, account);
        this.proof = new VhostProof(vhost, loop());
    }

    private LoopContext loop() {
        return account.tenants().loop();
    }

    private Settings settings() {
        return loop().settings;
    }

    private long now() {
        return loop().now;
    }

    // Opening the vhost.

    void open(ClientSession client) {
        members.put(client, new Member(client));
        prove(client);
    }

    /** Asks the broker for the vhost, unless it was asked lately; answered by the applicant's methods. */
    void prove(Applicant applicant) {
        if (proof.ask(applicant)) {
            connectIfNeeded();
            schedule();
        }
    }

    /** The applicant does not want to know any more. */
    void withdraw(Applicant applicant) {
        proof.withdraw(applicant);
    }

    /** Takes over an upstream that has logged in, to prove the vhost. */
    void adopt(Upstream upstream) {
        join(upstream, oldestShared());
        schedule();
    }

    /** Adds an upstream that replaces another one, if there is one, as soon as it is open. */
    private void join(Upstream upstream, @Nullable Upstream replaced) {
        String label = replaced == null ? Multiplexed.PUBLISH : replaced.label();
        upstream.replaces(replaced);
        add(upstream, label);
        upstream.joinPool(this, label);
    }

    /** The one that an upstream replaces which is opened to prove the vhost again, or null. */
    private @Nullable Upstream oldestShared() {
        for (Upstream upstream : upstreams) {
            if (!upstream.isRetired() && upstream.owner() == 0) {
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
    private void settleReplacement(Upstream renewed) {
        Upstream replaced = renewed.replaces();
        renewed.replaces(null);
        if (replaced == null || !upstreams.contains(replaced)) {
            return;
        }
        retire(retired() < MAX_RENEWED ? replaced : renewed);
    }

    /** Opens the connections that are kept although nobody needs them yet. */
    private void openAhead() {
        int serving = 0;
        for (Upstream upstream : upstreams) {
            serving += upstream.isRetired() || upstream.owner() != 0 ? 0 : 1;
        }
        while (serving < settings().minConnections()
                && mayOpen()
                && account.tenants().mayConnect()) {
            connect(Multiplexed.PUBLISH);
            serving++;
        }
    }

    /** No new leases there. */
    void retire(Upstream upstream) {
        placeable.remove(upstream);
        upstream.retire();
    }

    private void add(Upstream upstream, String label) {
        upstreams.add(upstream);
        placeable.add(upstream);
        long lifetime = settings().maxLifetime();
        upstream.retireAt(lifetime == 0 ? 0 : now() + lifetime - (long) (lifetime * 0.1 * JITTER.nextDouble()));
        if (log.isDebugEnabled()) {
            log.debug(
                    "{} joins the pool of {} in {} for {}", upstream, account.credentials(), LogText.of(vhost), label);
        }
    }

    /** One connection is opened while clients wait for the vhost and none is being opened. */
    private void connectIfNeeded() {
        if (proof.isSettled() || !account.tenants().mayConnect()) {
            return;
        }
        for (Upstream upstream : upstreams) {
            if (upstream.isOpening()) {
                return;
            }
        }
        if (mayOpen(MAX_RENEWED)) {
            Upstream upstream = account.newUpstream(proof.first());
            join(upstream, oldestShared());
            upstream.connect();
        }
    }

    Upstream connect(String label) {
        Upstream upstream = account.newUpstream(null);
        add(upstream, label);
        upstream.joinPool(this, label);
        upstream.connect();
        return upstream;
    }

    void onOpened(Upstream upstream) {
        lastFailure = null;
        upstreamsOpened++;
        proof.onAccepted();
        leases.onOpened(upstream);
        settleReplacement(upstream);
        openAhead();
        onFreed();
    }

    void onEnded(Upstream upstream, Ending ending, boolean wasOpen) {
        if (upstreams.remove(upstream)) {
            past.add(upstream.session().traffic());
        }
        placeable.remove(upstream);
        Member owner = upstream.ownedBy();
        upstream.disown();
        for (Member member : members.values()) {
            member.forget(upstream);
        }
        if (ending.isFaultOfEndpoint(wasOpen)) {
            lastFailure = ending;
        }
        if (!wasOpen && ending.isRefusal()) {
            onRefused(ending);
        }
        leases.onLost(upstream);
        if (owner != null && leaving.remove(owner.session())) {
            members.remove(owner.session());
            account.tenants().onLeft(owner.session());
        } else if (owner != null && upstream.holdsQueues()) {
            owner.session().onUpstreamLost(ending);
        }
        if (ending.isFaultOfEndpoint(wasOpen)) {
            connectIfNeeded();
        }
        onFreed();
        dropIfEmpty();
    }

    private final java.util.Set<ClientSession> leaving = new java.util.HashSet<>();

    private void onRefused(Ending ending) {
        lastFailure = ending;
        proof.onRefused(ending);
        leases.refuse(ending);
    }

    /** Closes the clients that have no channel at the broker; those that wait for one are not held any longer. */
    void closeIdle(Ending why) {
        for (Member member : List.copyOf(members.values())) {
            if (member.current().isEmpty()
                    && member.waiting == null
                    && member.session().isOpen()) {
                member.session().close(why);
            }
        }
    }

    /** Connections to endpoints that are none any more are replaced. */
    void onReloaded() {
        replace(upstream -> upstream.endpoint().isRemoved());
    }

    /**
     * Some upstreams are retired, so that new leases get new ones. At most {@code maxConnections} of them wait for
     * their clients to let go at a time; the others follow when there are fewer.
     */
    private int replace(Predicate<Upstream> which) {
        int count = 0;
        for (Upstream upstream : List.copyOf(upstreams)) {
            if (!upstream.isRetired() && which.test(upstream)) {
                count++;
                if (upstream.isIdle() || retired() < settings().maxConnections()) {
                    retire(upstream);
                } else {
                    upstream.retireAt(now());
                }
            }
        }
        return count;
    }

    /** The account's proof is gone: no new leases, and what is idle closes. */
    void retire() {
        proof.forget();
        placeable.clear();
        Ending refusal = account.refusal();
        if (refusal != null) {
            leases.refuse(refusal);
        }
        List.copyOf(upstreams).forEach(this::retire);
        schedule();
    }

    /** {@return how many upstreams are being replaced} */
    int drain() {
        int count = replace(upstream -> true);
        onFreed();
        return count;
    }

    // Leases.

    boolean lease(ClientChannel channel, Purpose purpose) {
        Ending refusal = account.refusal();
        if (refusal != null) {
            channel.session().close(refusal);
            return false;
        }
        boolean bound = leases.ask(member(channel), channel, purpose);
        if (!bound) {
            schedule();
        }
        return bound;
    }

    void forgo(ClientChannel channel) {
        Member member = members.get(channel.session());
        if (member != null) {
            leases.forgo(member, channel);
        }
    }

    private Member member(ClientChannel channel) {
        Member member = members.get(channel.session());
        if (member == null) {
            throw new IllegalStateException(channel + " is not of this pool");
        }
        return member;
    }

    void onReleased(Upstream upstream, ClientSession client) {
        Member member = members.get(client);
        if (member != null) {
            member.part(upstream);
            removeIfMovedOut(member);
        }
    }

    /** Something became free: those that wait are asked for again. */
    void onFreed() {
        leases.retry();
        schedule();
    }

    /** The upstream is for one client from now on. */
    void setAside(Upstream upstream) {
        placeable.remove(upstream);
    }

    void pin(ClientChannel channel) {
        UpstreamChannel bound = channel.upstream();
        for (Upstream upstream : upstreams) {
            if (bound != null && upstream.session() == bound.session()) {
                if (upstream.ownedBy() == null) {
                    upstream.setAside(member(channel));
                    placeable.remove(upstream);
                }
            }
        }
    }

    // A client whose secret has changed.

    /**
     * The client gets its channels from another pool from now on. It takes along the connections that only clients of
     * that pool use, whose broker is told the new secret; on others its channels stay until they are released.
     */
    void handOver(ClientSession client, Pool to, String reason) {
        Member leaver = members.get(client);
        if (leaver == null) {
            return;
        }
        to.members.computeIfAbsent(client, Member::new);
        for (Upstream upstream : List.copyOf(upstreams)) {
            if (upstream.open() && leaver.current().contains(upstream) && isOnlyFor(to, upstream)) {
                handOver(upstream, to);
                upstream.session().updateSecret(to.account.credentials(), reason);
            }
        }
        leaver.moveOut();
        List.copyOf(members.values()).forEach(this::removeIfMovedOut);
        onFreed();
        to.onFreed();
        dropIfEmpty();
    }

    private boolean isOnlyFor(Pool to, Upstream upstream) {
        for (Member member : members.values()) {
            if (member.current().contains(upstream) && !account.tenants().isOf(member.session(), to.account)) {
                return false;
            }
        }
        return true;
    }

    private void handOver(Upstream upstream, Pool to) {
        upstreams.remove(upstream);
        placeable.remove(upstream);
        to.upstreams.add(upstream);
        upstream.moveTo(to.account, to);
        Member owner = upstream.ownedBy();
        for (Member member : members.values()) {
            if (member.current().contains(upstream)) {
                to.members.computeIfAbsent(member.session(), Member::new).takeOver(upstream, member);
            }
        }
        if (owner != null) {
            upstream.setAside(to.members.computeIfAbsent(owner.session(), Member::new));
        } else if (!upstream.isRetired()) {
            to.placeable.add(upstream);
        }
    }

    private void removeIfMovedOut(Member member) {
        if (member.hasMovedOut() && member.current().isEmpty()) {
            members.remove(member.session());
            account.tenants().onMovedOut(member.session(), this);
        }
    }

    /** A client and all its channels are gone; answers false where an upstream has to be closed first. */
    boolean leave(ClientSession client) {
        Member member = members.get(client);
        if (member == null) {
            return true;
        }
        leases.leave(member);
        withdraw(client);
        boolean pending = false;
        for (Upstream upstream : List.copyOf(upstreams)) {
            if (upstream.ownedBy() == member) {
                pending |= giveBack(upstream);
            }
        }
        if (pending && leaving.add(client)) {
            return false;
        }
        leaving.remove(client);
        members.remove(client);
        onFreed();
        dropIfEmpty();
        return true;
    }

    /** Answers whether the upstream is being closed. */
    private boolean giveBack(Upstream upstream) {
        if (upstream.holdsQueues() && upstream.clients == 0) {
            placeable.remove(upstream);
            upstream.session().close("its client left");
            return true;
        }
        upstream.disown();
        if (upstream.holdsQueues()) {
            upstream.deleteQueues();
        }
        if (!upstream.isRetired() && !placeable.contains(upstream)) {
            placeable.add(upstream);
        }
        upstream.closeIfDone("retired");
        return false;
    }

    void onBlocked(Upstream upstream, @Nullable String why) {
        for (Member member : members.values()) {
            if (member.current().contains(upstream)) {
                member.session().onBlocked(why);
            }
        }
        schedule();
    }

    // Housekeeping.

    /** The broker was asked something on a channel that no client may be waiting for. */
    void awaitAnswer() {
        loop().timers.advance(timer, now() + ANSWER_TIMEOUT);
    }

    @Override
    public void onTime() {
        long now = now();
        proof.expire(() -> timeout("the vhost was not opened"));
        leases.expire();
        for (Upstream upstream : List.copyOf(upstreams)) {
            keepHouse(upstream, now);
        }
        connectIfNeeded();
        onFreed();
        dropIfEmpty();
    }

    private void keepHouse(Upstream upstream, long now) {
        upstream.closeUnanswered(now - ANSWER_TIMEOUT);
        if (!upstream.open()) {
            return;
        }
        if (upstream.giveUpClosing(now - ANSWER_TIMEOUT) && !upstream.isRetired()) {
            log.warn("{} is replaced: the broker does not answer channel.close", upstream);
            upstream.retireAt(now);
        }
        if (upstream.mayShrink() && upstream.shrinkAt() - now <= 0) {
            upstream.shrink();
        }
        if (isDue(upstream) && upstream.retireAt() - now <= 0) {
            retire(upstream);
        } else if (upstream.isIdle()
                && isAboveMinimum()
                && now - upstream.idleSince() >= settings().idleTimeout()) {
            retire(upstream);
        }
    }

    /** Whether an upstream is to be replaced when its time has come, and may be. */
    private boolean isDue(Upstream upstream) {
        return upstream.retireAt() != 0
                && !upstream.isRetired()
                && upstream.owner() == 0
                && (retired() < settings().maxConnections() || upstream.isIdle());
    }

    private int retired() {
        int retired = 0;
        for (Upstream upstream : upstreams) {
            retired += upstream.isRetired() ? 1 : 0;
        }
        return retired;
    }

    private boolean isAboveMinimum() {
        int serving = 0;
        for (Upstream upstream : upstreams) {
            serving += upstream.isRetired() ? 0 : 1;
        }
        return serving > settings().minConnections();
    }

    Ending timeout(String what) {
        PoolStats stats = stats();
        return Ending.byProxy(
                ReplyCode.CONNECTION_FORCED,
                what + " in time: " + account.credentials() + " vhost " + vhost + ", " + stats.upstreams() + " of "
                        + settings().maxConnections() + " connections, " + stats.channelsLeased() + " channels leased, "
                        + stats.channelsIdle() + " idle, " + (leases.waiting() + proof.waiting() + 1) + " waiting"
                        + (account.tenants().isPaused() ? "; the proxy is paused" : "")
                        + account.tenants().lastFailure(lastFailure));
    }

    private void schedule() {
        long now = now();
        long next = Long.MAX_VALUE;
        if (!proof.isSettled()) {
            next = Math.min(next, proof.firstDeadline() - now);
            next = Math.min(next, RETRY);
        }
        if (leases.waiting() > 0) {
            next = Math.min(next, leases.firstDeadline() - now);
            next = Math.min(next, RETRY);
        }
        for (Upstream upstream : upstreams) {
            if (upstream.oldestFence() != 0) {
                next = Math.min(next, upstream.oldestFence() + ANSWER_TIMEOUT - now);
            }
            if (upstream.open() && upstream.oldestClose() != 0) {
                next = Math.min(next, upstream.oldestClose() + ANSWER_TIMEOUT - now);
            }
            if (upstream.open() && upstream.mayShrink()) {
                next = Math.min(next, upstream.shrinkAt() - now);
            }
            if (upstream.open() && !upstream.isRetired()) {
                if (isDue(upstream)) {
                    next = Math.min(next, upstream.retireAt() - now);
                }
                if (upstream.isIdle() && isAboveMinimum()) {
                    next = Math.min(next, upstream.idleSince() + settings().idleTimeout() - now);
                }
            }
        }
        if (next == Long.MAX_VALUE) {
            loop().timers.cancel(timer);
        } else {
            loop().timers.set(timer, now + Math.max(next, 0));
        }
    }

    private void dropIfEmpty() {
        if (upstreams.isEmpty() && members.isEmpty() && proof.isSettled()) {
            loop().timers.cancel(timer);
            account.onPoolEmpty(this);
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        log.error("Housekeeping of the pool of {} in {} failed", account.credentials(), LogText.of(vhost), fault);
        loop().timers.set(timer, now() + TimeUnit.SECONDS.toNanos(1));
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
        return placeableView;
    }

    @Override
    public boolean mayOpen() {
        return mayOpen(0);
    }

    /** Those that were replaced, and that clients hold on to, are not in the way of new ones; but for a bound. */
    private boolean mayOpen(int beyond) {
        int most = settings().maxConnections();
        int present = upstreams.size() - beyond;
        return present < most || (present < 2 * most && present - retired() < most);
    }

    /** Whether an upstream that introduced itself as another client is in the way of one for this client. */
    boolean hasUnfit(Member member) {
        return unfit(member) != null;
    }

    /** Closes an upstream that nobody uses, and this client cannot. */
    void replaceUnfit(Member member) {
        Upstream unfit = unfit(member);
        if (unfit != null && upstreams.stream().noneMatch(Upstream::isRetired)) {
            retire(unfit);
        }
    }

    private @Nullable Upstream unfit(Member member) {
        for (Upstream upstream : upstreams) {
            if (!upstream.isRetired() && upstream.open() && upstream.isIdle() && !upstream.suits(member)) {
                return upstream;
            }
        }
        return null;
    }

    List<Upstream> all() {
        return upstreams;
    }

    PoolStats stats() {
        int leased = 0;
        int idle = 0;
        Traffic all = new Traffic();
        all.add(past);
        for (Upstream upstream : upstreams) {
            all.add(upstream.session().traffic());
            leased += upstream.leased();
            idle += upstream.idle();
        }
        return new PoolStats(
                user(),
                vhost,
                members.size(),
                upstreams.size(),
                leased,
                idle,
                upstreamsOpened,
                leases.total(),
                all.published,
                all.delivered,
                all.bytesIn,
                all.bytesOut);
    }
}
