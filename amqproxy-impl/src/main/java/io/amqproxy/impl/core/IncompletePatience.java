package io.amqproxy.impl.core;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a message of which a part has come may hold up others that wait for its memory. It must not stand still, and
 * the oldest, which goes on while the others wait, must go on fast enough. It is the same for all protocols. Times are
 * nanoseconds, and compared by difference.
 */
public final class IncompletePatience {

    /** How long a message may stand still. */
    public static final long STUCK = TimeUnit.SECONDS.toNanos(10);

    /** How long it may where its client waits for the pool, the broker or its user's rate. */
    public static final long HELD_UP = TimeUnit.SECONDS.toNanos(60);

    /** Octets by which the oldest has to go on in that time, if it is not complete sooner. */
    public static final int LEAST = 1024 * 1024;

    /** What is known of the client of a message. */
    public interface Sender {

        /** Whether it waits for memory, and so for others. */
        boolean isForMemory();

        /** Whether it waits for the pool, the broker or its user's rate. */
        boolean isHeldUp();

        /** When it was last let go on after it had waited for memory. */
        long memoryAt();

        /** When it was last let go on after it had waited for anything that is not its own doing. */
        long resumedAt();
    }

    private @Nullable Object oldest;
    private long since;
    private long octets;

    /** Nobody was the oldest while others waited. */
    public void begin() {
        oldest = null;
    }

    /** The message is complete or dropped. */
    public void end(Object message) {
        if (message == oldest) {
            oldest = null;
        }
    }

    /** Whether a message that last grew then has stood still for too long. */
    public static boolean isStuck(long now, long grownAt, Sender sender) {
        if (sender.isForMemory()) {
            return false; // It waits for others.
        }
        long free = now - Math.max(grownAt, sender.resumedAt());
        long all = now - Math.max(grownAt, sender.memoryAt());
        return all >= HELD_UP || (free >= STUCK && !sender.isHeldUp());
    }

    /**
     * Whether the oldest message, of which so much has come, goes on too slowly; to be asked again and again while
     * others wait.
     */
    public boolean isSlow(long now, Object message, long come, Sender sender) {
        if (message != oldest || come - octets >= LEAST) {
            oldest = message;
            since = now;
            octets = come;
            return false;
        }
        return now - since >= (sender.isHeldUp() ? HELD_UP : STUCK);
    }
}
