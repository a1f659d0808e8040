package io.amqproxy.impl.net;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import java.util.concurrent.TimeUnit;

/** The end of a connection whose session is over: it waits, for a while, for the peer to end the stream. */
final class LingeringClose implements Timers.Timed {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);

    private final Timers.Timer timer = new Timers.Timer(this);
    private final LoopLink link;
    /** Whether it is left to the peer to end the stream first. */
    boolean awaitsEnd;

    boolean outputShut;

    /** When the peer last read something. */
    private long since;

    LingeringClose(LoopLink link, long now) {
        this.link = link;
        this.since = now;
    }

    /** The peer has its time from now on: it has just been told, or still reads what it was sent. */
    void giveTime(LoopContext loop) {
        since = loop.now;
        loop.timers.set(timer, loop.now + loop.settings.closeTimeout());
    }

    /** The socket is closed. */
    void end(LoopContext loop) {
        loop.timers.cancel(timer);
    }

    /** Whether the proxy ends its half of the stream once everything is sent. */
    boolean hasToShutOutput() {
        return !awaitsEnd && !outputShut;
    }

    /** Whether a peer that goes on sending does so although it can know of the end. */
    boolean isOverdue(long now) {
        return !awaitsEnd && now - since > PATIENCE;
    }

    @Override
    public void onTime() {
        link.stop();
    }

    @Override
    public void onFault(RuntimeException fault) {
        link.onFault(fault);
    }
}
