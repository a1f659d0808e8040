package io.amqproxy.impl.net;

import java.util.concurrent.TimeUnit;

/** How long the turns of one loop take, from the first socket that was ready to the end. */
public final class TurnTimes {

    /** From here on a turn is slow: so long nobody else on the loop was served. */
    public static final long SLOW = TimeUnit.MILLISECONDS.toNanos(10);

    private static final long WINDOW = TimeUnit.MINUTES.toNanos(1);

    private long slow;
    private long longest;
    private long longestBefore;
    private long windowBegan;

    TurnTimes(long now) {
        windowBegan = now;
    }

    void add(long began, long ended) {
        rollTo(ended);
        long time = ended - began;
        if (time > longest) {
            longest = time;
        }
        if (time > SLOW) {
            slow++;
        }
    }

    private void rollTo(long now) {
        if (now - windowBegan >= WINDOW) {
            longestBefore = now - windowBegan < 2 * WINDOW ? longest : 0;
            longest = 0;
            windowBegan = now;
        }
    }

    /** {@return nanoseconds of the longest turn of the last one to two minutes} */
    public long longest(long now) {
        rollTo(now);
        return Math.max(longest, longestBefore);
    }

    /** {@return how many were slow, ever} */
    public long slow() {
        return slow;
    }
}
