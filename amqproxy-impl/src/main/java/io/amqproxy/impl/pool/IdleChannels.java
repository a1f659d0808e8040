package io.amqproxy.impl.pool;

import io.amqproxy.impl.session.UpstreamChannel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The channels of one upstream that wait for a lease. Those in confirm mode, which they cannot leave, are for clients
 * that want it; what was used last is used first, so that channels nobody needs stand out.
 */
final class IdleChannels {

    private final ArrayDeque<UpstreamChannel> plain = new ArrayDeque<>();
    private final ArrayDeque<UpstreamChannel> confirming = new ArrayDeque<>();
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
        return plain.size() + confirming.size();
    }

    void add(UpstreamChannel channel) {
        (channel.isConfirming() ? confirming : plain).addLast(channel);
    }

    void remove(UpstreamChannel channel) {
        plain.remove(channel);
        confirming.remove(channel);
    }

    void clear() {
        plain.clear();
        confirming.clear();
    }

    /**
     * Whether a channel has served for so long, or since the broker refused a right: RabbitMQ remembers rights in it.
     */
    boolean isAged(UpstreamChannel channel, long age, long now) {
        return channel.hasServedSince(rightsMissedAt) || (age > 0 && channel.hasServedSince(now - age));
    }

    /** Whatever has served up to this time remembers rights that may be gone. */
    void ageChannels(long now) {
        rightsMissedAt = now;
    }

    /** Closes those that would be lent next, as far as they are too old. */
    void closeAged(long age, long now) {
        closeAged(plain, age, now);
        closeAged(confirming, age, now);
    }

    private void closeAged(ArrayDeque<UpstreamChannel> channels, long age, long now) {
        for (UpstreamChannel last = channels.peekLast();
                last != null && isAged(last, age, now);
                last = channels.peekLast()) {
            channels.removeLast().close();
        }
    }

    /** One to lend, or null where none fits. */
    @Nullable
    UpstreamChannel take(boolean toConfirm) {
        UpstreamChannel channel = toConfirm ? confirming.pollLast() : null;
        if (channel == null) {
            channel = plain.pollLast();
        }
        unneeded = Math.min(unneeded, count());
        return channel;
    }

    /** Closes one that does not fit, where that makes room for another one. */
    void closeUnfit() {
        UpstreamChannel unfit = confirming.poll();
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
            UpstreamChannel oldest = confirming.isEmpty() ? plain.poll() : confirming.poll();
            if (oldest != null) {
                oldest.close();
            }
        }
        unneeded = count();
        shrunkAt = now;
    }
}
