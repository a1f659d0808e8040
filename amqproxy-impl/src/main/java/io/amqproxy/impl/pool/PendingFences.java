package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.spi.Slot;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The channels of one upstream on which the broker owes an answer that no client waits for: to a fence, or to a close.
 * Neither is waited for without end.
 */
final class PendingFences {

    /** Released, in this order. Some are proved, or told to close, by now. */
    private final ArrayDeque<Slot> fencing = new ArrayDeque<>();
    /** Told to close and not answered yet, in the order in which they were told. */
    private final ArrayDeque<Slot> closing = new ArrayDeque<>();
    /** The broker did not answer their close in time. */
    private final Set<Slot> givenUp = new LinkedHashSet<>();

    private boolean heldBack;
    private long readAgainAt;

    PendingFences(long now) {
        this.readAgainAt = now;
    }

    void onReleased(Slot channel) {
        fencing.add(channel);
    }

    void onIdle(Slot channel) {
        fencing.remove(channel);
    }

    void onClosing(Slot channel) {
        closing.add(channel);
    }

    void onClosed(Slot channel) {
        closing.remove(channel);
        givenUp.remove(channel);
        fencing.remove(channel);
    }

    /** The broker holds the connection back, or reads it again. */
    void onHeldBack(boolean isHeldBack, long now) {
        heldBack = isHeldBack;
        readAgainAt = now;
    }

    boolean isHeldBack() {
        return heldBack;
    }

    void clear() {
        fencing.clear();
        closing.clear();
        givenUp.clear();
    }

    /** The channels on which something is owed now. */
    Set<Slot> outstanding() {
        Set<Slot> all = new LinkedHashSet<>(fencing);
        all.addAll(closing);
        all.addAll(givenUp);
        return all;
    }

    boolean isNothing() {
        return fencing.isEmpty() && closing.isEmpty();
    }

    /** Channels whose fence is not answered yet. */
    int fencing() {
        oldestFence();
        return fencing.size();
    }

    /** Channels that were released and are not idle yet. */
    int released() {
        return fencing.size();
    }

    /** Channels whose close is not answered yet. */
    int closing() {
        return closing.size();
    }

    /** When the oldest fence was sent that is not answered, 0 if there is none. */
    long oldestFence() {
        while (!fencing.isEmpty() && fencing.peek().state() != Slot.State.FENCING) {
            fencing.poll();
        }
        Slot oldest = fencing.peek();
        return oldest == null ? 0 : oldest.releasedAt();
    }

    /** Closes channels whose fence was not answered by the broker since this time. */
    void closeUnanswered(long since) {
        while (oldestFence() != 0 && oldestFence() - since <= 0) {
            fencing.remove().close();
        }
    }

    /**
     * Since when the broker owes the answer to the oldest close, 0 if it owes none. While it holds the connection back
     * it owes nothing: behind what it does not read there may be messages whose clients are gone.
     */
    long oldestClose() {
        Slot oldest = closing.peek();
        if (oldest == null || heldBack) {
            return 0;
        }
        return oldest.toldToCloseAt() - readAgainAt > 0 ? oldest.toldToCloseAt() : readAgainAt;
    }

    /**
     * Waits no longer for closes whose answer the broker owes since this time.
     *
     * @return whether there were any
     */
    boolean giveUpClosing(long since) {
        boolean any = false;
        while (oldestClose() != 0 && oldestClose() - since <= 0) {
            Slot channel = closing.remove();
            fencing.remove(channel);
            givenUp.add(channel);
            any = true;
        }
        return any;
    }

    /** Whether the broker owes an answer since this time, or longer, and does not hold the connection back. */
    boolean isOwedSince(long since) {
        return !heldBack && (isBy(oldestFence(), since) || isBy(oldestClose(), since));
    }

    private static boolean isBy(long time, long since) {
        return time != 0 && time - since <= 0;
    }

    boolean isGivenUp(Slot channel) {
        return givenUp.contains(channel);
    }

    /** Channels that nobody waits for, not even the pool. */
    int abandoned() {
        int abandoned = 0;
        for (Slot channel : givenUp) {
            abandoned += channel.hasClient() ? 0 : 1;
        }
        return abandoned;
    }
}
