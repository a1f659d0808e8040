package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import java.util.random.RandomGenerator;

/** How long an account opens no connection, after some of it have failed. */
final class ConnectPause {

    private final LoopContext loop;
    private final Backoff backoff;
    private long until;
    private boolean isUnended;

    ConnectPause(LoopContext loop, RandomGenerator random) {
        this.loop = loop;
        this.backoff = new Backoff(random);
        this.until = loop.now;
    }

    void onFailed() {
        until = loop.now + backoff.failed(loop.now);
        isUnended = true;
    }

    void onSucceeded() {
        backoff.succeeded();
    }

    boolean isOn() {
        return untilOver() > 0;
    }

    /** {@return for how many nanoseconds more; 0 or less where it is over} */
    long untilOver() {
        return until - loop.now;
    }

    /** {@return whether it is over, and nobody was told so yet} */
    boolean endsNow() {
        boolean ends = isUnended && !isOn();
        isUnended &= !ends;
        return ends;
    }
}
