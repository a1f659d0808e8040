package io.amqproxy.impl.pool;

import io.amqproxy.impl.session.Link;
import io.amqproxy.impl.session.Session;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Carries bytes between a session and a peer in memory. Nothing moves by itself: the test says how many bytes go which
 * way. As with a socket the session's bytes are taken at the end of a turn, what it leaves is given again, and a paused
 * session is given nothing.
 */
final class FakeLink implements Link {

    /** The other end. */
    interface Peer {
        void onBytes(byte[] bytes);

        /** Nothing more comes from the session, and nothing reaches it. */
        void onEnd();
    }

    private final Rig rig;
    private final Session session;
    private final Peer peer;
    /** What the session sent, turn by turn. */
    final List<byte[]> flights = new ArrayList<>();

    private byte[] left = new byte[0];
    private byte[] toSession = new byte[0];
    private byte[] toPeer = new byte[0];
    private boolean dirty;
    private boolean resumed;
    private boolean finishing;
    private boolean closed;
    private boolean peerLeft;
    private boolean peerTold;
    /** Whether the session's bytes stay where they are, as when the peer does not read. */
    boolean clogged;

    FakeLink(Rig rig, Session session, Peer peer) {
        this.rig = rig;
        this.session = session;
        this.peer = peer;
    }

    // What a session asks.

    @Override
    public void flush() {
        dirty = true;
    }

    @Override
    public void resume() {
        resumed = true;
    }

    @Override
    public void finish() {
        finishing = true;
        left = new byte[0];
        dirty = true;
    }

    @Override
    public void abort() {
        closed = true;
        left = new byte[0];
        session.out().clear();
    }

    // What the end of a turn does.

    /** Gives the session again what it left, and takes what it wants sent; answers whether there was anything. */
    boolean endTurn() {
        boolean busy = false;
        if (resumed) {
            resumed = false;
            if (!closed && !finishing) {
                busy = true;
                receive(new byte[0]);
            }
        }
        if (dirty && !clogged) {
            dirty = false;
            busy = true;
            if (!closed && !session.out().isEmpty()) {
                byte[] flight = session.out().toArray();
                flights.add(flight);
                toPeer = join(toPeer, flight);
                session.onSent();
            }
        }
        return busy;
    }

    void unclog() {
        clogged = false;
        dirty = true;
    }

    private void receive(byte[] more) {
        ByteBuffer buffer = rig.readBuffer().clear();
        buffer.put(left).put(more).flip();
        left = new byte[0];
        try {
            session.receive(buffer);
        } catch (RuntimeException fault) {
            throw new AssertionError("a session failed", fault);
        }
        if (!closed && !finishing && buffer.hasRemaining()) {
            left = new byte[buffer.remaining()];
            buffer.get(left);
        }
    }

    // What a peer does.

    void send(byte[] bytes) {
        if (!closed && !finishing) {
            toSession = join(toSession, bytes);
        }
    }

    /** The peer goes without a word, after what it sent before. */
    void hangUp() {
        peerLeft = true;
    }

    /** The peer goes without a word, and what it sent last is lost on the way. */
    void cut() {
        toSession = new byte[0];
        peerLeft = true;
    }

    // What a test moves.

    boolean canMoveToSession() {
        return !closed && !finishing && !session.isPaused() && (toSession.length > 0 || peerLeft);
    }

    boolean canMoveToPeer() {
        return !peerTold
                && (toPeer.length > 0 || closed || (finishing && session.out().isEmpty()));
    }

    void moveToSession(int most) {
        int count = Math.min(most, toSession.length);
        if (count == 0 && peerLeft) {
            session.disconnect("connection closed by the peer");
            abort();
            return;
        }
        byte[] bytes = Arrays.copyOf(toSession, count);
        toSession = Arrays.copyOfRange(toSession, count, toSession.length);
        receive(bytes);
    }

    void moveToPeer(int most) {
        int count = Math.min(most, toPeer.length);
        if (count == 0) {
            peerTold = true;
            closed = true;
            session.out().clear();
            peer.onEnd();
            return;
        }
        byte[] bytes = Arrays.copyOf(toPeer, count);
        toPeer = Arrays.copyOfRange(toPeer, count, toPeer.length);
        if (!peerLeft) {
            peer.onBytes(bytes);
        }
    }

    int waitingForSession() {
        return toSession.length;
    }

    boolean isOver() {
        return closed && (peerTold || peerLeft);
    }

    private static byte[] join(byte[] first, byte[] second) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(first.length + second.length);
        out.writeBytes(first);
        out.writeBytes(second);
        return out.toByteArray();
    }
}
