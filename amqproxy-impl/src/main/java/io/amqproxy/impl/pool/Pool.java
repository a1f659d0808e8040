package io.amqproxy.impl.pool;

import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseInfo;
import io.amqproxy.LeaseRequest;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolStats;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.session.ClientChannel;
import io.amqproxy.impl.session.ClientSession;
import io.amqproxy.impl.session.Ending;
import io.amqproxy.impl.session.LoopContext;
import io.amqproxy.impl.session.Settings;
import io.amqproxy.impl.session.Timers;
import io.amqproxy.impl.session.Traffic;
import io.amqproxy.impl.session.UpstreamChannel;
import io.amqproxy.impl.wire.ReplyCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
    private static final PoolPolicy FALLBACK = new Multiplexed();
    /** An answer to a fence that takes longer is not waited for. */
    private static final long FENCE_TIMEOUT = TimeUnit.SECONDS.toNanos(30);
    /** Upstreams beyond the limit while clients leave those that are replaced. */
    private static final int MAX_RENEWED = 2;
    /** After so many waiting channels in a row found no place, the rest is not asked: the pool is full. */
    private static final int MAX_FRUITLESS = 16;

    private static final Random JITTER = new Random();

    private record Opening(ClientSession client, long until) {}

    private final Account account;
    private final String vhost;
    private final ArrayList<Upstream> upstreams = new ArrayList<>();
    private final List<UpstreamView> placeable = new ArrayList<>();
    private final List<UpstreamView> placeableView = Collections.unmodifiableList(placeable);
    private final Map<ClientSession, Member> members = new HashMap<>();
    private final ArrayDeque<Opening> opening = new ArrayDeque<>();
    private final LinkedHashSet<Member> waiting = new LinkedHashSet<>();
    private final Request request = new Request();
    private final Timers.Timer timer = new Timers.Timer(this);

    private boolean proved;
    private long provedAt;
    private boolean placing;
    private @Nullable Ending lastFailure;

    private final Traffic past = new Traffic();
    private long upstreamsOpened;
    private long leases;

    Pool(Account account, String vhost) {
        this.account = account;
        this.vhost = vhost;
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
        if (proved && now() - provedAt < settings().credentialTtl()) {
            client.onOpened(vhost);
            return;
        }
        opening.add(new Opening(client, now() + settings().acquireTimeout()));
        connectIfNeeded();
        schedule();
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
        long retired = upstreams.stream().filter(Upstream::isRetired).count();
        retire(retired < MAX_RENEWED ? replaced : renewed);
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

    private void retire(Upstream upstream) {
        placeable.remove(upstream);
        upstream.retire();
    }

    private void add(Upstream upstream, String label) {
        upstreams.add(upstream);
        placeable.add(upstream);
        long lifetime = settings().maxLifetime();
        upstream.retireAt(lifetime == 0 ? 0 : now() + lifetime - (long) (lifetime * 0.1 * JITTER.nextDouble()));
        if (log.isDebugEnabled()) {
            log.debug("{} joins the pool of {} in {} for {}", upstream, account.credentials(), vhost, label);
        }
    }

    /** One connection is opened while clients wait for the vhost and none is being opened. */
    private void connectIfNeeded() {
        if (opening.isEmpty() || !account.tenants().mayConnect()) {
            return;
        }
        for (Upstream upstream : upstreams) {
            if (upstream.isOpening()) {
                return;
            }
        }
        if (upstreams.size() < settings().maxConnections() + MAX_RENEWED) {
            Upstream upstream = new Upstream(account, account.tenants().nextUpstreamId());
            join(upstream, oldestShared());
            account.tenants().connector().connect(upstream.session());
        }
    }

    private Upstream connect(String label) {
        Upstream upstream = new Upstream(account, account.tenants().nextUpstreamId());
        add(upstream, label);
        upstream.joinPool(this, label);
        account.tenants().connector().connect(upstream.session());
        return upstream;
    }

    void onOpened(Upstream upstream) {
        proved = true;
        provedAt = now();
        lastFailure = null;
        upstreamsOpened++;
        for (Opening one = opening.poll(); one != null; one = opening.poll()) {
            one.client().onOpened(vhost);
        }
        for (Member member : List.copyOf(waiting)) {
            if (member.promised == upstream) {
                keepPromise(member, upstream);
            }
        }
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
        if (ending.initiator() == io.amqproxy.CloseReason.Initiator.NETWORK) {
            lastFailure = ending;
            account.tenants().onConnectionFailed();
        }
        if (!wasOpen && ending.isRefusal()) {
            onRefused(ending);
        }
        for (Member member : List.copyOf(waiting)) {
            if (member.promised == upstream) {
                member.promised = null;
            }
        }
        if (owner != null && leaving.remove(owner.session())) {
            members.remove(owner.session());
            account.tenants().forget(owner.session());
            owner.session().onLeft();
        }
        onFreed();
        dropIfEmpty();
    }

    private final java.util.Set<ClientSession> leaving = new java.util.HashSet<>();

    private void onRefused(Ending ending) {
        lastFailure = ending;
        proved = false;
        for (Opening one = opening.poll(); one != null; one = opening.poll()) {
            one.client().onRefused(ending);
        }
        for (Member member : List.copyOf(waiting)) {
            waiting.remove(member);
            member.session().close(ending);
        }
    }

    /** The account's proof is gone: no new leases, and what is idle closes. */
    void retire() {
        proved = false;
        placeable.clear();
        Ending refusal = account.refusal();
        for (Member member : List.copyOf(waiting)) {
            if (refusal != null) {
                waiting.remove(member);
                member.session().close(refusal);
            }
        }
        List.copyOf(upstreams).forEach(this::retire);
        schedule();
    }

    // Leases.

    boolean lease(ClientChannel channel, Purpose purpose) {
        Ending refusal = account.refusal();
        if (refusal != null) {
            channel.session().close(refusal);
            return false;
        }
        Member member = member(channel);
        if (member.waiting == channel) {
            return false;
        }
        member.waiting = channel;
        member.waitingFor = purpose;
        member.waitingUntil = now() + settings().acquireTimeout();
        account.renewIfDue();
        if (waiting.size() <= MAX_FRUITLESS && account.isFresh() && place(member)) {
            return true;
        }
        waiting.add(member);
        channel.session().setWaitingForLease(true);
        schedule();
        return false;
    }

    private Member member(ClientChannel channel) {
        Member member = members.get(channel.session());
        if (member == null) {
            throw new IllegalStateException(channel + " is not of this pool");
        }
        return member;
    }

    /** Asks the policy; answers whether the channel is bound now. */
    private boolean place(Member member) {
        Placement placement = ask(member);
        switch (placement.kind()) {
            case ON -> {
                return placement.upstream() instanceof Upstream upstream
                        && upstreams.contains(upstream)
                        && placeOn(member, upstream, placement.exclusively());
            }
            case OPEN -> {
                if (mayOpen() && account.tenants().mayConnect()) {
                    Upstream upstream = connect(placement.label());
                    if (placement.exclusively()) {
                        upstream.setAside(member);
                    }
                    promise(member, upstream);
                }
                return false;
            }
            case AWAIT -> {
                return false;
            }
        }
        return false;
    }

    private Placement ask(Member member) {
        request.member = member;
        try {
            return settings().policy().place(request, this);
        } catch (RuntimeException failure) {
            log.warn("The pool policy failed; the default policy decides instead", failure);
            return FALLBACK.place(request, this);
        }
    }

    private boolean placeOn(Member member, Upstream upstream, boolean exclusively) {
        ClientChannel channel = member.waiting;
        if (channel == null) {
            return false;
        }
        UpstreamChannel present = channel.upstream();
        boolean stays = present != null && present.session() == upstream.session();
        if ((upstream.isRetired() && !stays)
                || (upstream.owner() != 0
                        && upstream.owner() != member.session().id())) {
            return false;
        }
        if (!stays && upstream.free() == 0) {
            return false;
        }
        if (exclusively && upstream.ownedBy() == null) {
            upstream.setAside(member);
            placeable.remove(upstream);
        }
        if (!upstream.open()) {
            promise(member, upstream);
            return false;
        }
        if (stays) {
            channel.onPlaced(member.waitingFor);
            member.waiting = null;
            return true;
        }
        return grant(member, upstream);
    }

    private void promise(Member member, Upstream upstream) {
        member.promised = upstream;
        upstream.promised++;
    }

    private void keepPromise(Member member, Upstream upstream) {
        member.promised = null;
        upstream.promised--;
        if (grant(member, upstream)) {
            waiting.remove(member);
            member.session().setWaitingForLease(false);
        }
    }

    private boolean grant(Member member, Upstream upstream) {
        ClientChannel channel = member.waiting;
        if (channel == null || !member.session().isOpen()) {
            return false;
        }
        UpstreamChannel lent = upstream.takeChannel(channel.wantsConfirms());
        if (lent == null) {
            return false;
        }
        member.waiting = null;
        channel.moveAway();
        member.join(upstream);
        leases++;
        loop().leases++;
        lent.lease(channel);
        loop().events
                .channelLeased(new LeaseInfo(
                        channel.session().info(),
                        channel.number(),
                        upstream.session().info(),
                        lent.number()));
        channel.onPlaced(member.waitingFor);
        channel.onLeased(lent);
        String blocked = upstream.blockedBecause();
        if (blocked != null) {
            channel.session().onBlocked(blocked);
        }
        return true;
    }

    void onReleased(Upstream upstream, ClientSession client) {
        Member member = members.get(client);
        if (member != null) {
            member.part(upstream);
        }
    }

    /** Something became free: those that wait are asked for again. */
    void onFreed() {
        if (!placing && !waiting.isEmpty() && account.isFresh()) {
            placing = true;
            int fruitless = 0;
            for (Member member : List.copyOf(waiting)) {
                if (member.promised != null || !member.session().isOpen()) {
                    continue;
                }
                if (place(member)) {
                    waiting.remove(member);
                    member.session().setWaitingForLease(false);
                } else if (++fruitless > MAX_FRUITLESS) {
                    break;
                }
            }
            placing = false;
        }
        schedule();
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

    /** A client and all its channels are gone; answers false where an upstream has to be closed first. */
    boolean leave(ClientSession client) {
        Member member = members.get(client);
        if (member == null) {
            return true;
        }
        waiting.remove(member);
        if (member.promised != null) {
            member.promised.promised--;
            member.promised = null;
        }
        opening.removeIf(one -> one.client() == client);
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
    }

    // Housekeeping.

    @Override
    public void onTime() {
        long now = now();
        while (!opening.isEmpty() && opening.element().until() - now <= 0) {
            opening.remove().client().onRefused(timeout("the vhost was not opened"));
        }
        for (Member member : List.copyOf(waiting)) {
            if (member.waitingUntil - now > 0) {
                break;
            }
            waiting.remove(member);
            member.session().close(timeout("no channel was free"));
        }
        for (Upstream upstream : List.copyOf(upstreams)) {
            keepHouse(upstream, now);
        }
        connectIfNeeded();
        onFreed();
        dropIfEmpty();
    }

    private void keepHouse(Upstream upstream, long now) {
        upstream.closeUnanswered(now - FENCE_TIMEOUT);
        if (!upstream.open()) {
            return;
        }
        if (upstream.mayShrink() && upstream.shrinkAt() - now <= 0) {
            upstream.shrink();
        }
        boolean tooOld = upstream.retireAt() != 0 && upstream.retireAt() - now <= 0;
        if (tooOld && !upstream.isRetired() && upstream.owner() == 0) {
            retire(upstream);
        } else if (upstream.isIdle()
                && isAboveMinimum()
                && now - upstream.idleSince() >= settings().idleTimeout()) {
            retire(upstream);
        }
    }

    private boolean isAboveMinimum() {
        int serving = 0;
        for (Upstream upstream : upstreams) {
            serving += upstream.isRetired() ? 0 : 1;
        }
        return serving > settings().minConnections();
    }

    private Ending timeout(String what) {
        PoolStats stats = stats();
        return Ending.byProxy(
                ReplyCode.CONNECTION_FORCED,
                what + " in time: " + account.credentials() + " vhost " + vhost + ", " + stats.upstreams() + " of "
                        + settings().maxConnections() + " connections, " + stats.channelsLeased() + " channels leased, "
                        + stats.channelsIdle() + " idle, " + (waiting.size() + opening.size() + 1) + " waiting"
                        + (lastFailure == null ? "" : "; last failure: " + lastFailure.text()));
    }

    private void schedule() {
        long now = now();
        long next = Long.MAX_VALUE;
        if (!opening.isEmpty()) {
            next = Math.min(next, opening.element().until() - now);
            next = Math.min(next, retryIn(now));
        }
        if (!waiting.isEmpty()) {
            next = Math.min(next, waiting.iterator().next().waitingUntil - now);
            next = Math.min(next, retryIn(now));
        }
        for (Upstream upstream : upstreams) {
            if (upstream.oldestFence() != 0) {
                next = Math.min(next, upstream.oldestFence() + FENCE_TIMEOUT - now);
            }
            if (upstream.open() && upstream.mayShrink()) {
                next = Math.min(next, upstream.shrinkAt() - now);
            }
            if (upstream.open() && !upstream.isRetired()) {
                if (upstream.retireAt() != 0 && upstream.owner() == 0) {
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

    /** When to try again to connect, where only that can help. */
    private long retryIn(long now) {
        long backoff = account.tenants().backoff().remaining(now);
        return backoff == 0 ? TimeUnit.SECONDS.toNanos(1) : backoff;
    }

    private void dropIfEmpty() {
        if (upstreams.isEmpty() && members.isEmpty() && opening.isEmpty()) {
            loop().timers.cancel(timer);
            account.onPoolEmpty(this);
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        log.error("Housekeeping of the pool of {} in {} failed", account.credentials(), vhost, fault);
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
        return upstreams.size() < settings().maxConnections();
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
                leases,
                all.published,
                all.delivered,
                all.bytesIn,
                all.bytesOut);
    }

    /** The request of the member whose turn it is; one object serves all. */
    private static final class Request implements LeaseRequest {
        private @Nullable Member member;

        private Member member() {
            return java.util.Objects.requireNonNull(member);
        }

        @Override
        public ClientInfo client() {
            return member().session().info();
        }

        @Override
        public Purpose purpose() {
            return member().waitingFor;
        }

        @Override
        public List<UpstreamView> current() {
            return member().current();
        }
    }
}
