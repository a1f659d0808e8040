package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.concurrent.TimeUnit;

/**
 * For how long a session's next frame may wait for what the broker owes it: outcomes, before there are too many or
 * because this broker needs them in order, and answers to detaches. The client is not read meanwhile, so that its other
 * sessions wait too.
 */
final class BoundedWait extends Timers.Entry {

    static final long MOST = TimeUnit.SECONDS.toNanos(60);

    /** Who waits: a session. */
    interface Waiter {

        /** It has waited for as long as it may. */
        void onWaitedTooLong();
    }

    private final InboundSession client;
    private final Waiter waiter;

    BoundedWait(InboundSession client, Waiter waiter) {
        this.client = client;
        this.waiter = waiter;
    }

    /** It waits, perhaps since earlier. */
    void begin() {
        if (!Timers.isSet(this)) {
            client.loop().timers.set(this, client.loop().now + MOST);
        }
    }

    /** It waits no more. */
    void end() {
        client.loop().timers.cancel(this);
    }

    @Override
    public void onTime() {
        waiter.onWaitedTooLong();
    }

    @Override
    public void onFault(RuntimeException fault) {
        client.onFault(fault);
    }
}
