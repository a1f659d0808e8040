package io.amqproxy.impl.fault;

/**
 * A client that consumes from one queue, whatever its library, and acknowledges what it was told of. Whenever its
 * connection, channel, session, link or consumer ends it makes another one, as programs do that are to go on.
 */
interface ConsumingClient {

    /** Begins to consume. */
    void start() throws Exception;

    /** Ends it; it has consumed all that was published. */
    void stop() throws Exception;
}
