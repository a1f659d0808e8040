package io.amqproxy.impl.amqp091.client;

import org.jspecify.annotations.Nullable;

/**
 * Who holds back what a client publishes: the broker, a fault on purpose, or both. As with RabbitMQ the client is told
 * when the first of them begins ({@code connection.blocked}), and when the last has ended
 * ({@code connection.unblocked}).
 */
final class BlockedNotice {

    private @Nullable String broker;
    private @Nullable String purpose;
    private boolean told;

    /** The broker holds the client back for this reason, or no longer (null). */
    void byBroker(@Nullable String why) {
        broker = why;
    }

    /** The same for what is done on purpose. */
    void onPurpose(@Nullable String why) {
        purpose = why;
    }

    /** Whether the client has not been told what is so now; it is to be told then. */
    boolean changes() {
        boolean isHeld = why() != null;
        boolean isNew = isHeld != told;
        told = isHeld;
        return isNew;
    }

    /** {@return why the client is held back, or null where it is not} */
    @Nullable
    String why() {
        return broker == null ? purpose : broker;
    }
}
