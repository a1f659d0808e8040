package io.amqproxy.impl.core;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What both state machines have in common: a link, outgoing bytes, heartbeats, one deadline. */
public abstract class Session extends Timers.Entry {

    /** A loop that comes so late has been held up, and what was said meanwhile is yet to be read. */
    private static final long HELD_UP = TimeUnit.MILLISECONDS.toNanos(100);

    /** A peer that wants signs of life more often than this gets them this often. */
    private static final long SHORTEST_BEAT = TimeUnit.MILLISECONDS.toNanos(10);

    protected LoopContext loop;
    private final ByteQueue out;
    private Link link = Link.NOWHERE;
    private boolean ended;
    private @Nullable RuntimeException failure;

    /** After so long without a word something is sent; 0 for never. */
    private long beatInterval;
    /** After so long without a word the peer is given up; 0 for never. */
    private long silenceLimit;

    private long lastHeard;
    private long lastSent;
    private long takenAt;
    private long wokenFor;
    private boolean hasLooked;

    protected Session(LoopContext loop) {
        this.loop = loop;
        this.out = new ByteQueue(loop.chunks);
    }

    // What a link calls.

    /** The link that is being set up, so that the session can give up on it. */
    public final void prepare(Link newLink) {
        link = newLink;
    }

    /** The link is up: for a client it was accepted, for an upstream it was connected. */
    public final void attach(Link newLink) {
        link = newLink;
        lastHeard = loop.now;
        lastSent = loop.now;
        takenAt = loop.now;
        onAttached();
    }

    /** Goes on in the place of a session that has found out who has to; up to this deadline. */
    public final void takeOver(Link established, long until) {
        link = established;
        lastHeard = loop.now;
        lastSent = loop.now;
        wakeAt(until);
    }

    /** The session that goes on in this one's place, as soon as it is known. */
    public @Nullable Session successor() {
        return null;
    }

    /** Takes bytes from the buffer's position on; what it leaves is given again, with more behind it. */
    public final void receive(ByteBuffer in) {
        lastHeard = loop.now;
        onReceive(in);
    }

    /**
     * Where the next octets may be read to instead of a read buffer, or null. At most {@link #bulkOctets} of them
     * belong there; how many were read, {@link #receiveBulk} is told. What follows them comes with {@link #receive}.
     */
    public @Nullable ByteQueue bulk() {
        return null;
    }

    /** How many octets may be read to {@link #bulk}. */
    public int bulkOctets() {
        return 0;
    }

    /** So many octets were read to {@link #bulk}. */
    public final void receiveBulk(int octets) {
        lastHeard = loop.now;
        onBulk(octets);
    }

    protected void onBulk(int octets) {}

    /** How many octets may be read, while so many wait to be taken. */
    public int mostToRead(int waiting) {
        return Integer.MAX_VALUE;
    }

    /** {@return memory for what is to be sent, and for what the peer has said and cannot be handled yet} */
    public long heldBytes() {
        return out.heldBytes();
    }

    /** Whether the peer is somebody: the broker, or a client that the broker has let in. */
    public boolean isProved() {
        return true;
    }

    /** Whether the session takes no bytes at present; {@link Link#resume} says when it does. */
    public abstract boolean isPaused();

    /** Asked before each read: whether the session takes bytes now. */
    public boolean takesMore() {
        return !isPaused();
    }

    /** The peer is gone without a word, or the link failed. */
    public final void disconnect(String why) {
        if (!ended) {
            end();
            onDisconnected(why);
        }
    }

    /** So many octets were taken by the transport, the session's own and those that it passes on. */
    public void onWritten(long octets) {}

    /** Outgoing bytes went out. */
    public void onSent() {
        lastSent = loop.now;
        takenAt = loop.now;
    }

    /** When the peer last took octets, or the link came up. */
    public final long takenAt() {
        return takenAt;
    }

    public final ByteQueue out() {
        return out;
    }

    // What the machines are made of.

    protected abstract void onAttached();

    protected abstract void onReceive(ByteBuffer in);

    protected abstract void onDisconnected(String why);

    /** The deadline that {@link #wakeAt} set has passed. */
    protected abstract void onDeadline();

    /** Queues what tells the peer that this side is alive, and nothing else; for sessions with heartbeats. */
    protected void writeHeartbeat() {}

    /** Nothing was heard for as long as the peer may be silent. */
    protected abstract void onSilence();

    protected final Link link() {
        return link;
    }

    public final boolean isEnded() {
        return ended;
    }

    public final void flush() {
        link.flush();
    }

    /** Sends bytes of a read buffer: many at once without a copy, few with the others of this turn. */
    public final void send(ByteBuffer in, int from, int to) {
        if (failure != null) {
            return;
        }
        int at = from;
        if (to - from >= Settings.DIRECT_SEND && out.size() <= to - from) {
            at += link.send(in, from, to);
            lastSent = loop.now;
            takenAt = at > from ? loop.now : takenAt;
        }
        if (at < to) {
            try {
                out.append(in, at, to);
            } catch (OutOfMemoryError none) {
                failLater(none);
            }
            link.flush();
        }
    }

    /** Whoever sends is in the midst of something, and need not suffer for this session. */
    private void failLater(OutOfMemoryError none) {
        failure = UncaughtErrors.of(none);
        loop.timers.set(this, loop.now);
    }

    /** Whether bytes are missing from what is to be sent, so that nothing more may be. */
    public final boolean isBroken() {
        return failure != null;
    }

    /** Ends with what is queued sent. */
    protected final void finish() {
        if (!ended) {
            end();
            link.finish();
        }
    }

    /** Ends with what is queued sent, and with the peer ending the stream. */
    protected final void awaitEnd() {
        if (!ended) {
            end();
            link.awaitEnd();
        }
    }

    /** Ends at once. */
    protected final void abort() {
        if (!ended) {
            end();
            link.abort();
        }
    }

    /** Ends at once, and the peer's next write fails. */
    protected final void reset() {
        if (!ended) {
            end();
            link.reset();
        }
    }

    private void end() {
        ended = true;
        loop.timers.cancel(this);
    }

    // Deadlines and heartbeats share the timer.

    private @Nullable Long deadline;

    public final void wakeAt(long time) {
        deadline = time;
        schedule();
    }

    /** {@return the time of {@link #wakeAt}, or null where it was cancelled or is over} */
    public final @Nullable Long deadline() {
        return deadline;
    }

    public final void cancelDeadline() {
        deadline = null;
        schedule();
    }

    /** Both peers say that they live within this time, and are believed dead after twice as long. */
    protected final void startHeartbeat(int seconds) {
        beatInterval = TimeUnit.SECONDS.toNanos(seconds) / 2;
        silenceLimit = 2 * TimeUnit.SECONDS.toNanos(seconds);
        schedule();
    }

    /**
     * The peer is told that this side lives as often as it needs, and has to say so itself.
     *
     * @param peerTimeout milliseconds after which the peer gives this side up, 0 for never
     * @param seconds half of the time after which the peer is given up, 0 for never
     */
    protected final void keepAlive(int peerTimeout, int seconds) {
        long timeout = TimeUnit.MILLISECONDS.toNanos(Integer.toUnsignedLong(peerTimeout));
        beatInterval = timeout == 0 ? 0 : Math.max(timeout / 2, SHORTEST_BEAT);
        silenceLimit = 2 * TimeUnit.SECONDS.toNanos(seconds);
        schedule();
    }

    /** A session that does not read cannot tell silence from its own deafness. */
    protected final void forgiveSilence() {
        lastHeard = loop.now;
    }

    private Long earlier(@Nullable Long due, long time) {
        long next = loop.now + Math.max(time - loop.now, 0);
        return due == null || next - due < 0 ? Long.valueOf(next) : due;
    }

    private void schedule() {
        if (ended || failure != null) {
            return;
        }
        Long due = deadline;
        if (beatInterval > 0) {
            due = earlier(due, lastSent + beatInterval);
        }
        if (silenceLimit > 0) {
            due = earlier(due, lastHeard + silenceLimit);
        }
        if (due == null) {
            loop.timers.cancel(this);
        } else {
            wokenFor = loop.now + Math.max(due - loop.now, 0);
            loop.timers.set(this, due);
        }
    }

    /** Whether what the peer may have said while the loop was held up is read first. */
    private boolean looksFirst() {
        hasLooked = !hasLooked && loop.now - wokenFor > HELD_UP;
        if (hasLooked) {
            loop.timers.set(this, loop.now + 1);
        }
        return hasLooked;
    }

    @Override
    public final void onTime() {
        if (failure != null) {
            onFault(failure);
            return;
        }
        if (looksFirst()) {
            return;
        }
        Long due = deadline;
        if (due != null && due - loop.now <= 0) {
            deadline = null;
            onDeadline();
        }
        if (!ended && silenceLimit > 0) {
            if (isPaused() || link.keepsUnread()) {
                forgiveSilence();
            }
            if (lastHeard + silenceLimit - loop.now <= 0) {
                onSilence();
            }
        }
        if (!ended && beatInterval > 0 && lastSent + beatInterval - loop.now <= 0) {
            lastSent = loop.now;
            if (out.isEmpty()) {
                writeHeartbeat();
                flush();
            }
        }
        schedule();
    }

    /** Takes the session, which has nothing to send, to another loop; its timer stands still in between. */
    protected final void leaveLoop() {
        loop.timers.cancel(this);
    }

    protected final void enterLoop(LoopContext next) {
        loop = next;
        out.moveTo(next.chunks);
        schedule();
    }
}
