package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Octets on a way that takes time, in order. Time is given, in nanoseconds, and compared by difference. */
final class Lane {

    private static final long MOST_HELD = 1024 * 1024;
    private static final int MOST_PARTS = 4096;
    private static final long SECOND = 1_000_000_000L;

    /** A slow way lets octets through about this often in a second. */
    private static final int PARTS_PER_SECOND = 20;

    /** @param due when these octets come out */
    private record Part(int octets, long due) {}

    private final Deque<Part> parts = new ArrayDeque<>();
    private ByteQueue held;
    private byte[] moving = new byte[0];
    /** When the way is free for more, and when the last octets come out; they count where there are any. */
    private long free;

    private long lastDue;

    Lane(ChunkPool chunks) {
        this.held = new ByteQueue(chunks);
    }

    /** Whether no more is to be put, which keeps a bound. */
    boolean isFull() {
        return held.size() >= MOST_HELD || parts.size() >= MOST_PARTS;
    }

    boolean isEmpty() {
        return held.isEmpty();
    }

    long heldBytes() {
        return held.heldBytes();
    }

    /**
     * Puts the octets between these absolute offsets on the way.
     *
     * @param delay nanoseconds that they take
     * @param rate octets in a second, 0 for any number
     */
    void put(ByteBuffer bytes, int from, int to, long now, long delay, long rate) {
        if (from == to) {
            return;
        }
        held.append(bytes, from, to);
        int most = rate == 0 ? to - from : (int) Math.max(1, Math.min(rate / PARTS_PER_SECOND, to - from));
        for (int at = from; at < to; at += most) {
            int octets = Math.min(most, to - at);
            if (parts.isEmpty() || free - now < 0) {
                free = now;
            }
            free += rate == 0 ? 0 : octets * SECOND / rate;
            long due = free + delay;
            lastDue = parts.isEmpty() || due - lastDue > 0 ? due : lastDue;
            parts.addLast(new Part(octets, lastDue));
        }
    }

    /** Takes out what has come through by now; returns how many octets. */
    int release(ByteBuffer target, int most, long now) {
        int count = due(Math.min(most, target.remaining()), now);
        int limit = target.limit();
        held.drainTo(target.limit(target.position() + count));
        target.limit(limit);
        return count;
    }

    /** The same for as much as has come through. */
    void release(ByteQueue to, long now) {
        held.moveFirst(due(Integer.MAX_VALUE, now), to);
    }

    private int due(int most, long now) {
        int count = 0;
        while (!parts.isEmpty() && parts.getFirst().due() - now <= 0 && count < most) {
            Part first = parts.removeFirst();
            int taken = Math.min(first.octets(), most - count);
            if (taken < first.octets()) {
                parts.addFirst(new Part(first.octets() - taken, first.due()));
            }
            count += taken;
        }
        return count;
    }

    /** The way takes no time any more, for what is on it too. */
    void hurry(long now) {
        parts.clear();
        if (!held.isEmpty()) {
            parts.add(new Part(Math.toIntExact(held.size()), now));
        }
    }

    /** {@return when the next octets come through, or null where there are none} */
    @Nullable
    Long nextDue() {
        return parts.isEmpty() ? null : Long.valueOf(parts.getFirst().due());
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
