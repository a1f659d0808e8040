package io.amqproxy.impl.pool;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.ConnectionBudget.Need;
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
abstract class TrialConnection implements UpstreamOwner, Timers.Timed {

    /** What it takes to begin one. */
    record Permission(LoginGuard.Attempt attempt, ConnectionPermit permit) {

        /** {@return one, or null where there are as many log-ins or connections as may be} */
        static @Nullable Permission take(PoolContext context) {
            ConnectionPermit permit = ConnectionPermit.take(context.ofTrials(), Need.LOGIN);
            LoginGuard.Attempt attempt =
                    permit == null ? null : context.logins().begin(null);
            if (permit != null && attempt == null) {
                permit.release();
            }
            return permit == null || attempt == null ? null : new Permission(attempt, permit);
        }
    }

    private static final Logger log = LoggerFactory.getLogger(TrialConnection.class);

    private final PoolContext context;
    private final Protocol protocol;
    private final UpstreamConnection session;
    private final Endpoint endpoint;
    private final Permission permission;
    private final Timers.Timer timer = new Timers.Timer(this);

    /** @param credentials to log in with */
    TrialConnection(PoolContext context, Protocol protocol, Permission permission, Credentials credentials) {
        this.context = context;
        this.protocol = protocol;
        this.permission = permission;
        this.endpoint = context.endpoints().choose(protocol, null);
        this.session = protocol.newUpstream(context.loop, this, context.nextUpstreamId(), endpoint.name(), credentials);
    }

    /** Connects. */
    final void begin(String vhost) {
        context.trials().add(session);
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
        permission.attempt().end();
        endpoint.onProved();
    }

    @Override
    public final void onOpened() {
        context.loop.timers.set(timer, context.loop.now + Upstreams.ANSWER_TIMEOUT);
        ask();
    }

    /** The broker may be asked now. */
    abstract void ask();

    @Override
    public final void onEnded(CloseCause ending, boolean wasOpen) {
        context.loop.timers.cancel(timer);
        context.trials().remove(session);
        permission.attempt().end();
        permission.permit().release();
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
        context.loop.lines.error(log, "Giving up a question on {} failed", session, fault);
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
    public final void onBlocked(@Nullable String why) {}

    @Override
    public final boolean isReserved() {
        return false;
    }
}
