package io.amqproxy.impl.amqp091.client;

import java.util.concurrent.TimeUnit;

/**
 * What is left of a connection after a close that was forced upon a client. A client that reads answers it. One that
 * only writes, as scripts do that publish without confirms, is told by a reset alone: before that its writes succeed,
 * and go nowhere. So it is reset when it could have answered: after the shortest round trip that was seen with it.
 * Others have twice as long, and are reset only if they go on instead. What has arrived before a reset can still be
 * read.
 *
 * <p>RabbitMQ ends all of its connections by a reset (its listeners linger for 0 s).
 */
final class ForcedClose {

    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);

    private final ClientSession session;
    private final long patience;
    private boolean isReset;
    private boolean told;
    private long until;

    /** @param isOffence whether the client has caused it, who then gets to read of that whenever it likes */
    ForcedClose(ClientSession session, boolean isOffence) {
        this.session = session;
        long roundTrip = Math.min(session.profile().roundTrip(), LONGEST / 2);
        isReset = !isOffence && session.channels().areWrittenBlindly();
        patience = Math.max(SHORTEST, isReset ? roundTrip : 2 * roundTrip);
    }

    /** Something has left; the close is the last of it. */
    void onSent(boolean all) {
        if (all && !told) {
            told = true;
            until = session.loop().now + patience;
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
            session.resetAt(until);
        }
    }
}
