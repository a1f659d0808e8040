package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What lies between a link and its socket: nothing, or TLS. A transport moves bytes; when, and what they mean, it does
 * not know. It belongs to the thread of its link's loop.
 */
interface Transport {

    /** What {@link #read} answers when the peer has said, in order, that it sends nothing more. */
    int END = -1;

    /**
     * What {@link #read} answers when there is no use in reading before the transport asks for it, see
     * {@link Owner#onProgress}.
     */
    int WAITING = -2;

    /** The link, as far as a transport has something to tell it. */
    interface Owner {
        /** Bytes of the session can be sent from now on. Told once, from within a call of the transport. */
        void onEstablished();

        /** The peer has answered something, of which it has read what was sent to it. */
        default void onAnswer() {}

        /** There is something to send although the session has nothing; {@link #write} is to be called this turn. */
        void flush();

        /** The connection cannot go on. Told on the loop, from no other call. */
        void onFailure(IOException failure);

        /** There is something to read although the socket may have nothing. Told on the loop, from no other call. */
        void onProgress();
    }

    /** The socket is connected; {@link Owner#onEstablished} follows, at once or later. */
    void open() throws IOException;

    /**
     * Puts what was received at the buffer's position.
     *
     * @return how many bytes, or {@link #END} or {@link #WAITING}
     */
    int read(ByteBuffer target) throws IOException;

    /** The same, with no more taken from the socket than it takes to have so many bytes. */
    int read(ByteBuffer target, int most) throws IOException;

    /** {@return the memory that it holds} */
    long heldBytes();

    /** The same for several buffers, of which any may stay empty but for the last. */
    int read(ByteBuffer[] targets, int count) throws IOException;

    /**
     * Sends from the queue what the socket takes. What is left although the socket was not full waits for
     * {@link Owner#onEstablished}.
     *
     * @return whether it was full
     */
    boolean write(ByteQueue out) throws IOException;

    /**
     * Sends the queue and then the buffer's remaining bytes, as far as the socket takes them and that costs no copy.
     *
     * @return how many of the buffer's went out, possibly none
     */
    int send(ByteQueue out, ByteBuffer bytes) throws IOException;

    /**
     * After all that was written: says that nothing more follows, and shuts the sending half of the socket.
     *
     * @return whether the socket was full, so that this is to be called again
     */
    boolean finish() throws IOException;

    /** Takes leave as far as that needs no waiting, and closes the socket. */
    void close() throws IOException;

    /** {@return the peer's certificates as far as it showed any, verified} */
    default List<X509Certificate> certificates() {
        return List.of();
    }

    /**
     * Leaves the loop, taking along what it holds of its memory.
     *
     * @return whether it can
     */
    boolean detach();

    /** Goes on with another loop. */
    void attachTo(EventLoop next);
}
