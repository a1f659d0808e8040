package io.amqproxy.impl.amqp10.session;

/**
 * Whether the broker has handled all that was sent settled on a session, of which it says nothing. It handles a
 * session's frames in order; so the answer to the attach and detach of a link that nobody uses proves what was sent
 * before (RabbitMQ 4, Qpid Broker-J).
 */
final class Barrier {

    private boolean unproved;
    private int asked;

    void onSettledSent() {
        unproved = true;
    }

    void onAsked() {
        asked++;
        unproved = false;
    }

    void onAnswered() {
        asked--;
    }

    /** Whether something was sent for which no barrier was asked. */
    boolean isNeeded() {
        return unproved;
    }

    boolean isProved() {
        return !unproved && asked == 0;
    }
}
