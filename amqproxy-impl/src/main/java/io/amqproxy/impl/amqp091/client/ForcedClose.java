package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.core.LoopContext;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * What is left of a connection after a close that was forced upon a client. A client that reads answers it. One that
 * only writes, as scripts do that publish without confirms, is told by a reset alone: before that its writes succeed,
 * and go nowhere. So it is reset when it could have answered: after the shortest round trip that was seen with it.
 * Others come to read it by themselves, and are reset only if they go on after a second: their answer must not fail.
 * What has arrived before a reset can still be read.
 *
 * <p>RabbitMQ ends all of its connections by a reset (its listeners linger for 0 s).
 */
final class ForcedClose {

    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long TIME_TO_READ = TimeUnit.SECONDS.toNanos(1);

    private final LoopContext loop;
    private final LongConsumer resetAt;
    private final long patience;
    private boolean isReset;
    private boolean told;
    private long until;

    /**
     * @param shortest round trip that was seen with the client, in nanoseconds
     * @param onlyWrites whether the client does not read, for all that can be told, so that it is reset in any case;
     *     one that has caused the close itself gets to read of that whenever it likes
     * @param resetAt resets the connection at that time of the loop
     */
    ForcedClose(LoopContext loop, long shortest, boolean onlyWrites, LongConsumer resetAt) {
        this.loop = loop;
        this.resetAt = resetAt;
        isReset = onlyWrites;
        patience = onlyWrites ? Math.min(Math.max(SHORTEST, shortest), LONGEST) : TIME_TO_READ;
    }

    /** Something has left; the close is the last of it. */
    void onSent(boolean all) {
        if (all && !told) {
            told = true;
            until = loop.now + patience;
            schedule();
        }
    }

    /** The client goes on, as if it had not been told. */
    void onMore() {
        isReset = true;
        schedule();
    }

    private void schedule() {
        if (told && isReset) {
            resetAt.accept(until);
        }
    }
}
