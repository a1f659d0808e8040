package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.impl.net.LinkFaults.Shaping;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Octets on a way that takes time, in order. Time is given, in nanoseconds, and compared by difference. */
final class DelayLine {

    /** Octets that may be on the way; what one {@link #put} brings may come on top. */
    static final int MOST_HELD = 1024 * 1024;

    private static final int MOST_PARTS = 4096;
    /** What a part takes besides its octets. */
    private static final int SUBSTANCE = 96;

    private static final long SECOND = 1_000_000_000L;

    /** A slow way lets octets through about this often in a second. */
    private static final int GRAINS_PER_SECOND = 20;

    /** What was put at once: how it is held up, by which faults, and when the way was free for the rest of it. */
    private static final class Part {
        final long put;
        final @Nullable Shaping delayedBy;
        final @Nullable Shaping narrowedBy;
        int octets;
        long delay;
        long rate;
        long start;

        Part(int octets, long now, @Nullable Shaping delay, @Nullable Shaping rate) {
            this.octets = octets;
            this.put = now;
            this.delayedBy = delay;
            this.narrowedBy = rate;
            this.delay = delay == null ? 0 : delay.draw();
            this.rate = rate == null ? 0 : rate.draw();
        }

        /**
         * Begins when the way is free.
         *
         * @return when it is free for what is behind
         */
        long startAt(long free) {
            start = free - put > 0 ? free : put;
            return start + cost(octets);
        }

        /** Faults that are revoked hold it up no more. */
        void relieve() {
            delay = delayedBy == null || delayedBy.isRevoked() ? 0 : delay;
            rate = narrowedBy == null || narrowedBy.isRevoked() ? 0 : rate;
        }

        /** {@return how many octets come out at once} */
        int grain() {
            return rate == 0 ? octets : (int) Math.max(1, Math.min(rate / GRAINS_PER_SECOND, octets));
        }

        long cost(int count) {
            return rate == 0 ? 0 : count * SECOND / rate;
        }

        long due() {
            return start + cost(grain()) + delay;
        }

        void take(int count) {
            start += cost(count);
            octets -= count;
        }
    }

    private final Deque<Part> parts = new ArrayDeque<>();
    private ByteQueue held;
    private byte[] moving = new byte[0];
    /** When the way is free for more; it counts where there is something on it. */
    private long free;

    DelayLine(ChunkPool chunks) {
        this.held = new ByteQueue(chunks);
    }

    /** {@return how many octets may be put, which keeps a bound} */
    int room() {
        return parts.size() >= MOST_PARTS ? 0 : (int) Math.max(0, MOST_HELD - held.size());
    }

    boolean isFull() {
        return room() == 0;
    }

    boolean isEmpty() {
        return held.isEmpty();
    }

    long heldBytes() {
        return held.heldBytes() + bytesBeside();
    }

    /** {@return about the memory that it takes besides chunks of the loop's} */
    long bytesBeside() {
        return (long) parts.size() * SUBSTANCE;
    }

    /**
     * Puts the octets between these absolute offsets on the way.
     *
     * @param delay says how many nanoseconds they take, null for none
     * @param rate says how many octets go through in a second, null for any number
     */
    void put(ByteBuffer bytes, int from, int to, long now, @Nullable Shaping delay, @Nullable Shaping rate) {
        if (from == to) {
            return;
        }
        held.append(bytes, from, to);
        Part part = new Part(to - from, now, delay, rate);
        free = part.startAt(parts.isEmpty() ? now : free);
        parts.addLast(part);
    }

    /** Faults were revoked: what they held up on its way is so no more. */
    void reshape() {
        Part first = parts.peekFirst();
        long next = first == null ? 0 : first.start;
        for (Part part : parts) {
            part.relieve();
            next = part.startAt(next);
        }
        free = next;
    }

    /**
     * Takes out what has come through by now.
     *
     * @return how many octets
     */
    int release(ByteBuffer target, int most, long now) {
        int count = due(Math.min(most, target.remaining()), now);
        int limit = target.limit();
        held.drainTo(target.limit(target.position() + count));
        target.limit(limit);
        return count;
    }

    /** The same for up to so many octets. */
    void release(ByteQueue to, int most, long now) {
        held.moveFirst(due(most, now), to);
    }

    private int due(int most, long now) {
        int count = 0;
        for (Part first = parts.peekFirst();
                first != null && first.due() - now <= 0 && count < most;
                first = parts.peekFirst()) {
            int taken = Math.min(first.grain(), most - count);
            first.take(taken);
            if (first.octets == 0) {
                parts.removeFirst();
            }
            count += taken;
        }
        return count;
    }

    /** The way takes no time any more, for what is on it. */
    void hurry(long now) {
        parts.clear();
        if (!held.isEmpty()) {
            Part all = new Part(Math.toIntExact(held.size()), now, null, null);
            free = all.startAt(now);
            parts.add(all);
        }
    }

    /** {@return when the next octets come through, or null where there are none} */
    @Nullable
    Long nextDue() {
        Part first = parts.peekFirst();
        return first == null ? null : Long.valueOf(first.due());
    }

    void clear() {
        parts.clear();
        held.clear();
    }

    /** Leaves the loop that its memory is of. */
    void leave() {
        moving = held.toArray();
    }

    /** Goes on with the memory of another loop. */
    void enter(ChunkPool chunks) {
        held = new ByteQueue(chunks);
        held.append(ByteBuffer.wrap(moving), 0, moving.length);
        moving = new byte[0];
    }
}
