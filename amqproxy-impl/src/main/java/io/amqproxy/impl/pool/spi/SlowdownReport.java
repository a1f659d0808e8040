package io.amqproxy.impl.pool.spi;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.Timers;
import java.time.Duration;

/**
 * Tells for how long a client was not read for having sent too much: when that begins, and then what it came to, once
 * in {@link Settings#SLOWED_INTERVAL} and at the end.
 */
final class SlowdownReport implements Timers.Timed {

    private final InboundSession session;
    private final Timers.Timer timer = new Timers.Timer(this);
    private long heldUntil;
    private boolean wasHeld;
    private long untold;
    private boolean wasTold;
    private long toldAt;

    SlowdownReport(InboundSession session) {
        this.session = session;
    }

    /** It is not read for so long, since now. */
    void onHeld(long nanos) {
        LoopContext loop = session.loop();
        long until = loop.now + nanos;
        long since = wasHeld && heldUntil - loop.now > 0 ? heldUntil : loop.now;
        untold += Math.max(0, until - since);
        if (!wasHeld || until - heldUntil > 0) {
            heldUntil = until;
        }
        wasHeld = true;
        if (!wasTold || loop.now - toldAt >= Settings.SLOWED_INTERVAL) {
            tell();
        } else if (!timer.isSet()) {
            loop.timers.set(timer, toldAt + Settings.SLOWED_INTERVAL);
        }
    }

    /** The client is gone, or is slowed down no more. */
    void end() {
        session.loop().timers.cancel(timer);
        untold -= Math.max(0, heldUntil - session.loop().now);
        tell();
    }

    private void tell() {
        if (untold > 0) {
            LoopContext loop = session.loop();
            wasTold = true;
            toldAt = loop.now;
            loop.timers.cancel(timer);
            loop.events.clientSlowed(session.info(), Duration.ofNanos(untold));
            untold = 0;
        }
    }

    @Override
    public void onTime() {
        tell();
    }

    @Override
    public void onFault(RuntimeException fault) {
        session.onFault(fault);
    }
}
