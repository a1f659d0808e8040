package io.amqproxy.impl.pool;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.ClientQueue;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to the broker with nothing else to do than to find something out. No client uses it, and the broker has
 * {@link Upstreams#ANSWER_TIMEOUT} to answer once it is open.
 */
abstract class Trial implements UpstreamOwner, Timers.Timed {

    /** What it takes to begin one. */
    record Admission(LoginGuard.Attempt attempt, ConnectionPermit permit) {}

    private static final Logger log = LoggerFactory.getLogger(Trial.class);

    private final PoolRegistry registry;
    private final Protocol protocol;
    private final UpstreamConnection session;
    private final Endpoint endpoint;
    private final Admission admission;
    private final Timers.Timer timer = new Timers.Timer(this);

    /** @param credentials to log in with */
    Trial(PoolRegistry registry, Protocol protocol, Admission admission, Credentials credentials) {
        this.registry = registry;
        this.protocol = protocol;
        this.admission = admission;
        this.endpoint = registry.endpoints().choose(protocol);
        this.session =
                protocol.newUpstream(registry.loop(), this, registry.nextUpstreamId(), endpoint.name(), credentials);
    }

    /** Connects. */
    final void begin(String vhost) {
        registry.onTrial(this);
        session.open(vhost);
        endpoint.onBegun();
        endpoint.connect(session);
    }

    final UpstreamConnection session() {
        return session;
    }

    /** It is over, of itself or because nobody wants to know any more. */
    final void close(String why) {
        session.close(why);
    }

    @Override
    public final void onProved(NegotiatedLimits tune) {
        admission.attempt().end();
        endpoint.onProved();
    }

    @Override
    public final void onOpened() {
        registry.loop().timers.set(timer, registry.loop().now + Upstreams.ANSWER_TIMEOUT);
        ask();
    }

    /** The broker may be asked now. */
    abstract void ask();

    @Override
    public final void onEnded(CloseCause ending, boolean wasOpen) {
        registry.loop().timers.cancel(timer);
        registry.onTrialEnded(this);
        admission.attempt().end();
        admission.permit().release();
        endpoint.onEnded(ending, protocol);
        tell(ending);
    }

    /** Tells what it has found out, where that is not told yet. */
    abstract void tell(CloseCause ending);

    @Override
    public final void onTime() {
        close("no answer");
    }

    @Override
    public final void onFault(RuntimeException fault) {
        registry.loop().lines.error(log, "Giving up a question on {} failed", session, fault);
    }

    // Nobody uses it.

    @Override
    public final void onSuspect(InboundSession client, boolean wasShared) {}

    @Override
    public final void onChannelIdle(Slot channel) {}

    @Override
    public final void onChannelClosing(Slot channel) {}

    @Override
    public void onChannelClosed(Slot channel) {}

    @Override
    public final void onReleased(Slot channel, InboundSession client) {}

    @Override
    public final Reason whyNotReuse(Slot channel) {
        return Reason.RETIRED;
    }

    @Override
    public final void onExclusiveQueue(ClientQueue queue, InboundSession declarer) {}

    @Override
    public final void onFenceRefused(CloseCause refusal) {}

    @Override
    public final void onBlocked(@Nullable String why) {}

    @Override
    public final boolean isReserved() {
        return false;
    }
}
