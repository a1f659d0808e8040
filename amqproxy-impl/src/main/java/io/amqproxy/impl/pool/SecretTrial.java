package io.amqproxy.impl.pool;

import io.amqproxy.CloseReason;
import io.amqproxy.Release.Reason;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.pool.spi.ClientQueue;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import org.jspecify.annotations.Nullable;

/** A connection to the broker with nothing else to do than to say a new secret and to hear what the broker thinks. */
final class SecretTrial implements UpstreamOwner {

    /** What became of it; told once. */
    interface Result {
        /** The broker took the secret. */
        void onTaken();

        /** The connection ended before that. */
        void onFailed(CloseCause ending);
    }

    private final Credentials updated;
    private final Protocol protocol;
    private final String reason;
    private final Result result;
    private final UpstreamConnection session;
    private final Endpoint endpoint;
    private final LoginGuard.Attempt attempt;
    private boolean told;

    private SecretTrial(
            PoolRegistry registry,
            Protocol protocol,
            LoginGuard.Attempt attempt,
            Credentials known,
            Credentials updated,
            String reason,
            Result result) {
        this.protocol = protocol;
        this.attempt = attempt;
        this.endpoint = registry.endpoints().choose(protocol);
        this.updated = updated;
        this.reason = reason;
        this.result = result;
        this.session = protocol.newUpstream(registry.loop(), this, registry.nextUpstreamId(), endpoint.name(), known);
    }

    /**
     * Begins one, unless as many log-ins are under way as may be; returns null then, after it was told
     *
     * @param known to log in with
     */
    static @Nullable SecretTrial begin(
            PoolRegistry registry,
            Protocol protocol,
            Credentials known,
            String vhost,
            Credentials updated,
            String reason,
            Result result) {
        LoginGuard.Attempt attempt = registry.mayConnect(protocol) ? registry.beginLogin(null) : null;
        if (attempt == null) {
            result.onFailed(CloseCause.byProxy(Kind.FORCED, "the broker could not be asked about the new secret"));
            return null;
        }
        SecretTrial trial = new SecretTrial(registry, protocol, attempt, known, updated, reason, result);
        trial.session.open(vhost);
        trial.endpoint.onBegun();
        trial.endpoint.connect(trial.session);
        return trial;
    }

    /** Nobody wants to know any more. */
    void cancel() {
        told = true;
        session.close("not needed");
    }

    @Override
    public void onProved(NegotiatedLimits tune) {
        endpoint.onProved();
    }

    @Override
    public void onOpened() {
        session.updateSecret(updated, reason);
    }

    @Override
    public void onSecretTaken() {
        if (!told) {
            told = true;
            result.onTaken();
        }
        session.close("asked");
    }

    @Override
    public void onEnded(CloseCause ending, boolean wasOpen) {
        attempt.end();
        endpoint.onEnded(ending, protocol);
        if (!told) {
            told = true;
            result.onFailed(ending);
        }
    }

    // It has no channels.

    @Override
    public void onSuspect(InboundSession client, boolean wasShared) {}

    @Override
    public void onChannelIdle(Slot channel) {}

    @Override
    public void onChannelClosing(Slot channel) {}

    @Override
    public void onChannelClosed(Slot channel) {}

    @Override
    public void onReleased(Slot channel, InboundSession client) {}

    @Override
    public Reason whyNotReuse(Slot channel) {
        return Reason.RETIRED;
    }

    @Override
    public void onExclusiveQueue(ClientQueue queue, InboundSession declarer) {}

    @Override
    public void onFenceRefused(CloseCause refusal) {}

    /** The end of the connection tells, or the want of an answer. */
    @Override
    public void onSecretRefused(CloseCause refusal) {
        if (refusal.initiator() == CloseReason.Initiator.NETWORK) {
            session.close("no answer");
        }
    }

    @Override
    public void onBlocked(@Nullable String why) {}

    @Override
    public boolean isReserved() {
        return false;
    }
}
