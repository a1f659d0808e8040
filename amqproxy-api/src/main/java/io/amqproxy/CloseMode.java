package io.amqproxy;

/**
 * When the proxy answers a client's {@code channel.close} and {@code connection.close}. Later versions may have more of
 * them.
 */
public enum CloseMode {
    /**
     * At once, unless a mandatory publish may still be returned: what was published is on its way to the broker, in
     * order.
     */
    IMMEDIATE,
    /** When the broker has handled all that the client published: one round trip more. */
    FENCED
}
