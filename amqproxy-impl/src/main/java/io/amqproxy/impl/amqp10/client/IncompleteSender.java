package io.amqproxy.impl.amqp10.client;

import org.jspecify.annotations.Nullable;

/** A link on which a client sends a delivery in parts, while it does. */
abstract class IncompleteSender {

    private final ClientShare share;
    /** When what has come last became more. */
    private long grownAt;

    // Its neighbours in IncompleteSenders.
    @Nullable
    IncompleteSender before;

    @Nullable
    IncompleteSender after;

    /** @param share of the client that sends */
    IncompleteSender(ClientShare share) {
        this.share = share;
    }

    final ClientShare share() {
        return share;
    }

    final void onGrown(long now) {
        grownAt = now;
    }

    final long grownAt() {
        return grownAt;
    }

    /** Octets that the delivery takes. */
    abstract long octets();
}
