package io.amqproxy.impl.amqp091.client;

import org.jspecify.annotations.Nullable;

/**
 * What the proxy itself refuses takes its place in the order of answers: behind all that the broker has to say of what
 * the client has sent before, as a broker handles a channel in order, and ends a connection behind its channels. A
 * message that the broker has taken from a queue for this client would be lost otherwise.
 *
 * <p>Meanwhile the client is not read, for {@code acquireTimeout} at the most.
 */
final class HeldRefusal {

    /** Whoever is not read while a refusal is held. */
    interface Client {
        boolean isOpen();

        void setWaitingForLastWord(boolean waiting);
    }

    /** A channel, or all of them. */
    interface Answers {

        /** Whether the broker may have something to say before what the proxy says now; that is asked for. */
        boolean askForLastWord();

        /** Whether the broker has not said it yet. */
        boolean awaitsLastWord();
    }

    private final Client client;
    private @Nullable Answers awaited;
    private @Nullable Runnable words;

    HeldRefusal(Client client) {
        this.client = client;
    }

    /** Says it, now or when the broker has nothing more to say before. */
    void say(Answers before, Runnable toSay) {
        if (client.isOpen() && before.askForLastWord()) {
            awaited = before;
            words = toSay;
            client.setWaitingForLastWord(true);
        } else {
            toSay.run();
        }
    }

    boolean isHeld() {
        return words != null;
    }

    /** The broker has nothing more to say on a channel. */
    void onLastWord() {
        if (awaited != null && !awaited.awaitsLastWord()) {
            sayNow();
        }
    }

    void sayNow() {
        Runnable ready = words;
        forget();
        if (ready != null) {
            client.setWaitingForLastWord(false);
            ready.run();
        }
    }

    void forget() {
        awaited = null;
        words = null;
    }
}
