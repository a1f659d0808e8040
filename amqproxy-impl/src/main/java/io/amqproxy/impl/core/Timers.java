package io.amqproxy.impl.core;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Deadlines of one loop, as a binary heap whose entries know their place, so that moving one costs no search. Time is
 * given in nanoseconds of whatever clock the loop has, compared by difference as {@link System#nanoTime} asks for.
 */
public final class Timers {

    /** What is told when its time has come. */
    public interface Timed {
        void onTime();

        /** What {@link #onTime} threw: a bug, which must cost its owner only. */
        void onFault(RuntimeException fault);
    }

    /** One deadline; it belongs to one {@link Timers} at a time. What there are many of is one, others have one. */
    public abstract static class Entry implements Timed {
        private long deadline;
        private int place = -1;
    }

    /** A deadline of somebody who has it as a part. */
    public static final class Timer extends Entry {
        private final Timed owner;

        public Timer(Timed owner) {
            this.owner = owner;
        }

        public boolean isSet() {
            return Timers.isSet(this);
        }

        @Override
        public void onTime() {
            owner.onTime();
        }

        @Override
        public void onFault(RuntimeException fault) {
            owner.onFault(fault);
        }
    }

    private Entry[] heap = new Entry[64];
    private int count;
    private Consumer<Throwable> onCaught = fault -> {};

    /** Told first of what an owner has thrown. */
    public void onCaught(Consumer<Throwable> witness) {
        onCaught = witness;
    }

    public static boolean isSet(Entry timer) {
        return timer.place >= 0;
    }

    /** Sets or moves a deadline. */
    public void set(Entry timer, long deadline) {
        timer.deadline = deadline;
        if (timer.place < 0) {
            if (count == heap.length) {
                heap = Arrays.copyOf(heap, 2 * count);
            }
            put(timer, count++);
        }
        up(timer);
        down(timer);
    }

    /** Sets a deadline that the timer has not, or has later. */
    public void advance(Entry timer, long deadline) {
        if (!isSet(timer) || deadline - timer.deadline < 0) {
            set(timer, deadline);
        }
    }

    public void cancel(Entry timer) {
        int place = timer.place;
        if (place < 0) {
            return;
        }
        timer.place = -1;
        Entry last = heap[--count];
        heap[count] = null;
        if (last != timer) {
            put(last, place);
            up(last);
            down(last);
        }
    }

    /** Nanoseconds until the first deadline, 0 if it has passed, -1 if there is none. */
    public long untilNext(long now) {
        return count == 0 ? -1 : Math.max(0, heap[0].deadline - now);
    }

    /** Tells all whose deadline has passed. */
    public void fire(long now) {
        // A timer that is set anew to a time that has passed waits for the next turn, so that it cannot keep the loop
        // for ever.
        for (int most = count; most > 0 && count > 0 && heap[0].deadline - now <= 0; most--) {
            Entry timer = heap[0];
            cancel(timer);
            try {
                timer.onTime();
            } catch (RuntimeException | Error fault) {
                onCaught.accept(fault);
                timer.onFault(UncaughtErrors.of(fault));
            }
        }
    }

    private void put(Entry timer, int place) {
        heap[place] = timer;
        timer.place = place;
    }

    private void up(Entry timer) {
        while (timer.place > 0) {
            Entry parent = heap[(timer.place - 1) / 2];
            if (parent.deadline - timer.deadline <= 0) {
                return;
            }
            swap(parent, timer);
        }
    }

    private void down(Entry timer) {
        while (true) {
            int child = 2 * timer.place + 1;
            if (child >= count) {
                return;
            }
            if (child + 1 < count && heap[child + 1].deadline - heap[child].deadline < 0) {
                child++;
            }
            if (timer.deadline - heap[child].deadline <= 0) {
                return;
            }
            swap(timer, heap[child]);
        }
    }

    /** The first is the parent of the second. */
    private void swap(Entry parent, Entry child) {
        int place = parent.place;
        put(parent, child.place);
        put(child, place);
    }
}
