package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what the session of a link sends: once a turn, or at once where it is much; and then, perhaps, the end. */
final class SocketWriter {

    private static final Logger log = LoggerFactory.getLogger(SocketWriter.class);

    /** The link that is written to. */
    interface Host extends LoopLink {

        EventLoop loop();

        boolean isClosed();

        /** What follows when the session is over, or null. */
        @Nullable
        LingeringClose farewell();

        /** The peer was sent something, which it may answer. */
        void onAnswered();

        /** The peer has taken something that was queued. */
        void onTaken();
    }

    private final Host link;
    private final TransportStack stack;
    private final SelectorInterest interest;
    private boolean isMarked;

    SocketWriter(Host link, TransportStack stack, SelectorInterest interest) {
        this.link = link;
        this.stack = stack;
        this.interest = interest;
    }

    /** At the end of the turn there is something to write. */
    void mark() {
        if (!isMarked && !link.isClosed()) {
            isMarked = true;
            link.loop().markDirty(link);
        }
    }

    /**
     * The turn ends.
     *
     * @return whether there is anything to write to
     */
    boolean endTurn() {
        isMarked = false;
        return !link.isClosed();
    }

    void write() throws IOException {
        Session session = link.session();
        if (session.isBroken()) {
            return;
        }
        ByteQueue out = session.out();
        long before = out.size();
        boolean blocked = stack.top().write(out);
        if (out.size() < before) {
            session.onWritten(before - out.size());
            session.onSent();
            link.onAnswered();
            link.onTaken();
        }
        stack.endFaults();
        LingeringClose end = link.farewell();
        if (end != null && end.hasToShutOutput() && out.isEmpty() && !blocked) {
            blocked = stack.top().finish();
            end.outputShut = !blocked;
        }
        interest.set(SelectionKey.OP_WRITE, blocked);
    }

    /**
     * Writes octets of a read buffer past the queue, as far as the socket takes them.
     *
     * @return how many
     */
    int send(ByteBuffer in, int from, int to) {
        if (link.isClosed()) {
            return 0;
        }
        Session session = link.session();
        int position = in.position();
        int limit = in.limit();
        try {
            long before = session.out().size();
            int sent = stack.top().send(session.out(), in.limit(to).position(from));
            session.onWritten(before - session.out().size() + sent);
            link.onAnswered();
            return sent;
        } catch (IOException failure) {
            // The session is in the midst of something; the next write meets the failure again and tells it.
            log.debug("Sending failed", failure);
            return 0;
        } finally {
            in.limit(limit).position(position);
        }
    }
}
