package io.amqproxy.impl.core;

import java.nio.ByteBuffer;

/**
 * What a session asks of whatever carries its bytes: a socket, or a test. A link calls its session on one thread and
 * never from within these methods.
 */
public interface Link {

    /** Before there is one: nobody is at the other end. */
    Link NOWHERE = new Link() {
        @Override
        public void flush() {}

        @Override
        public int send(ByteBuffer in, int from, int to) {
            return 0;
        }

        @Override
        public void resume() {}

        @Override
        public void finish() {}

        @Override
        public void awaitEnd() {}

        @Override
        public void abort() {}

        @Override
        public void reset() {}
    };

    /** The session's queue of outgoing bytes has something to send, by the end of this turn. */
    void flush();

    /**
     * Sends the session's queue, and then these bytes, at once. Meant for many bytes, that are worth a write of their
     * own rather than a copy.
     *
     * @return how many went out, from the first on; the rest has to be queued
     */
    int send(ByteBuffer in, int from, int to);

    /** Whether what the peer says is kept from the session on purpose, so that its silence means nothing. */
    default boolean keepsUnread() {
        return false;
    }

    /** The session was paused and takes bytes again: first those that it left, then new ones. */
    void resume();

    /**
     * Sends what is queued, then says that nothing more follows, and takes leave of the peer: the session hears no
     * more.
     */
    void finish();

    /**
     * Sends what is queued and leaves it to the peer to end the stream, as one does that was told {@code close-ok};
     * ends it after a while all the same. The session hears no more.
     */
    void awaitEnd();

    /** Drops what is queued and closes; the session hears no more. */
    void abort();

    /**
     * Drops what is queued and resets the connection, so that the peer's next write fails and not one after it (RFC
     * 9293, section 3.10.5); the session hears no more.
     */
    void reset();
}
