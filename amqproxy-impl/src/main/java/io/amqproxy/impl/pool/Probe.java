package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.internal.LogText;
import java.util.ArrayList;
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
 * <p>One protocol, the first that the endpoint speaks, shows how it is. It is asked about the others after it was not
 * to be reached, and when a connection in one of them has failed, so that no health check costs a broker more than one
 * connection: see {@link ProtocolAnswer}.
 *
 * <p>It waits longer after each failure. Only a log-in shows that all is well again: a broker that answers and then
 * fails every connection is asked ever more seldom, and used as seldom.
 */
final class Probe implements ProtocolAnswer.Asker, Timers.Timed {

    private enum State {
        REACHABLE,
        SUSPECTED,
        UNREACHABLE
    }

    private static final Logger log = LoggerFactory.getLogger(Probe.class);

    private final LoopContext loop;
    private final List<ProtocolAnswer> protocols = new ArrayList<>();
    private final EndpointHealth health;
    private Connector connector;
    private final Backoff backoff;
    private final Timers.Timer timer = new Timers.Timer(this);
    private State state = State.REACHABLE;
    /** Which protocol shows how the endpoint is, and how many in a row it did not speak. */
    private int spoken;

    private int unspoken;
    private boolean asking;
    /**
     * Whether a connection in a protocol that does not show how the endpoint is has failed since that was asked last.
     */
    private boolean doubted;

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
        protocols.forEach(protocol -> this.protocols.add(new ProtocolAnswer(loop, this, protocol)));
        this.health = health;
        this.connector = connector;
        this.backoff = new Backoff(random);
    }

    @Override
    public String endpoint() {
        return connector.endpoint();
    }

    boolean isUsable() {
        return state == State.REACHABLE;
    }

    @Override
    public boolean isStopped() {
        return stopped;
    }

    List<ProtocolAnswer> answers() {
        return protocols;
    }

    /** Whether it is yet to be seen if the endpoint speaks a protocol. */
    boolean isAwaited(ProtocolAnswer answer) {
        boolean isFirst = asking && !told && state == State.REACHABLE;
        boolean isUnknown = answer.profile() == null && answer.otherHeader() == null;
        return answer.isAwaited() || (isFirst && isUnknown);
    }

    @Override
    public void connect(OutboundSession session) {
        connector.connect(session);
    }

    void use(Connector newer) {
        connector = newer;
    }

    /** It is an endpoint no more. */
    void stop() {
        stopped = true;
        loop.timers.cancel(timer);
        protocols.forEach(ProtocolAnswer::stop);
    }

    void ask() {
        if (!asking && !stopped) {
            asking = true;
            doubted = false;
            unspoken = 0;
            askInNext();
        }
    }

    private ProtocolAnswer main() {
        return protocols.get(spoken);
    }

    private void askInNext() {
        main().await();
        OutboundSession session = main().protocol().newProbe(loop, new Answer());
        try {
            connector.connect(session);
        } catch (RuntimeException | Error failure) {
            session.onConnectImpossible("an attempt to connect failed");
            throw failure;
        }
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
            main().onOtherProtocol(header);
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
            main().onNothing();
            if (!stopped) {
                askLater();
                loop.lines.warn(log, "The broker {} could not be asked: {}", endpoint(), LogText.of(why));
            }
        }
    }

    @Override
    public void onSaid(ProtocolAnswer answer) {
        if (!stopped) {
            health.onSaid(this, answer);
        }
    }

    /** One protocol may hang where another is well; a connection that has failed is a reason to look. */
    @Override
    public void onSilence(ProtocolAnswer answer) {
        onSaid(answer);
        if (doubted) {
            ask();
        }
    }

    /** The endpoint answers anew, perhaps with another version of its software: what else does it speak? */
    private void askForOthers() {
        for (int i = unspoken + 1; i < protocols.size(); i++) {
            protocols.get((spoken + i - unspoken) % protocols.size()).ask();
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
    void doubt(Protocol spokenThere) {
        if (state != State.REACHABLE || stopped) {
            return;
        }
        if (main().protocol() == spokenThere) {
            ask();
            return;
        }
        doubted = true;
        for (ProtocolAnswer answer : protocols) {
            if (answer.protocol() == spokenThere) {
                answer.ask();
            }
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
        main().onProfile(profile);
        if (before != State.REACHABLE) {
            health.onUsable(this);
        }
        if (!told) {
            told = true;
            health.observer().onReachable(endpoint());
            askForOthers();
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
        main().onNothing();
        for (ProtocolAnswer answer : protocols) {
            answer.stop();
            health.onSaid(this, answer);
        }
        if (before != State.UNREACHABLE) {
            told = false;
            String prefix = endpoint() + ": "; // Who connects says it for clients, who have several.
            String reason = why.startsWith(prefix) ? why.substring(prefix.length()) : why;
            log.warn("The broker {} is not reachable: {}", endpoint(), LogText.of(reason));
            health.observer().onUnreachable(endpoint(), reason);
        }
        health.onUnusable(this, why);
    }

    @Override
    public void onTime() {
        ask();
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.lines.error(log, "Probing the broker failed", fault);
    }
}
