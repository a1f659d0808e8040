package io.amqproxy.impl.pool;

import io.amqproxy.Release.Reason;
import io.amqproxy.UpstreamStats;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.Traffic;
import io.amqproxy.impl.pool.spi.ClientQueue;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the broker as its pool keeps it: whom it is for, which of its channels are idle, when it has served
 * long enough. Until it has a vhost it belongs to its account only.
 */
final class Upstream implements UpstreamOwner, UpstreamView {

    private Account account;
    private final Endpoint endpoint;
    private final UpstreamConnection session;
    private final ConnectionPermit permit;
    private @Nullable Pool pool;
    private String label = "";

    private final IdleChannels idle = new IdleChannels();
    private final PendingFences owed;
    private final ReuseRules reuse;

    private @Nullable String blocked;
    private @Nullable PoolMember owner;
    /** Besides the client that it is set aside for there may be others that had to stay. */
    private final ExclusiveQueues queues = new ExclusiveQueues(this);

    private @Nullable Upstream replaces;
    private boolean retired;
    private final long begun;
    private long begunAfter;
    private long idleSince;
    private long retireAt;

    /** Channels that there are, as the account counts them. */
    private int slots;

    /** Clients with leases; {@link PoolMember} counts. */
    int clients;
    /** Places promised to channels that wait until it is open. */
    int promised;

    Upstream(Account account, ConnectionPermit permit, long id) {
        this.account = account;
        this.permit = permit;
        PoolRegistry registry = account.registry();
        this.endpoint = registry.endpoints().choose(account.protocol());
        this.session =
                account.protocol().newUpstream(registry.loop(), this, id, endpoint.name(), account.credentials());
        this.begun = registry.loop().now;
        this.idleSince = begun;
        this.owed = new PendingFences(idleSince);
        this.reuse = new ReuseRules(idle, owed);
        idle.ageChannels(idleSince - 1);
    }

    /** Begins. */
    void connect() {
        endpoint.onBegun();
        endpoint.connect(session);
    }

    UpstreamStats stats() {
        Traffic traffic = session.traffic();
        return new UpstreamStatsSnapshot(
                session.info(),
                open(),
                retired,
                blocked(),
                owner(),
                clients,
                leased(),
                idle(),
                Duration.ofNanos(account.registry().loop().now - begun),
                traffic.published,
                traffic.delivered,
                traffic.bytesIn,
                traffic.bytesOut);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    UpstreamConnection session() {
        return session;
    }

    ConnectionPermit permit() {
        return permit;
    }

    private Settings settings() {
        return account.registry().loop().settings;
    }

    // Its place in a pool.

    void joinPool(Pool newPool, String newLabel) {
        pool = newPool;
        label = newLabel;
        session.usedFor(newLabel);
        session.beatWithin(account.heartbeat());
        session.open(newPool.vhost());
    }

    /** It goes with its client to the pool of the client's new secret. */
    void moveTo(Account newAccount, Pool newPool) {
        account.channels().onMoved(-slots);
        newAccount.channels().onMoved(slots);
        account = newAccount;
        pool = newPool;
    }

    /** How many of its pool had ended when it joined that. */
    long begunAfter() {
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

    void reserve(PoolMember client) {
        owner = client;
        client.own(this);
    }

    /** Whether what it told the broker of itself is right for this client. */
    boolean suits(PoolMember client) {
        ClientProperties said = session.introducedAs();
        if (client.needsOwnConnection()) {
            return said.equals(client.session().properties());
        }
        return said.equals(ClientProperties.NONE)
                || owner == client
                || said.equals(client.session().properties());
    }

    /** The client it was set aside for is gone. */
    void unreserve() {
        owner = null;
    }

    @Nullable
    PoolMember reservedFor() {
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

    private Pool home() {
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

    boolean isRetired() {
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
        if (blocked != null && leased() > owed.abandoned()) {
            return;
        }
        if (retired && leased() == owed.released() + owed.abandoned() && !isTied()) {
            session.close(why);
        }
    }

    boolean isOpening() {
        return session.isOpening();
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

    PendingFences owed() {
        return owed;
    }

    /** Waits no longer for closes whose answer the broker owes since this time; returns whether there were any. */
    boolean giveUpClosing(long since) {
        boolean any = owed.giveUpClosing(since);
        if (any) {
            closeIfDone("retired");
        }
        return any;
    }

    // Channels.

    private int limit() {
        return Math.min(settings().maxChannelsPerConnection(), channelMax());
    }

    /** What the broker agreed to; until it has done that here, what it agreed to before. */
    private int channelMax() {
        return session.isTuned() ? session.mostSlots() : account.mostSlots();
    }

    /** A channel to lend, or null where one has to be closed first. */
    @Nullable
    Slot takeChannel(LeaseHolder holder) {
        idle.closeAged(settings().maxChannelAge(), account.registry().loop().now);
        Slot channel = idle.take(holder);
        if (channel != null) {
            return channel;
        }
        if (mayOpenSlot(limit())) {
            return openSlot();
        }
        idle.closeUnfit();
        return null;
    }

    private Slot openSlot() {
        Slot opened = session.openSlot();
        slots++;
        account.channels().onOpened();
        return opened;
    }

    /** Channels that there are, until it has ended. */
    int slots() {
        return slots;
    }

    private boolean mayOpenSlot(int most) {
        return session.openSlots() < most && account.channels().room() > 0;
    }

    /** Closes a channel that nobody has; returns whether there was any. */
    boolean giveUpIdleChannel() {
        return session.isOpen() && idle.closeAny();
    }

    /** A channel to do something on that clients have nothing to do with, or null where there is no room for one. */
    @Nullable
    Slot takeSpareChannel() {
        if (mayOpenSlot(session.mostSlots())) {
            return openSlot();
        }
        return idle.takeAny();
    }

    @Override
    public @Nullable Slot takeSlotForFence() {
        if (retired || !mayOpenSlot(session.mostSlots())) {
            return null;
        }
        Slot channel = openSlot();
        owed.onReleased(channel);
        awaitAnswer();
        return channel;
    }

    /** The user lacks a right, perhaps since now. */
    void ageChannels() {
        idle.ageChannels(account.registry().loop().now);
    }

    /** Opens channels ahead. */
    void warmUp() {
        int wanted = Math.min(settings().warmChannels(), limit());
        while (idle() < wanted && mayOpenSlot(limit())) {
            idle.add(openSlot());
        }
    }

    /** When idle channels that nobody needs are looked for again. */
    long shrinkAt() {
        return idle.shrunkAt() + settings().idleTimeout();
    }

    /** Whether it has more idle channels than it keeps. */
    boolean mayShrink() {
        return idle() > settings().warmChannels();
    }

    /** Closes the idle channels that nobody needed since the last time, but for those that are kept warm. */
    void shrink() {
        idle.shrink(settings().warmChannels(), account.registry().loop().now);
    }

    @Override
    public Reason whyNotReuse(Slot channel) {
        PoolRegistry registry = account.registry();
        return reuse.whyNot(channel, registry.isFenceRefused(), retired, registry.loop());
    }

    int idle() {
        return idle.count();
    }

    // What the session tells.

    @Override
    public void onProved(NegotiatedLimits tune) {
        endpoint.onProved();
        account.onProved(this, tune);
    }

    @Override
    public void onOpened() {
        idleSince = account.registry().loop().now;
        idle.begin(idleSince);
        if (owner == null) {
            warmUp();
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
        idle.clear();
        owed.clear();
        account.onEnded(this, ending, wasOpen);
        if (pool != null) {
            pool.onEnded(this, ending, wasOpen);
        }
    }

    @Override
    public void onReleased(Slot channel, InboundSession client) {
        home().onReleased(this, channel, client);
        if (channel.state() == Slot.State.LEASED) {
            owed.onReleased(channel);
            awaitAnswer();
        } else if (owed.isGivenUp(channel)) {
            closeIfDone("retired");
        }
    }

    @Override
    public void onChannelIdle(Slot channel) {
        owed.onIdle(channel);
        if (retired) {
            channel.close();
        } else {
            idle.add(channel);
        }
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
        idle.remove(channel);
        owed.onClosing(channel);
        awaitAnswer();
    }

    private void awaitAnswer() {
        if (pool != null && !session.isOver()) {
            pool.awaitAnswer();
        }
    }

    @Override
    public void onChannelClosed(Slot channel) {
        owed.onClosed(channel);
        slots--;
        account.channels().onClosed();
        idle.remove(channel);
        onDone(channel);
        onFreed();
    }

    private void onFreed() {
        idleSince = account.registry().loop().now;
        closeIfDone("retired");
        if (pool != null) {
            pool.onFreed();
        }
    }

    @Override
    public void onRightMissing() {
        if (pool != null) {
            pool.all().forEach(Upstream::ageChannels);
        }
    }

    @Override
    public void onFenceRefused(CloseCause refusal) {
        account.registry().onFenceRefused(refusal);
    }

    @Override
    public void onFenceAnswered() {
        account.registry().onFenceAnswered();
    }

    @Override
    public boolean isFenceAnswered() {
        return account.registry().isFenceAnswered();
    }

    @Override
    public boolean isFenceRefused() {
        return account.registry().isFenceRefused();
    }

    @Override
    public void onSecretRefused(CloseCause refusal) {
        account.onSecretRefused(refusal);
        replace();
    }

    @Override
    public void onBlocked(@Nullable String why) {
        blocked = why;
        owed.onHeldBack(why != null, account.registry().loop().now);
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
        return isReserved() || (clients <= 1 && owed.isNothing() && !queues.areBeingDeleted());
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
        int room = Math.max(0, limit() - leased() - promised);
        int more = account.channels().room();
        return more < room ? Math.min(room, idle() + more) : room;
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
    public boolean open() {
        return session.isOpen();
    }

    @Override
    public long owner() {
        return owner == null ? 0 : owner.session().id();
    }

    @Override
    public int clients() {
        return clients;
    }

    @Override
    public int leased() {
        return session.openSlots() - idle();
    }

    @Override
    public int free() {
        return retired ? 0 : room();
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
