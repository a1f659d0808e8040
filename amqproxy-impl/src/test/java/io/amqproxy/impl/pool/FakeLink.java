package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.Link;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.net.FaultyLine;
import io.amqproxy.impl.net.LinkFaults;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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

        /** How many octets a frame of the peer may have. */
        default int mostOfAFrame() {
            return 128 * 1024 + Frame.OVERHEAD;
        }
    }

    /** The broker's end. */
    interface BrokerPeer extends Peer {
        void use(FakeLink link);
    }

    /** Octets that are read through a line. */
    private static final int MOST_AT_ONCE = 64 * 1024;

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
    private boolean awaitingEnd;
    private boolean closed;
    /** Whether the end was a reset. */
    boolean wasReset;

    /** Whether the session is not to hold the peer's silence against it. */
    boolean keepsUnread;

    /** What goes wrong on purpose with what the session sends, or null. */
    LinkFaults.@Nullable Gate gate;

    /** On which things go wrong on purpose, or null. */
    private @Nullable FaultyLine line;
    /** Whether what lies at the line may be read. */
    private boolean readable;

    private boolean endArrived;
    /** Whether the session is over, and the peer is not to know it. */
    private boolean endsSecretly;

    private boolean peerLeft;
    private boolean peerTold;
    /** Whether the session's bytes stay where they are, as when the peer does not read. */
    boolean clogged;
    /** Whether the peer reads only as much as the test moves, so that the rest is the session's to keep. */
    boolean slow;

    FakeLink(Rig rig, Session session, Peer peer) {
        this.rig = rig;
        this.session = session;
        this.peer = peer;
    }

    Session session() {
        return session;
    }

    /** From its beginning on things may go wrong with it on purpose. */
    void lay(Function<FaultyLine.Owner, FaultyLine> lines) {
        line = lines.apply(new FaultyLine.Owner() {
            @Override
            public void flush() {
                if (!closed) {
                    FakeLink.this.flush();
                }
            }

            @Override
            public void onProgress() {
                readable = true;
            }

            @Override
            public void onCut() {
                cutOnPurpose();
            }
        });
    }

    @Nullable
    FaultyLine line() {
        return line;
    }

    /** The session's end of the connection is cut as by the network; no fault hides that. */
    void cutOnPurpose() {
        if (!closed) {
            session.disconnect("cut on purpose");
            abort();
            endsSecretly = false;
        }
    }

    /** Other faults hold from now on. */
    void onFaults() {
        FaultyLine faulty = line;
        if (faulty != null && closed) {
            endsSecretly &= faulty.isSilent();
        } else if (faulty != null) {
            faulty.onChanged();
        }
    }

    // What a session asks.

    @Override
    public void flush() {
        dirty = true;
        rig.restless.add(this);
    }

    @Override
    public void resume() {
        resumed = true;
        rig.restless.add(this);
    }

    /** A write of its own that the peer's window cuts in half. */
    @Override
    public int send(ByteBuffer in, int from, int to) {
        if (clogged || slow || closed || gate != null || line != null) {
            return 0;
        }
        if (!session.out().isEmpty()) {
            byte[] before = session.out().toArray();
            flights.add(before);
            toPeer = join(toPeer, before);
        }
        byte[] flight = new byte[(to - from) / 2];
        in.get(from, flight);
        flights.add(flight);
        toPeer = join(toPeer, flight);
        return flight.length;
    }

    @Override
    public boolean keepsUnread() {
        return keepsUnread || (line != null && line.keepsUnread());
    }

    @Override
    public void finish() {
        finishing = true;
        if (line != null && !awaitingEnd) {
            line.finish();
        }
        leave(0);
        dirty = true;
        rig.restless.add(this);
    }

    @Override
    public void awaitEnd() {
        awaitingEnd = true;
        finish();
    }

    @Override
    public void abort() {
        if (!closed && line != null) {
            endsSecretly = line.isSilent();
            line.forget();
        }
        closed = true;
        leave(0);
        session.out().clear();
    }

    @Override
    public void reset() {
        wasReset = true;
        abort();
    }

    // What the end of a turn does.

    /** Gives the session again what it left, and takes what it wants sent. */
    void endTurn() {
        if (resumed) {
            resumed = false;
            if (!closed && !finishing) {
                receive(new byte[0]);
            }
        }
        if (line != null && dirty && !clogged && !closed) {
            dirty = false;
            writeTo(line);
            if (awaitingEnd && peerLeft && peerTold) {
                abort(); // The end that is awaited has come before.
            }
        } else if (dirty && !clogged && !slow) {
            dirty = false;
            if (!closed && !session.out().isEmpty()) {
                session.onWritten(session.out().size());
                fly(session.out().toArray());
                session.onSent();
            } else if (!closed) {
                fly(new byte[0]);
            }
        }
    }

    private void writeTo(FaultyLine faulty) {
        boolean goesOn = faulty.write(session.out());
        byte[] flight = faulty.takeSent();
        if (flight.length > 0) {
            flights.add(flight);
            toPeer = join(toPeer, flight);
        }
        if (goesOn) {
            session.onSent();
        } else {
            cutOnPurpose();
        }
    }

    private void fly(byte[] octets) {
        byte[] flight = gate == null ? octets : passed(gate, octets);
        if (flight.length > 0) {
            flights.add(flight);
            toPeer = join(toPeer, flight);
        }
        if (gate != null && gate.isCut() && !closed) {
            session.disconnect("cut in the midst of a frame, on purpose");
            abort();
        }
    }

    private byte[] passed(LinkFaults.Gate through, byte[] octets) {
        ByteQueue passed = new ByteQueue(rig.loop.chunks);
        through.pass(octets, passed, rig.loop.now);
        through.release(passed, rig.loop.now);
        return passed.toArray();
    }

    void unclog() {
        clogged = false;
        slow = false;
        dirty = true;
        rig.restless.add(this);
    }

    private void receive(byte[] bytes) {
        ByteBuffer buffer = rig.readBuffer().clear();
        boolean isBulk = left.length == 0 && session.mostToRead(0) == Integer.MAX_VALUE;
        byte[] more = isBulk ? readBulk(bytes) : bytes;
        buffer.put(left).put(more).flip();
        leave(0);
        try {
            session.receive(buffer);
        } catch (RuntimeException fault) {
            throw new AssertionError("a session failed", fault);
        }
        if (!closed && !finishing && buffer.hasRemaining()) {
            leave(buffer.remaining());
            buffer.get(left);
        }
    }

    private void leave(int octets) {
        if (rig.countsLeft()) {
            rig.loop.chunks.countBeside(octets - left.length);
        }
        left = new byte[octets];
    }

    /** Reads what the session wants somewhere else. Returns the rest. */
    private byte[] readBulk(byte[] bytes) {
        ByteQueue bulk = session.bulk();
        if (bulk == null) {
            return bytes;
        }
        ByteBuffer more = ByteBuffer.wrap(bytes);
        ByteBuffer[] views = new ByteBuffer[2];
        int count = bulk.reserve(views, views.length, session.bulkOctets());
        for (int i = 0; i < count && more.hasRemaining(); i++) {
            int octets = Math.min(more.remaining(), views[i].remaining());
            views[i].put(more.slice().limit(octets));
            more.position(more.position() + octets);
        }
        session.receiveBulk(bulk.commit());
        byte[] rest = new byte[more.remaining()];
        more.get(rest);
        return rest;
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
        boolean isThere = toSession.length > 0 || (line == null ? peerLeft : readable || (peerLeft && !endArrived));
        return !closed && !finishing && !session.isPaused() && isThere;
    }

    boolean canMoveToPeer() {
        return !peerTold
                && (toPeer.length > 0
                        || (slow && !clogged && line == null && !session.out().isEmpty())
                        || (closed && !endsSecretly)
                        || hearsEnd());
    }

    private boolean hearsEnd() {
        return (line != null && !closed)
                ? line.hasEnded() || (awaitingEnd && peerLeft)
                : finishing && !isAwaitingEnd() && session.out().isEmpty() && !endsSecretly;
    }

    /** Whether the session is over and it is the peer that has to end the stream. */
    boolean isAwaitingEnd() {
        return awaitingEnd && !peerLeft;
    }

    /** Whether the peer reads whatever there is. */
    boolean readsAll() {
        return !slow || closed;
    }

    void moveToSession(int most) {
        if (!session.takesMore()) {
            return;
        }
        int room = rig.readBuffer().capacity() - left.length;
        int sparing = Math.max(1, Math.min(room, session.mostToRead(left.length)));
        int count = Math.min(Math.min(most, sparing), toSession.length);
        if (line != null) {
            moveThrough(line, count, sparing);
            return;
        }
        if (toSession.length == 0 && peerLeft) {
            session.disconnect("connection closed by the peer");
            abort();
            return;
        }
        byte[] bytes = Arrays.copyOf(toSession, count);
        toSession = Arrays.copyOfRange(toSession, count, toSession.length);
        receive(bytes);
    }

    /** So many octets come to the socket, of which the session gets what comes through now. */
    private void moveThrough(FaultyLine faulty, int count, int room) {
        faulty.arrive(Arrays.copyOf(toSession, count));
        toSession = Arrays.copyOfRange(toSession, count, toSession.length);
        if (peerLeft && toSession.length == 0) {
            endArrived = true;
            faulty.arriveEnd();
        }
        int most = Math.min(room, MOST_AT_ONCE);
        ByteBuffer come = ByteBuffer.allocate(most);
        int read = faulty.read(come, most);
        readable = read > 0;
        if (read == FaultyLine.END) {
            session.disconnect("connection closed by the peer");
            abort();
        } else if (read > 0) {
            receive(Arrays.copyOf(come.array(), read));
        }
    }

    void moveToPeer(int most) {
        if (slow && line == null && !clogged && !closed) {
            takeSome(most - toPeer.length);
            if (toPeer.length == 0 && gate != null) {
                return; // What it took goes no further, on purpose.
            }
        }
        int count = Math.min(most, toPeer.length);
        if (count == 0) {
            peerTold = true;
            if (line != null && !closed && !finishing) {
                peer.onEnd(); // Half of the connection is there still.
                hangUp();
                return;
            }
            abort();
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

    /** Octets that the session left, and is given again. */
    int left() {
        return left.length;
    }

    private void takeSome(int most) {
        byte[] some = new byte[(int) Math.min(Math.max(most, 0), session.out().size())];
        if (some.length > 0) {
            session.out().drainTo(ByteBuffer.wrap(some));
            fly(some);
            session.onWritten(some.length);
            session.onSent();
        }
    }

    int waitingForSession() {
        return toSession.length;
    }

    /** Whether the session waits for the rest of what can be no frame. */
    boolean waitsForTooMuch() {
        return !closed && !finishing && !session.isPaused() && left.length > peer.mostOfAFrame();
    }

    @Override
    public String toString() {
        return session + ": to session " + toSession.length + ", to peer " + toPeer.length + ", out "
                + session.out().size() + (closed ? ", closed" : "") + (finishing ? ", finishing" : "")
                + (endsSecretly ? ", secretly" : "") + (readable ? ", readable" : "") + (peerLeft ? ", peer left" : "")
                + (peerTold ? ", peer told" : "") + (awaitingEnd ? ", awaiting end" : "")
                + (session.isPaused() ? ", paused" : "") + (line == null ? "" : ", " + line.hasEnded());
    }

    /** Whether its end has not begun. */
    boolean goesOn() {
        return !closed && !finishing;
    }

    boolean isOver() {
        return closed && (peerTold || peerLeft);
    }

    private static byte[] join(byte[] first, byte[] second) {
        if (first.length == 0) {
            return second;
        }
        byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }
}
