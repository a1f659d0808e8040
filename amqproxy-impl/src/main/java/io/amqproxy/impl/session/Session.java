package io.amqproxy.impl.session;

import io.amqproxy.impl.wire.ByteQueue;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What both state machines have in common: a link, outgoing bytes, heartbeats, one deadline. */
public abstract class Session implements Timers.Timed {

    private static final Link NO_LINK = new Link() {
        @Override
        public void flush() {}

        @Override
        public void resume() {}

        @Override
        public void finish() {}

        @Override
        public void abort() {}
    };

    protected LoopContext loop;
    private final ByteQueue out;
    private final Timers.Timer timer = new Timers.Timer(this);
    private Link link = NO_LINK;
    private boolean ended;

    private long heartbeatInterval;
    private long lastHeard;
    private long lastSent;

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
        onAttached();
    }

    /** Takes bytes from the buffer's position on; what it leaves is given again, with more behind it. */
    public final void receive(ByteBuffer in) {
        lastHeard = loop.now;
        onReceive(in);
    }

    /** Whether the session takes no bytes at present; {@link Link#resume} says when it does. */
    public abstract boolean isPaused();

    /** The peer is gone without a word, or the link failed. */
    public final void disconnect(String why) {
        if (!ended) {
            end();
            onDisconnected(why);
        }
    }

    /** Outgoing bytes went out. */
    public void onSent() {
        lastSent = loop.now;
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

    /** Nothing was heard for two heartbeats. */
    protected abstract void onSilence();

    protected final Link link() {
        return link;
    }

    protected final boolean isEnded() {
        return ended;
    }

    protected final void flush() {
        link.flush();
    }

    /** Ends with what is queued sent. */
    protected final void finish() {
        if (!ended) {
            end();
            link.finish();
        }
    }

    /** Ends at once. */
    protected final void abort() {
        if (!ended) {
            end();
            link.abort();
        }
    }

    private void end() {
        ended = true;
        loop.timers.cancel(timer);
    }

    // Deadlines and heartbeats share the timer: a session has a deadline only while it has no heartbeat to keep.

    private @Nullable Long deadline;

    protected final void wakeAt(long time) {
        deadline = time;
        schedule();
    }

    protected final void cancelDeadline() {
        deadline = null;
        schedule();
    }

    protected final void startHeartbeat(int seconds) {
        heartbeatInterval = TimeUnit.SECONDS.toNanos(seconds);
        schedule();
    }

    /** A session that does not read cannot tell silence from its own deafness. */
    protected final void forgiveSilence() {
        lastHeard = loop.now;
    }

    private void schedule() {
        if (ended) {
            return;
        }
        Long due = deadline;
        if (heartbeatInterval > 0) {
            long beat =
                    Math.min(lastSent + heartbeatInterval / 2 - loop.now, lastHeard + 2 * heartbeatInterval - loop.now);
            long next = loop.now + Math.max(beat, 0);
            due = due == null || next - due < 0 ? Long.valueOf(next) : due;
        }
        if (due == null) {
            loop.timers.cancel(timer);
        } else {
            loop.timers.set(timer, due);
        }
    }

    @Override
    public final void onTime() {
        Long due = deadline;
        if (due != null && due - loop.now <= 0) {
            deadline = null;
            onDeadline();
        }
        if (!ended && heartbeatInterval > 0) {
            if (isPaused()) {
                forgiveSilence();
            }
            if (lastHeard + 2 * heartbeatInterval - loop.now <= 0) {
                onSilence();
            } else if (lastSent + heartbeatInterval / 2 - loop.now <= 0) {
                lastSent = loop.now;
                if (out.isEmpty()) {
                    loop.frames.heartbeat(out);
                    flush();
                }
            }
        }
        schedule();
    }

    /** Takes the session, which has nothing to send, to another loop; its timer stands still in between. */
    protected final void leaveLoop() {
        loop.timers.cancel(timer);
    }

    protected final void enterLoop(LoopContext next) {
        loop = next;
        out.moveTo(next.chunks);
        schedule();
    }
}
