package io.amqproxy.impl.amqp091.channel;

/** How a client reads what it is sent, and what it waits for, as {@link UpstreamBackpressure} needs to know. */
public interface ClientFlow {

    /** How many octets the client has not read. */
    long unread();

    /** When the client has read something last, in the loop's time. */
    long takenAt();

    /** The client has read nothing for too long, while others waited. */
    void onUnread();

    /** Tries to write what the client has not read. */
    void flush();

    /** The connection that the client waited for has room for more. */
    void onRoom();

    /** This connection is left unread until the client has read what it was sent. */
    void catchUpFor(UpstreamBackpressure upstream);

    /** The connection is over, or read again. */
    void forget(UpstreamBackpressure upstream);
}
