package io.amqproxy.impl.amqp10.session;

/**
 * How much of what clients have said on one connection the broker has handled for certain, by position. It reads a
 * connection in order, so its answer proves what was said up to the question; of much of what is said it says nothing.
 */
public final class HandledFrames {

    private long said;
    private long handled;

    /** {@return the position of what is said now} */
    long say() {
        return ++said;
    }

    /** The broker has answered what was said at this position. */
    void onAnswered(long position) {
        handled = Math.max(handled, position);
    }

    boolean isHandled(long position) {
        return position <= handled;
    }
}
