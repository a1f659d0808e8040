package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The channels of one upstream that wait for a lease. Those in confirm mode, which they cannot leave, are for clients
 * that want it; what was used last is used first, so that channels nobody needs stand out.
 */
final class IdleChannels {

    private final ArrayDeque<Slot> plain = new ArrayDeque<>();
    private final ArrayDeque<Slot> prepared = new ArrayDeque<>();
    /** The fewest that were here at once since the last {@link #shrink}: as many were not needed. */
    private int unneeded;

    private long shrunkAt;
    /** Channels that have served since then, or before, serve nobody else. */
    private long rightsMissedAt;

    /** The upstream is open: what nobody needs is looked for from now on. */
    void begin(long now) {
        shrunkAt = now;
    }

    int count() {
        return plain.size() + prepared.size();
    }

    void add(Slot channel) {
        (channel.isPrepared() ? prepared : plain).addLast(channel);
    }

    void remove(Slot channel) {
        plain.remove(channel);
        prepared.remove(channel);
    }

    void clear() {
        plain.clear();
        prepared.clear();
    }

    /**
     * Whether a channel has served for so long, or since the broker refused a right: RabbitMQ remembers rights in it.
     */
    boolean isAged(Slot channel, long age, long now) {
        return channel.hasServedSince(rightsMissedAt) || (age > 0 && channel.hasServedSince(now - age));
    }

    /** Whatever has served up to this time remembers rights that may be gone. */
    void ageChannels(long now) {
        rightsMissedAt = now;
    }

    /** Closes those that would be lent next, as far as they are too old. */
    void closeAged(long age, long now) {
        closeAged(plain, age, now);
        closeAged(prepared, age, now);
    }

    private void closeAged(ArrayDeque<Slot> channels, long age, long now) {
        for (Slot last = channels.peekLast(); last != null && isAged(last, age, now); last = channels.peekLast()) {
            channels.removeLast().close();
        }
    }

    /** One to lend, or null where none fits. */
    @Nullable
    Slot take(LeaseHolder holder) {
        Slot channel = holder.wantsPrepared() ? takePrepared(holder) : null;
        if (channel == null) {
            channel = plain.pollLast();
        }
        unneeded = Math.min(unneeded, count());
        return channel;
    }

    private @Nullable Slot takePrepared(LeaseHolder holder) {
        for (Iterator<Slot> newestFirst = prepared.descendingIterator(); newestFirst.hasNext(); ) {
            Slot slot = newestFirst.next();
            if (holder.wants(slot)) {
                newestFirst.remove();
                return slot;
            }
        }
        return null;
    }

    /** Any of them, or null. */
    @Nullable
    Slot takeAny() {
        Slot slot = prepared.pollLast();
        return slot == null ? plain.pollLast() : slot;
    }

    /**
     * Closes one.
     *
     * @return whether there was any
     */
    boolean closeAny() {
        Slot oldest = prepared.isEmpty() ? plain.poll() : prepared.poll();
        if (oldest != null) {
            oldest.close();
        }
        return oldest != null;
    }

    /** Closes one that does not fit, where that makes room for another one. */
    void closeUnfit() {
        Slot unfit = prepared.poll();
        if (unfit != null) {
            unfit.close();
        }
    }

    /** When {@link #shrink} was done last. */
    long shrunkAt() {
        return shrunkAt;
    }

    /** Closes those that nobody needed since the last time, but for so many. */
    void shrink(int kept, long now) {
        for (int surplus = Math.min(unneeded, count() - kept); surplus > 0; surplus--) {
            closeAny();
        }
        unneeded = count();
        shrunkAt = now;
    }
}
