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

    /** How long it may while there is hardly any memory for anybody, or when others have waited for it that long. */
    private static final long STUCK_IN_NEED = TimeUnit.SECONDS.toNanos(2);

    /** How long a client waits for memory with a part of a message, if it is not for one that is held up. */
    private static final long WAITED = TimeUnit.SECONDS.toNanos(20);

    /** How often it is looked for messages that do, while others wait. */
    public static final long LOOK = TimeUnit.SECONDS.toNanos(2);

    /** How long it may where its client waits for the pool, the broker or its user's rate. */
    public static final long HELD_UP = TimeUnit.SECONDS.toNanos(60);

    /** Octets by which the oldest has to go on in that time, if it is not complete sooner. */
    public static final int LEAST = 1024 * 1024;

    private static final long FREE = 64 * 1024;
    private static final int FREE_SHARE = 128;

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
    private long awaitedSince;
    /** When the oldest was last seen to be held up. */
    private long heldUpAt;

    private long octets;

    /** Others begin to wait; nobody was the oldest while they did. */
    public void begin(long now) {
        awaitedSince = now;
        heldUpAt = now;
        oldest = null;
    }

    /** The message is complete or dropped. */
    public void end(Object message) {
        if (message == oldest) {
            oldest = null;
        }
    }

    /**
     * How much of one client waits for nobody, as long as there is memory: what others have sent in part is not to hold
     * up who sends a message of usual size in two pieces.
     *
     * @param most what there may be of all clients
     */
    public static long free(long most) {
        return Math.min(FREE, most / FREE_SHARE);
    }

    /** What others wait for belongs to this client. */
    public void onLook(long now, Sender first) {
        heldUpAt = first.isHeldUp() ? now : heldUpAt;
    }

    /** Whether a message that last grew then has stood still for too long. */
    public boolean isStuck(LoopContext loop, long grownAt, Sender sender) {
        long now = loop.now;
        boolean isNeeded = loop.chunks.isNearlyFull() || now - awaitedSince >= STUCK;
        long patience = isNeeded ? STUCK_IN_NEED : STUCK;
        if (sender.isForMemory()) {
            return now - Math.max(heldUpAt, Math.max(grownAt, sender.memoryAt())) >= WAITED;
        }
        long free = now - Math.max(grownAt, sender.resumedAt());
        long all = now - Math.max(grownAt, sender.memoryAt());
        return all >= HELD_UP || (free >= patience && !sender.isHeldUp());
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
