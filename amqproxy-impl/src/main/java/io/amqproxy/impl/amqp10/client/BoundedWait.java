package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.core.Timers;
import java.util.concurrent.TimeUnit;

/**
 * For how long a session's next frame may wait for what the broker owes it: outcomes, before there are too many or
 * because this broker needs them in order, and answers to detaches. The client is not read meanwhile, so that its other
 * sessions wait too.
 */
final class BoundedWait implements Timers.Timed {

    static final long MOST = TimeUnit.SECONDS.toNanos(60);

    private final ClientEndpoint session;
    private final Timers.Timer timer = new Timers.Timer(this);

    BoundedWait(ClientEndpoint session) {
        this.session = session;
    }

    /** It waits, perhaps since earlier. */
    void begin() {
        if (!timer.isSet()) {
            session.session().loop().timers.set(timer, session.session().loop().now + MOST);
        }
    }

    /** It waits no more. */
    void end() {
        if (timer.isSet()) {
            session.session().loop().timers.cancel(timer);
        }
    }

    @Override
    public void onTime() {
        session.onWaitedTooLong();
    }

    @Override
    public void onFault(RuntimeException fault) {
        session.session().onFault(fault);
    }
}
