package io.amqproxy.impl.pool;

import io.amqproxy.Release.Reason;
import io.amqproxy.UpstreamStats;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.pool.spi.ClientQueue;
import io.amqproxy.impl.pool.spi.FenceSupport;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the broker as its pool keeps it: whom it is for, which of its channels are idle, when it has served
 * long enough. Until it has a vhost it belongs to its account only.
 */
final class Upstream implements UpstreamOwner, UpstreamView, UpstreamTies.Host, PoolCapacity.Connection {

    /** So long a broker has some work for, as a rule. */
    private static final long MOMENT = Duration.ofSeconds(1).toNanos();

    /** Whom it serves: a pool. */
    interface Home {

        String vhost();

        void onOpened(Upstream upstream);

        /** No new leases there. */
        void retire(Upstream upstream);

        /** A client's lease on one of its channels ended. */
        void onReleased(Upstream upstream, Slot channel, InboundSession client);

        /** Something became free. */
        void onFreed();

        /** The broker was asked something on a channel that no client may be waiting for. */
        void awaitAnswer();

        /** The user lacks a right, perhaps since now. */
        void onRightMissing();

        /** See {@link UpstreamTies.Host#tie}. */
        boolean tie(Upstream upstream, InboundSession client);

        /** Whether the client has not left. */
        boolean isHere(InboundSession client);

        /** See {@link UpstreamTies.Host#untie}. */
        void untie(Upstream upstream, InboundSession client);

        /** The exclusive queues of a client that left are gone. */
        void onQueuesDeleted(Upstream upstream, InboundSession client);

        /** The broker holds back publishers for this reason, or no longer does (null). */
        void onBlocked(Upstream upstream, @Nullable String why);

        void onEnded(Upstream upstream, CloseCause ending, boolean wasOpen);
    }

    private final PoolContext context;
    private Principal account;
    private final Endpoint endpoint;
    private final UpstreamConnection session;
    private final ConnectionPermit permit;
    private @Nullable Home pool;
    private String label = "";

    private final UpstreamSlots slots;
    private final UpstreamTies ties;
    private final Retirement retirement;

    private @Nullable String blocked;

    private @Nullable Upstream replaces;
    private final long begun;
    private long begunAfter;
    private long idleSince;

    /** Clients with leases, as their pool counts. */
    int clients;
    /** Places promised to channels that wait until it is open. */
    int promised;

    Upstream(PoolContext context, Principal account, ConnectionPermit permit, @Nullable String place) {
        this.context = context;
        this.account = account;
        this.permit = permit;
        this.endpoint = context.endpoints().choose(account.protocol(), place);
        this.session = account.protocol()
                .newUpstream(context.loop, this, context.nextUpstreamId(), endpoint.name(), account.credentials());
        this.begun = context.loop.now;
        this.idleSince = begun;
        this.slots = new UpstreamSlots(context.loop, session, account);
        this.ties = new UpstreamTies(this, session, slots);
        this.retirement = new Retirement(session, slots, ties);
    }

    /** Begins. */
    void connect() {
        endpoint.onBegun();
        endpoint.connect(session);
    }

    UpstreamStats stats() {
        Duration age = Duration.ofNanos(context.loop.now - begun);
        return UpstreamStatsSnapshot.of(session, this, isRetired(), idle(), age);
    }

    /** Whether it goes to an endpoint that is none any more. */
    boolean isOutdated() {
        return endpoint.isRemoved();
    }

    UpstreamConnection session() {
        return session;
    }

    @Override
    public ConnectionPermit permit() {
        return permit;
    }

    // Its place in a pool.

    void joinPool(Home newPool, String newLabel) {
        pool = newPool;
        label = newLabel;
        session.usedFor(newLabel);
        session.beatWithin(account.heartbeat());
        session.open(newPool.vhost());
    }

    /** It goes with its client to the pool of the client's new secret. */
    void moveTo(Principal newAccount, Home newPool) {
        slots.moveTo(newAccount);
        account = newAccount;
        pool = newPool;
    }

    @Override
    public long begunAfter() {
        return begunAfter;
    }

    void begunAfter(long ended) {
        begunAfter = ended;
    }

    /** The one that this replaces as soon as it is open. */
    @Nullable
    Upstream replaces() {
        return replaces;
    }

    void replaces(@Nullable Upstream other) {
        replaces = other;
    }

    /** The clients that need it and no other one. */
    UpstreamTies ties() {
        return ties;
    }

    @Override
    public boolean isDeleting(String queue, LeaseHolder waiting) {
        return ties.isDeleting(queue, waiting);
    }

    @Override
    public void onExclusiveQueue(ClientQueue queue, InboundSession declarer) {
        ties.onExclusiveQueue(queue, declarer);
    }

    @Override
    public void onQueueDeleted(String queue) {
        ties.onQueueDeleted(queue);
    }

    @Override
    public boolean tie(InboundSession client) {
        return home().tie(this, client);
    }

    @Override
    public void untie(InboundSession client) {
        home().untie(this, client);
    }

    @Override
    public boolean isHere(InboundSession client) {
        return pool != null && pool.isHere(client);
    }

    @Override
    public void onQueuesDeleted(InboundSession client) {
        home().onQueuesDeleted(this, client);
    }

    private Home home() {
        return Objects.requireNonNull(pool);
    }

    /** Whether it lends, and when it ends. */
    Retirement retirement() {
        return retirement;
    }

    /** It is retired by its pool, if it is in one, which opens another when it needs one. */
    @Override
    public void replace() {
        if (pool != null) {
            pool.retire(this);
        }
    }

    @Override
    public boolean isRetired() {
        return retirement.isRetired();
    }

    boolean isOpening() {
        return session.isOpening();
    }

    @Override
    public boolean isAtBroker() {
        return open() || session.isClosing();
    }

    boolean isIdle() {
        return leased() == 0 && promised == 0 && !ties.isAny();
    }

    long idleSince() {
        return idleSince;
    }

    /** Its channels. */
    UpstreamSlots slots() {
        return slots;
    }

    PendingFences owed() {
        return slots.owed();
    }

    /** Waits no longer for closes whose answer the broker owes since this time. Returns whether there were any. */
    boolean giveUpClosing(long since) {
        boolean any = owed().giveUpClosing(since);
        if (any) {
            retirement.endIfDone();
        }
        return any;
    }

    // Channels.

    @Override
    public @Nullable Slot takeSlotForFence() {
        Slot channel = isRetired() ? null : slots.takeForFence();
        if (channel != null) {
            awaitAnswer();
        }
        return channel;
    }

    @Override
    public Reason whyNotReuse(Slot channel) {
        return slots.whyNotReuse(channel, context.fences().isRefused(), isRetired());
    }

    int idle() {
        return slots.idle();
    }

    // What the session tells.

    @Override
    public void onProved(NegotiatedLimits tune) {
        endpoint.onProved();
        account.onProved(this, tune);
    }

    @Override
    public void onOpened() {
        idleSince = context.loop.now;
        slots.begin(idleSince);
        if (ties.owner() == null) {
            slots.warmUp();
        }
        home().onOpened(this);
    }

    @Override
    public void onSuspect(InboundSession client, boolean wasShared) {
        if (wasShared) {
            account.keepApart(client, "the broker closed a connection for what it, or another one, sent");
        }
    }

    @Override
    public void onUnread(InboundSession client) {
        account.keepApart(client, "it read nothing while others waited for it");
    }

    @Override
    public void onEnded(CloseCause ending, boolean wasOpen) {
        permit.release();
        endpoint.onEnded(ending, account.protocol());
        slots.clear();
        account.onEnded(this, ending, wasOpen);
        if (pool != null) {
            pool.onEnded(this, ending, wasOpen);
        }
    }

    @Override
    public void onReleased(Slot channel, InboundSession client) {
        home().onReleased(this, channel, client);
        if (channel.state() == Slot.State.LEASED) {
            owed().onReleased(channel);
            awaitAnswer();
        } else if (owed().isGivenUp(channel)) {
            retirement.endIfDone();
        }
    }

    @Override
    public void onChannelOpened(Slot channel) {
        if (slots.onOpened(channel) && pool != null) {
            pool.onFreed();
        }
    }

    @Override
    public void onChannelIdle(Slot channel) {
        slots.onIdle(channel, isRetired());
        ties.onDone(channel);
        onFreed();
    }

    @Override
    public void onChannelClosing(Slot channel) {
        slots.onClosing(channel);
        awaitAnswer();
    }

    private void awaitAnswer() {
        if (pool != null && !session.isOver()) {
            pool.awaitAnswer();
        }
    }

    @Override
    public void onChannelClosed(Slot channel) {
        slots.onClosed(channel);
        ties.onDone(channel);
        onFreed();
    }

    private void onFreed() {
        idleSince = context.loop.now;
        retirement.endIfDone();
        if (pool != null) {
            pool.onFreed();
        }
    }

    @Override
    public void onRightMissing() {
        if (pool != null) {
            pool.onRightMissing();
        }
    }

    @Override
    public FenceSupport fences() {
        return context.fences();
    }

    @Override
    public void onSecretRefused(CloseCause refusal) {
        account.onSecretRefused(refusal);
        replace();
    }

    @Override
    public void onBlocked(@Nullable String why) {
        blocked = why;
        owed().onHeldBack(why != null, context.loop.now);
        if (pool != null) {
            pool.onBlocked(this, why);
        }
    }

    @Nullable
    String blockedBecause() {
        return blocked;
    }

    @Override
    public boolean isForOneClient() {
        return isReserved() || (clients <= 1 && owed().isNothing() && !ties.isDeletingQueues());
    }

    @Override
    public boolean isReserved() {
        return ties.owner() != null && clients <= 1;
    }

    /** One more client has a lease. */
    void onJoined() {
        clients++;
        session.onShared();
    }

    /** Places for whom this is the only one, which being replaced does not change. */
    int room() {
        return slots.room(promised);
    }

    // What a policy sees.

    @Override
    public long id() {
        return session.id();
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public String endpoint() {
        return endpoint.name();
    }

    @Override
    public int promised() {
        return promised;
    }

    @Override
    public boolean open() {
        return session.isOpen();
    }

    @Override
    public long owner() {
        return ties.ownerId();
    }

    @Override
    public int clients() {
        return clients;
    }

    @Override
    public int leased() {
        return slots.leased();
    }

    @Override
    public int free() {
        return isRetired() ? 0 : room();
    }

    @Override
    public UpstreamView view() {
        return this;
    }

    @Override
    public boolean blocked() {
        return blocked != null;
    }

    @Override
    public boolean unread() {
        return session.isHeldUpLately() || owed().isOwedSince(context.loop.now - MOMENT);
    }

    @Override
    public String toString() {
        return session + " (" + label + ", " + leased() + " leased, " + idle() + " idle)";
    }
}
