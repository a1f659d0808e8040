package io.amqproxy.impl.pool;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import org.jspecify.annotations.Nullable;

/**
 * The channels of one upstream: how many there may be, which of them are lent next, on which the broker owes an answer.
 */
final class UpstreamSlots {

    /** What the account lets its upstreams have. */
    interface Allowance {

        /** The channels of all of them. */
        AccountChannels channels();

        /** How many channels the broker lets a connection have, as far as known. */
        int mostSlots();
    }

    private final LoopContext loop;
    private final UpstreamConnection session;
    private Allowance account;
    private final IdleChannels idle = new IdleChannels();
    private final PendingFences owed;
    private final ReuseRules reuse;
    private final OpeningSlots opening = new OpeningSlots();
    /** Those that there are, as the account counts them. */
    private int present;

    UpstreamSlots(LoopContext loop, UpstreamConnection session, Allowance account) {
        this.loop = loop;
        this.session = session;
        this.account = account;
        this.owed = new PendingFences(loop.now);
        this.reuse = new ReuseRules(idle, owed);
        idle.ageChannels(loop.now - 1);
    }

    /** On which the broker owes an answer that no client waits for. */
    PendingFences owed() {
        return owed;
    }

    /** They are counted by another account from now on. */
    void moveTo(Allowance newAccount) {
        account.channels().onMoved(-present);
        newAccount.channels().onMoved(present);
        account = newAccount;
    }

    /** The upstream is open. */
    void begin(long now) {
        idle.begin(now);
    }

    /** The upstream has ended. */
    void clear() {
        idle.clear();
        owed.clear();
        opening.clear();
    }

    // How many.

    private Settings settings() {
        return loop.settings;
    }

    private int limit() {
        return Math.min(settings().maxChannelsPerConnection(), channelMax());
    }

    /** What the broker agreed to; until it has done that here, what it agreed to before. */
    private int channelMax() {
        return session.isTuned() ? session.mostSlots() : account.mostSlots();
    }

    private boolean mayOpen(int most) {
        return session.openSlots() < most && account.channels().mayOpen();
    }

    /** Those that there are, until the upstream has ended. */
    int present() {
        return present;
    }

    int idle() {
        return idle.count();
    }

    int leased() {
        return session.openSlots() - idle();
    }

    /** How many may be lent yet, where so many of them are promised. */
    int room(int promised) {
        int room = Math.max(0, limit() - leased() - promised);
        int more = account.channels().room();
        return more < room ? Math.min(room, idle() + more) : room;
    }

    // Lending.

    /** One to lend, or null where one has to be closed first, or the broker opens many already. */
    @Nullable
    Slot take(LeaseHolder holder) {
        idle.closeAged(settings().maxChannelAge(), loop.now);
        Slot channel = idle.take(holder);
        if (channel != null) {
            return channel;
        }
        if (!mayOpen(limit())) {
            idle.closeUnfit();
            return null;
        }
        return session.tellsOfOpening() ? openInTurn(holder.session()) : open();
    }

    private @Nullable Slot openInTurn(InboundSession client) {
        if (!opening.mayOpen(client)) {
            return null;
        }
        Slot opened = open();
        opening.onOpening(opened, client, loop.now);
        return opened;
    }

    /**
     * The broker has opened it.
     *
     * @return whether somebody waits for that
     */
    boolean onOpened(Slot channel) {
        return opening.onOpened(channel, loop.now);
    }

    private Slot open() {
        Slot opened = session.openSlot();
        present++;
        account.channels().onOpened();
        return opened;
    }

    /** One to do something on that clients have nothing to do with, or null where there is no room for one. */
    @Nullable
    Slot takeSpare() {
        if (mayOpen(session.mostSlots())) {
            return open();
        }
        return idle.takeAny();
    }

    /** One that no client has, to ask for the first fence on, or null where there is no room for one. */
    @Nullable
    Slot takeForFence() {
        if (!mayOpen(session.mostSlots())) {
            return null;
        }
        Slot channel = open();
        owed.onReleased(channel);
        return channel;
    }

    /** {@code CLEAN} where it may serve again after its fence, otherwise why not. */
    Reason whyNotReuse(Slot channel, boolean isFenceRefused, boolean isRetired) {
        return reuse.whyNot(channel, isFenceRefused, isRetired, loop);
    }

    /** Its fence is answered. */
    void onIdle(Slot channel, boolean isRetired) {
        owed.onIdle(channel);
        if (isRetired) {
            channel.close();
        } else {
            idle.add(channel);
        }
    }

    /** The broker was told to close it. */
    void onClosing(Slot channel) {
        idle.remove(channel);
        owed.onClosing(channel);
    }

    /** Its number is free. */
    void onClosed(Slot channel) {
        owed.onClosed(channel);
        opening.onGone(channel);
        present--;
        account.channels().onClosed();
        idle.remove(channel);
    }

    // Those that nobody uses.

    /** Opens some ahead. */
    void warmUp() {
        int wanted = Math.min(settings().warmChannels(), limit());
        while (idle() < wanted && mayOpen(limit())) {
            idle.add(open());
        }
    }

    /** The user lacks a right, perhaps since now. */
    void age() {
        idle.ageChannels(loop.now);
    }

    /**
     * Closes one that nobody has.
     *
     * @return whether there was any
     */
    boolean giveUpIdle() {
        return session.isOpen() && idle.closeAny();
    }

    /** When idle ones that nobody needs are looked for again. */
    long shrinkAt() {
        return idle.shrunkAt() + settings().idleTimeout();
    }

    /** Whether there are more idle ones than are kept. */
    boolean mayShrink() {
        return idle() > settings().warmChannels();
    }

    /** Closes the idle ones that nobody needed since the last time, but for those that are kept warm. */
    void shrink() {
        idle.shrink(settings().warmChannels(), loop.now);
    }
}
