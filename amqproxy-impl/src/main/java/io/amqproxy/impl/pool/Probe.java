package io.amqproxy.impl.pool;

import io.amqproxy.impl.session.BrokerProfile;
import io.amqproxy.impl.session.LoopContext;
import io.amqproxy.impl.session.ProbeSession;
import io.amqproxy.impl.session.Timers;
import java.util.Random;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the broker once how it introduces itself, before the first client comes, and again until it answers. So the
 * first client gets the broker's own properties, and the first log-in needs one round trip less.
 */
public final class Probe implements Timers.Timed, ProbeSession.Result {

    private static final Logger log = LoggerFactory.getLogger(Probe.class);

    private final LoopContext loop;
    private final Connector connector;
    private final Consumer<BrokerProfile> learnt;
    private final Backoff backoff = new Backoff(new Random());
    private final Timers.Timer timer = new Timers.Timer(this);
    private boolean complained;

    public Probe(LoopContext loop, Connector connector, Consumer<BrokerProfile> learnt) {
        this.loop = loop;
        this.connector = connector;
        this.learnt = learnt;
    }

    public void start() {
        connector.connect(new ProbeSession(loop, this));
    }

    @Override
    public void onProfile(BrokerProfile profile) {
        if (complained) {
            log.info("The broker {} is reachable", connector.endpoint());
        }
        learnt.accept(profile);
    }

    @Override
    public void onFailed(String why) {
        if (!complained) {
            complained = true;
            log.warn("The broker {} is not reachable yet: {}", connector.endpoint(), why);
        }
        if (loop.profile.equals(BrokerProfile.UNKNOWN)) {
            backoff.failed(loop.now);
            loop.timers.set(timer, loop.now + backoff.remaining(loop.now));
        }
    }

    @Override
    public void onTime() {
        start();
    }

    @Override
    public void onFault(RuntimeException fault) {
        log.error("Probing the broker failed", fault);
    }
}
