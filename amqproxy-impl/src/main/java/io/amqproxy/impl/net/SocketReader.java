package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Reads the socket of a link, as long as its session takes something: into the loop's one buffer, or straight to where
 * a large frame is gathered. What the session leaves is kept until the next time, so that an idle connection holds no
 * buffer.
 */
final class SocketReader {

    /** The link that is read. */
    interface Host extends ReadMode.Reader {

        EventLoop loop();

        Session session();

        /** Another session goes on in the place of this one. */
        void onSuccessor(Session successor);

        /** Whether the session has begun. */
        boolean isAttached();

        boolean isClosed();

        /** What follows when the session is over, or null. */
        @Nullable
        LingeringClose farewell();

        void reset();

        void close();
    }

    private final Host link;
    private final SocketChannel channel;
    private final TransportStack stack;
    private final SelectorInterest interest;
    /** What was received and not taken yet; null while there has not been any. */
    private @Nullable ByteQueue left;

    /** Null for a connection to the broker, which is read whenever something has come. */
    private @Nullable ReadMode mode;

    private boolean acknowledgesQuickly;
    /** Whether the transport has something to read that the session did not take when it came. */
    private boolean isPutOff;

    SocketReader(Host link, SocketChannel channel, TransportStack stack, SelectorInterest interest) {
        this.link = link;
        this.channel = channel;
        this.stack = stack;
        this.interest = interest;
    }

    /** Reads what a client sends in the ways of {@link ReadMode}. */
    void readAsClient() {
        mode = new ReadMode(link.loop().polling(), link);
        acknowledgesQuickly = Sockets.canAcknowledgeAtOnce(channel);
    }

    /** Whether what is read is a client's. */
    boolean isOfClient() {
        return mode != null;
    }

    long heldBytes() {
        return left == null ? 0 : left.heldBytes();
    }

    /** {@return what was received and not taken yet, or null for nothing} */
    @Nullable
    ByteQueue left() {
        return left;
    }

    private void leave(ByteBuffer bytes) {
        ByteQueue present = left == null ? ByteQueue.tight(link.loop().context().chunks) : left;
        left = present;
        present.append(bytes, bytes.position(), bytes.limit());
    }

    private void drainLeft(ByteBuffer target) {
        if (left != null) {
            left.drainTo(target);
        }
    }

    void read() throws IOException {
        ByteBuffer buffer = link.loop().buffers().input().clear();
        LingeringClose end = link.farewell();
        if (end != null) {
            drop(end, buffer);
            return;
        }
        Session session = link.session();
        if (!session.takesMore()) {
            putOff();
            listen(false);
            return;
        }
        int waiting = left == null ? 0 : (int) left.size();
        int most = session.mostToRead(waiting);
        ByteQueue bulk = waiting == 0 && most == Integer.MAX_VALUE ? session.bulk() : null;
        int count;
        if (bulk != null) {
            count = readBulk(session, bulk, buffer);
        } else {
            drainLeft(buffer);
            count = buffer.hasRemaining() && most > 0 ? stack.top().read(buffer, most) : 0;
        }
        if (link.isClosed()) {
            return;
        }
        if (count == Transport.END) {
            session.disconnect("connection closed by the peer");
            link.close();
            return;
        }
        if (mode != null) {
            mode.onRead(count, link.loop().context().now);
        }
        receive(buffer, count != Transport.WAITING);
        if (acknowledgesQuickly && !link.isClosed()) {
            acknowledge();
        }
    }

    /** The session is over: only the end of the stream is of interest. */
    private void drop(LingeringClose end, ByteBuffer buffer) throws IOException {
        // A peer may say its end in TLS, and wait for ours.
        int count = end.awaitsEnd ? stack.top().read(buffer) : channel.read(buffer);
        if (count == Transport.END) {
            link.close();
        } else if (count > 0 && end.isOverdue(link.loop().context().now)) {
            link.reset();
        } else if (!link.isClosed()) {
            interest.set(SelectionKey.OP_READ, count != Transport.WAITING);
        }
    }

    /** Reads octets of a large frame straight to where they are gathered, and what follows them to the buffer. */
    private int readBulk(Session session, ByteQueue bulk, ByteBuffer buffer) throws IOException {
        ByteBuffer[] views = link.loop().buffers().views();
        int count = bulk.reserve(views, views.length - 1, session.bulkOctets());
        views[count] = buffer;
        int read;
        int octets;
        try {
            read = stack.top().read(views, count + 1);
        } finally {
            octets = bulk.commit();
        }
        session.receiveBulk(octets);
        return read;
    }

    private void acknowledge() throws IOException {
        acknowledgesQuickly = mode != null && mode.isAtBeginning();
        if (acknowledgesQuickly && link.session().out().isEmpty()) {
            Sockets.acknowledgeAtOnce(channel);
        }
    }

    private void receive(ByteBuffer buffer, boolean more) {
        buffer.flip();
        if (link.isAttached()) {
            link.session().receive(buffer);
            Session successor = link.session().successor();
            if (successor != null) {
                link.onSuccessor(successor);
                successor.receive(buffer);
            }
        }
        if (link.isClosed()) {
            return;
        }
        boolean isOver = link.farewell() != null;
        if (!isOver && buffer.hasRemaining()) {
            leave(buffer);
        }
        listen(isOver || (more && !link.session().isPaused()));
    }

    /** The session does not take what has come; it will say when it does. */
    void putOff() {
        isPutOff = true;
    }

    /**
     * The session takes something again.
     *
     * @return whether there is more to read than it was given now
     */
    boolean resume() {
        ByteBuffer buffer = link.loop().buffers().input().clear();
        drainLeft(buffer);
        receive(buffer, true);
        boolean isMore = isPutOff && !link.session().isPaused();
        if (isMore) {
            isPutOff = false;
        }
        return isMore;
    }

    /** Whether the socket is to be read at all; when, is for the mode. */
    void listen(boolean wanted) {
        if (mode != null && !wanted) {
            mode.stop();
        }
        interest.set(SelectionKey.OP_READ, wanted && (mode == null || !mode.isPolled()));
    }

    /** The peer was sent something: it may go on at once. */
    void onAnswered() {
        if (mode != null && mode.onSent()) {
            listen(true);
        }
    }

    /** What comes is for nobody any more. */
    void stop() {
        stopPolling();
        if (left != null) {
            left.clear();
        }
    }

    /** {@return the bytes that the session has not taken, as the link goes to another loop} */
    byte[] takeLeft() {
        stopPolling();
        byte[] bytes = left == null ? new byte[0] : left.toArray();
        left = null;
        return bytes;
    }

    /** Goes on on another loop. */
    void moveTo(EventLoop next, byte[] bytes) {
        if (mode != null) {
            mode.moveTo(next.polling());
        }
        if (bytes.length > 0) {
            leave(ByteBuffer.wrap(bytes));
        }
    }

    private void stopPolling() {
        if (mode != null) {
            mode.stop();
        }
    }
}
