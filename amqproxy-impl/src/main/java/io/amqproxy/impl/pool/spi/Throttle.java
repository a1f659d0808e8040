package io.amqproxy.impl.pool.spi;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.limit.UserQuota;
import org.jspecify.annotations.Nullable;

/**
 * Slows down a client that sends more than its user may: it is not read until what came is paid for. Who takes first
 * from an allowance goes on first, so that clients that share one take turns.
 */
public final class Throttle implements Timers.Timed {

    private final InboundSession session;
    private final UserQuota allowance;
    private final Runnable onPace;
    private final Runnable onEnd;
    private final Timers.Timer timer = new Timers.Timer(this);
    /** Of a client that was slowed down at all. */
    private @Nullable SlowdownReport report;

    private int messages;

    /**
     * @param onPace lets the client be read again
     * @param onEnd gives the client's part of the allowance back
     */
    public Throttle(InboundSession session, UserQuota allowance, Runnable onPace, Runnable onEnd) {
        this.onPace = onPace;
        this.session = session;
        this.allowance = allowance;
        this.onEnd = onEnd;
    }

    public boolean isHeld() {
        return timer.isSet();
    }

    public void countMessage() {
        messages++;
    }

    /** So many octets of the client were taken. */
    public void onTaken(int octets) {
        LoopContext loop = session.loop();
        long wait = allowance.take(messages, octets, loop.now);
        messages = 0;
        if (wait > 0) {
            loop.timers.set(timer, loop.now + wait);
            if (report == null) {
                report = new SlowdownReport(session);
            }
            report.onHeld(wait);
        }
    }

    public void end() {
        session.loop().timers.cancel(timer);
        if (report != null) {
            report.end();
        }
        onEnd.run();
    }

    @Override
    public void onTime() {
        onPace.run();
    }

    @Override
    public void onFault(RuntimeException fault) {
        session.onFault(fault);
    }
}
