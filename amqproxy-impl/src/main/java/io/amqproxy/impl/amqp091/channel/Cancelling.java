package io.amqproxy.impl.amqp091.channel;

/** What the client hears once nothing more comes for a consumer that was cancelled. */
public enum Cancelling {
    /** The broker's answer, as it has asked. */
    ANSWERED,
    /** Nothing, as it wanted none. */
    QUIET,
    /** That the broker has cancelled it, as the client has not asked. */
    TOLD
}
