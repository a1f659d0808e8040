package io.amqproxy.impl.fault;

import java.time.Duration;

/**
 * A client in this JVM that publishes and waits for the confirm, and says what became of it as {@link FaultTable} does.
 */
interface PublishingClient {

    /** What a client waits that is not patient. */
    Duration MOMENT = Duration.ofMillis(400);

    /** What a patient one waits. */
    Duration LONG = Duration.ofSeconds(30);

    static Duration patience(boolean isPatient) {
        return isPatient ? LONG : MOMENT;
    }

    /** {@return {@code connected}, or how it was refused} */
    String connect() throws Exception;

    /** Publishes one message, on another channel if the last one is closed, and says what became of it. */
    String publish(boolean isPatient) throws Exception;

    /**
     * Waits for an answer of the proxy, before which it has heard all that was said to it; for faults that take
     * something.
     */
    default void roundTrip() throws Exception {}

    /** Waits on for what becomes of the last message. */
    String hear(boolean isPatient) throws Exception;

    /** Leaves, if it is still there. */
    void close();
}
