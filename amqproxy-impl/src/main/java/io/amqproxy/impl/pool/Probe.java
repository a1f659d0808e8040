package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.internal.LogText;
import java.util.List;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether one endpoint answers. It asks at the start, whenever a connection failed, and then until the endpoint
 * answers: connects, reads how the broker introduces itself, and leaves.
 *
 * <pre>
 *   REACHABLE --a connection failed--&gt; SUSPECTED --no answer--&gt; UNREACHABLE --+
 *       ^                                  |                        |      ^      | no answer
 *       +------------ answer --------------+------------------------+      +------+
 * </pre>
 *
 * <p>One protocol, the first that the endpoint speaks, shows how it is. It is asked about the others once after it was
 * not to be reached, so that no health check costs a broker more than one connection.
 *
 * <p>It waits longer after each failure. Only a log-in shows that all is well again: a broker that answers and then
 * fails every connection is asked ever more seldom, and used as seldom.
 */
final class Probe implements Timers.Timed {

    private enum State {
        REACHABLE,
        SUSPECTED,
        UNREACHABLE
    }

    private static final Logger log = LoggerFactory.getLogger(Probe.class);

    private final LoopContext loop;
    private final List<Protocol> protocols;
    private final EndpointHealth health;
    private Connector connector;
    private final Backoff backoff;
    private final Timers.Timer timer = new Timers.Timer(this);
    private State state = State.REACHABLE;
    /** Which protocol shows how the endpoint is, and how many in a row it did not speak. */
    private int spoken;

    private int unspoken;
    private boolean asking;
    /** Whether the answer is told, since the start or since the endpoint was unreachable. */
    private boolean told;

    private boolean stopped;

    Probe(
            LoopContext loop,
            List<Protocol> protocols,
            EndpointHealth health,
            Connector connector,
            RandomGenerator random) {
        this.loop = loop;
        this.protocols = protocols;
        this.health = health;
        this.connector = connector;
        this.backoff = new Backoff(random);
    }

    String endpoint() {
        return connector.endpoint();
    }

    boolean isUsable() {
        return state == State.REACHABLE;
    }

    void use(Connector newer) {
        connector = newer;
    }

    /** It is an endpoint no more. */
    void stop() {
        stopped = true;
        loop.timers.cancel(timer);
    }

    void ask() {
        if (!asking && !stopped) {
            asking = true;
            unspoken = 0;
            askInNext();
        }
    }

    private Protocol protocol() {
        return protocols.get(spoken);
    }

    private void askInNext() {
        connector.connect(protocol().newProbe(loop, new Answer()));
    }

    /** What the endpoint says in the one protocol that shows how it is. */
    private final class Answer implements Protocol.ProbeResult {
        @Override
        public void onProfile(BrokerProfile profile) {
            onAnswer(profile);
        }

        @Override
        public void onOtherProtocol(byte[] header) {
            if (stopped) {
                return;
            }
            health.observer().onOtherProtocol(protocol(), header);
            spoken = (spoken + 1) % protocols.size();
            if (++unspoken < protocols.size()) {
                askInNext();
            } else {
                onNoAnswer("it speaks another protocol");
            }
        }

        @Override
        public void onFailed(String why) {
            onNoAnswer(why);
        }

        /** What was known is as good as before. */
        @Override
        public void onUnasked(String why) {
            asking = false;
            if (!stopped) {
                loop.lines.warn(log, "The broker {} could not be asked: {}", endpoint(), LogText.of(why));
                askLater();
            }
        }
    }

    /** What it says in a protocol that is asked about once, whatever comes of it. */
    private final class OtherAnswer implements Protocol.ProbeResult {
        private final Protocol protocol;

        private OtherAnswer(Protocol protocol) {
            this.protocol = protocol;
        }

        @Override
        public void onProfile(BrokerProfile profile) {
            health.observer().onProfile(protocol, profile);
        }

        @Override
        public void onOtherProtocol(byte[] header) {
            health.observer().onOtherProtocol(protocol, header);
        }

        @Override
        public void onFailed(String why) {
            health.observer().onSilence(protocol);
        }

        @Override
        public void onUnasked(String why) {
            onFailed(why);
        }
    }

    /** The endpoint answers anew, perhaps with another version of its software: what else does it speak? */
    private void askForOthers() {
        for (int i = unspoken + 1; i < protocols.size(); i++) {
            Protocol other = protocols.get((spoken + i - unspoken) % protocols.size());
            connector.connect(other.newProbe(loop, new OtherAnswer(other)));
        }
    }

    /** A connection got past the log-in. */
    void onProved() {
        if (state == State.REACHABLE) {
            backoff.succeeded();
        }
    }

    /** A connection failed. */
    void suspect(String why) {
        if (state == State.REACHABLE && !stopped) {
            loop.lines.info(log, "A connection to {} failed: {}", endpoint(), LogText.of(why));
            state = State.SUSPECTED;
            askLater();
            health.onUnusable(this, why);
        }
    }

    /** A connection ended in a way that may be about its user alone: only no answer makes the endpoint suspicious. */
    void doubt() {
        if (state == State.REACHABLE) {
            ask();
        }
    }

    private void askLater() {
        loop.timers.set(timer, loop.now + backoff.failed(loop.now));
    }

    private void onAnswer(BrokerProfile profile) {
        asking = false;
        if (stopped) {
            return;
        }
        State before = state;
        state = State.REACHABLE;
        loop.timers.cancel(timer);
        health.observer().onProfile(protocol(), profile);
        if (!told) {
            told = true;
            askForOthers();
            log.info("The broker {} is reachable", endpoint());
            health.observer().onReachable(endpoint());
        }
        if (before != State.REACHABLE) {
            health.onUsable(this);
        }
    }

    private void onNoAnswer(String why) {
        asking = false;
        if (stopped) {
            return;
        }
        State before = state;
        state = State.UNREACHABLE;
        askLater();
        if (before != State.UNREACHABLE) {
            told = false;
            log.warn("The broker {} is not reachable: {}", endpoint(), LogText.of(why));
            health.observer().onUnreachable(endpoint(), why);
        }
        health.onUnusable(this, why);
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
