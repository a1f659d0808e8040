package io.amqproxy.impl.session;

/**
 * What a session asks of whatever carries its bytes: a socket, or a test. A link calls its session on one thread and
 * never from within these methods.
 */
public interface Link {

    /** The session's queue of outgoing bytes has something to send, by the end of this turn. */
    void flush();

    /** The session was paused and takes bytes again: first those that it left, then new ones. */
    void resume();

    /**
     * Sends what is queued, then says that nothing more follows, and takes leave of the peer: the session hears no
     * more.
     */
    void finish();

    /** Drops what is queued and closes; the session hears no more. */
    void abort();
}
