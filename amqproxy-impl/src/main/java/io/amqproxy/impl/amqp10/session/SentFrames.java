package io.amqproxy.impl.amqp10.session;

/**
 * What clients have said on one session, by its positions among all that was written to the broker on the connection,
 * and how much of it outcomes prove to be handled. An outcome proves all that was written up to its delivery; of the
 * deliveries that have none the oldest and the newest are kept in mind, so that the last outcome proves all.
 */
final class SentFrames {

    private final HandledFrames handled;
    /** Where the last frame of a client was. */
    private long at;

    private boolean isAsking;
    private int oldest;
    private long oldestAt;
    private int newest;
    private long newestAt;

    SentFrames(HandledFrames handled) {
        this.handled = handled;
    }

    /** A frame of the client is written. */
    void say() {
        at = handled.say();
    }

    /** The position of the last frame. */
    long at() {
        return at;
    }

    /** This delivery, which is to have an outcome, was written as a whole with the last frame. */
    void ask(int delivery) {
        if (!isAsking) {
            isAsking = true;
            oldest = delivery;
            oldestAt = at;
        }
        newest = delivery;
        newestAt = at;
    }

    /** The broker says what becomes of deliveries up to this one. */
    void onOutcome(int delivery) {
        if (!isAsking || delivery - oldest < 0) {
            return;
        }
        if (delivery - newest >= 0) {
            isAsking = false;
            handled.onAnswered(newestAt);
            return;
        }
        handled.onAnswered(oldestAt);
        oldest = newest;
        oldestAt = newestAt;
    }

    /** The broker has answered the end, behind which nothing was said. */
    void onEnd() {
        handled.onAnswered(at);
    }

    /** Whether the broker has handled all that clients have said. */
    boolean isHandled() {
        return handled.isHandled(at);
    }
}
