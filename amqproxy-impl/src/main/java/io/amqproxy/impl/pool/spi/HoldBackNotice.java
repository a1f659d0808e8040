package io.amqproxy.impl.pool.spi;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners that the broker holds back what clients publish on a connection: it says so
 * ({@code connection.blocked} of AMQP 0-9-1), or clients wait because it reads too little. That they wait for a moment
 * is as it has to be with publishers that are quicker than the broker.
 */
public final class HoldBackNotice implements Timers.Timed {

    private static final long MOMENT = TimeUnit.SECONDS.toNanos(1);
    private static final Logger log = LoggerFactory.getLogger(HoldBackNotice.class);

    private final LoopContext loop;
    private final UpstreamConnection session;
    private final Timers.Timer timer = new Timers.Timer(this);
    private boolean blocked;
    private boolean full;
    private boolean told;
    private long since;

    /** @param session on this loop */
    public HoldBackNotice(LoopContext loop, UpstreamConnection session) {
        this.loop = loop;
        this.session = session;
    }

    /**
     * The broker begins to hold publishers back, or no longer does.
     *
     * @param why what the broker says, or null where it no longer does
     */
    public void onBlocked(@Nullable String why) {
        blocked = why != null;
        if (why != null) {
            begin(loop.now);
            tell("the broker says: " + why);
        } else if (!full) {
            end();
        }
    }

    /** Clients wait until the broker takes more. */
    public void onFull() {
        if (!full) {
            full = true;
            begin(loop.now);
            loop.timers.set(timer, loop.now + MOMENT);
        }
    }

    /** They wait no more. */
    public void onRoom() {
        full = false;
        loop.timers.cancel(timer);
        if (!blocked) {
            end();
        }
    }

    /** The connection is over. */
    public void onOver() {
        loop.timers.cancel(timer);
        end();
    }

    /** Whether listeners know that the broker holds back what clients publish. */
    public boolean isOn() {
        return told;
    }

    private void begin(long now) {
        since = told ? since : now;
    }

    private void tell(String why) {
        if (!told) {
            told = true;
            loop.events.publishersHeldBack(session.info(), why);
        }
    }

    private void end() {
        if (told) {
            told = false;
            loop.events.publishersReleased(session.info(), Duration.ofNanos(loop.now - since));
        }
    }

    @Override
    public void onTime() {
        tell("it has read too little for " + TimeUnit.NANOSECONDS.toMillis(loop.now - since) + " ms");
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.lines.error(log, "Telling that {} is held back failed", session, fault);
    }
}
