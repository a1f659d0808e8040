package io.amqproxy.impl.pool;

import io.amqproxy.impl.session.BrokerProfile;
import io.amqproxy.impl.session.LoopContext;
import io.amqproxy.impl.session.ProbeSession;
import io.amqproxy.impl.session.Timers;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether the broker is reachable. It asks once at the start, so that the first client gets the broker's own
 * properties and the first log-in needs one round trip less, and again whenever a connection failed, until the broker
 * answers.
 *
 * <pre>
 *   REACHABLE --probe failed--&gt; SUSPECTED --for acquireTimeout--&gt; DOWN
 *       ^                           |                              |
 *       +------- probe answered ----+------------------------------+
 * </pre>
 */
public final class Probe implements Timers.Timed, ProbeSession.Result {

    private enum State {
        REACHABLE,
        SUSPECTED,
        DOWN
    }

    /** What is told of the broker. */
    public interface Observer {
        /** How the broker introduces itself; told at every answer. */
        void onProfile(BrokerProfile profile);

        /** The broker did not answer for as long as a client would wait. */
        void onDown();

        /** It answers again after {@link #onDown}. */
        void onUp();
    }

    private static final Logger log = LoggerFactory.getLogger(Probe.class);

    private final LoopContext loop;
    private final Connector connector;
    private final Observer observer;
    private final Backoff backoff = new Backoff(new Random());
    private final Timers.Timer timer = new Timers.Timer(this);
    private State state = State.REACHABLE;
    private boolean asking;
    private long suspectedSince;

    public Probe(LoopContext loop, Connector connector, Observer observer) {
        this.loop = loop;
        this.connector = connector;
        this.observer = observer;
    }

    /** Asks the broker, unless that is under way. */
    public void ask() {
        if (!asking && !timer.isSet()) {
            asking = true;
            connector.connect(new ProbeSession(loop, this));
        }
    }

    @Override
    public void onProfile(BrokerProfile profile) {
        asking = false;
        backoff.succeeded();
        State before = state;
        state = State.REACHABLE;
        observer.onProfile(profile);
        if (before != State.REACHABLE) {
            log.info("The broker {} is reachable", connector.endpoint());
        }
        if (before == State.DOWN) {
            observer.onUp();
        }
    }

    @Override
    public void onFailed(String why) {
        asking = false;
        if (state == State.REACHABLE) {
            state = State.SUSPECTED;
            suspectedSince = loop.now;
            log.warn("The broker {} is not reachable: {}", connector.endpoint(), why);
        }
        long untilDown = suspectedSince + loop.settings.acquireTimeout() - loop.now;
        if (state == State.SUSPECTED && untilDown <= 0) {
            state = State.DOWN;
            observer.onDown();
        }
        backoff.failed(loop.now);
        long next = backoff.remaining(loop.now);
        loop.timers.set(timer, loop.now + (state == State.SUSPECTED ? Math.min(next, untilDown) : next));
    }

    @Override
    public void onTime() {
        ask();
    }

    @Override
    public void onFault(RuntimeException fault) {
        log.error("Probing the broker failed", fault);
    }
}
