package io.amqproxy.impl.pool;

import io.amqproxy.Release.Reason;
import io.amqproxy.UpstreamStats;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.pool.spi.ClientQueue;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the broker as its pool keeps it: whom it is for, which of its channels are idle, when it has served
 * long enough. Until it has a vhost it belongs to its account only.
 */
final class Upstream implements UpstreamOwner, UpstreamView, ExclusiveQueues.Connection, PoolCapacity.Connection {

    /** As whom it is logged in: an account. */
    interface Principal {

        Protocol protocol();

        Credentials credentials();

        AccountChannels channels();

        /** How many channels the broker lets a connection have, as far as known. */
        int mostSlots();

        /** Within how many seconds a broker that hangs is to be noticed, 0 for never. */
        int heartbeat();

        /** The broker has accepted the credentials. */
        void onProved(Upstream upstream, NegotiatedLimits agreed);

        /** The broker closes the connection for what this client sent, or another one. */
        void keepApart(InboundSession client);

        /** The broker does not accept the present secret in place of the former one. */
        void onSecretRefused(CloseCause refusal);

        void onEnded(Upstream upstream, CloseCause ending, boolean wasOpen);
    }

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

        /**
         * The client has an exclusive queue there from now on; returns false where it has left meanwhile, and nobody
         * comes to the upstream before the queue is gone.
         */
        boolean tie(Upstream upstream, InboundSession client);

        /** Whether the client has not left. */
        boolean isHere(InboundSession client);

        /** The client has no exclusive queue there any more. */
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

    private @Nullable String blocked;
    private @Nullable InboundSession owner;
    /** Besides the client that it is set aside for there may be others that had to stay. */
    private final ExclusiveQueues queues = new ExclusiveQueues(this);

    private @Nullable Upstream replaces;
    private boolean retired;
    private final long begun;
    private long begunAfter;
    private long idleSince;
    private long retireAt;

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
    }

    /** Begins. */
    void connect() {
        endpoint.onBegun();
        endpoint.connect(session);
    }

    UpstreamStats stats() {
        Duration age = Duration.ofNanos(context.loop.now - begun);
        return UpstreamStatsSnapshot.of(session, this, retired, idle(), age);
    }

    /** Whether it goes to an endpoint that is none any more. */
    boolean isOutdated() {
        return endpoint.isRemoved();
    }

    @Override
    public UpstreamConnection session() {
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

    /** It is set aside for this client; whose pool keeps that in mind. */
    void reserveFor(InboundSession client) {
        owner = client;
    }

    /**
     * Whether what it told the broker of itself is right for this client.
     *
     * @param byItsOwnName whether the client needs a connection that introduced itself as the client does
     */
    boolean suits(InboundSession client, boolean byItsOwnName) {
        ClientProperties said = session.introducedAs();
        if (byItsOwnName) {
            return said.equals(client.properties());
        }
        return said.equals(ClientProperties.NONE) || owner == client || said.equals(client.properties());
    }

    /** The client it was set aside for is gone. */
    void unreserve() {
        owner = null;
    }

    @Nullable
    InboundSession reservedFor() {
        return owner;
    }

    /** Whether the broker has exclusive queues of this client, which only this connection can use. */
    boolean holdsQueues(InboundSession client) {
        return queues.areOf(client);
    }

    /** The clients that have exclusive queues here. */
    List<InboundSession> holders() {
        return queues.holders();
    }

    /** Deletes the exclusive queues of a client that left, where the connection has to live on for others. */
    void deleteQueues(InboundSession client) {
        if (queues.deleteAll(client)) {
            replace();
        }
        session.onShared();
    }

    /** Whether the broker may still have queues of a client that left. */
    boolean isDeletingQueues() {
        return queues.areBeingDeleted();
    }

    /** Whether the broker may still have queues of this client, which left. */
    boolean isDeletingQueues(InboundSession client) {
        return queues.areBeingDeleted(client);
    }

    @Override
    public boolean isDeleting(String queue, LeaseHolder waiting) {
        return queues.isBeingDeleted(queue, waiting);
    }

    @Override
    public void onExclusiveQueue(ClientQueue queue, InboundSession declarer) {
        if (home().tie(this, declarer)) {
            left(queues.add(queue, declarer));
        } else {
            queues.delete(queue, declarer); // It left before the broker had answered.
        }
    }

    @Override
    public void onQueueDeleted(String queue) {
        InboundSession client = queues.remove(queue);
        if (client != null) {
            home().untie(this, client);
        }
    }

    private Home home() {
        return Objects.requireNonNull(pool);
    }

    /** No new leases from now on; closed as soon as it is not needed. */
    void retire() {
        retired = true;
        closeIfDone("retired");
    }

    /** The same, for one that is in a pool, which opens another when it needs one. */
    void replace() {
        if (pool != null) {
            pool.retire(this);
        }
    }

    @Override
    public boolean isRetired() {
        return retired;
    }

    /** It gets leases again, as there may be no other one. */
    void serveAgain() {
        retired = false;
    }

    void retireAt(long time) {
        retireAt = time;
    }

    /** When it has served long enough, 0 for never. */
    long retireAt() {
        return retireAt;
    }

    /** Not while the broker holds it back, which would lose what the broker has not read of clients that are gone. */
    void closeIfDone(String why) {
        if (blocked != null && leased() > owed().abandoned()) {
            return;
        }
        if (retired && leased() == owed().released() + owed().abandoned() && !isTied() && !isToBeTied()) {
            session.close(why);
        }
    }

    /**
     * Whether a client that is still there may be about to get an exclusive queue there, on a channel that it has left.
     */
    private boolean isToBeTied() {
        Home home = pool;
        return home != null && session.isDeclaringExclusivelyFor(home::isHere);
    }

    boolean isOpening() {
        return session.isOpening();
    }

    @Override
    public boolean isAtBroker() {
        return open() || session.isClosing();
    }

    boolean isIdle() {
        return leased() == 0 && promised == 0 && !isTied();
    }

    /** Whether a client needs it although it may have no channel there. */
    boolean isTied() {
        return owner != null || !queues.holders().isEmpty();
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

    @Override
    public Set<Slot> outstanding() {
        return owed().outstanding();
    }

    /** Waits no longer for closes whose answer the broker owes since this time; returns whether there were any. */
    boolean giveUpClosing(long since) {
        boolean any = owed().giveUpClosing(since);
        if (any) {
            closeIfDone("retired");
        }
        return any;
    }

    // Channels.

    @Override
    public @Nullable Slot takeSpareChannel() {
        return slots.takeSpare();
    }

    @Override
    public @Nullable Slot takeSlotForFence() {
        Slot channel = retired ? null : slots.takeForFence();
        if (channel != null) {
            awaitAnswer();
        }
        return channel;
    }

    @Override
    public Reason whyNotReuse(Slot channel) {
        return slots.whyNotReuse(channel, context.isFenceRefused(), retired);
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
        if (owner == null) {
            slots.warmUp();
        }
        home().onOpened(this);
    }

    @Override
    public void onSuspect(InboundSession client, boolean wasShared) {
        if (wasShared) {
            account.keepApart(client);
        }
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
            closeIfDone("retired");
        }
    }

    @Override
    public void onChannelIdle(Slot channel) {
        slots.onIdle(channel, retired);
        onDone(channel);
        onFreed();
    }

    private void onDone(Slot channel) {
        left(queues.onDone(channel));
    }

    private void left(List<InboundSession> withoutQueues) {
        withoutQueues.forEach(client -> home().onQueuesDeleted(this, client));
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
        onDone(channel);
        onFreed();
    }

    private void onFreed() {
        idleSince = context.loop.now;
        closeIfDone("retired");
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
    public void onFenceRefused(CloseCause refusal) {
        context.onFenceRefused(refusal);
    }

    @Override
    public void onFenceAnswered() {
        context.onFenceAnswered();
    }

    @Override
    public boolean isFenceAnswered() {
        return context.isFenceAnswered();
    }

    @Override
    public boolean isFenceRefused() {
        return context.isFenceRefused();
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
        return isReserved() || (clients <= 1 && owed().isNothing() && !queues.areBeingDeleted());
    }

    @Override
    public boolean isReserved() {
        return owner != null && clients <= 1;
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
        return owner == null ? 0 : owner.id();
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
        return retired ? 0 : room();
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
        return session.isPaused();
    }

    @Override
    public String toString() {
        return session + " (" + label + ", " + leased() + " leased, " + idle() + " idle)";
    }
}
