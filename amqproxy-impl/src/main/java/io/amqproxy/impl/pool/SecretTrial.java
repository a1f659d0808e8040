package io.amqproxy.impl.pool;

import io.amqproxy.CloseReason;
import io.amqproxy.Release.Reason;
import io.amqproxy.impl.session.ClientSession;
import io.amqproxy.impl.session.Credentials;
import io.amqproxy.impl.session.Ending;
import io.amqproxy.impl.session.ExclusiveQueue;
import io.amqproxy.impl.session.Tune;
import io.amqproxy.impl.session.UpstreamChannel;
import io.amqproxy.impl.session.UpstreamOwner;
import io.amqproxy.impl.session.UpstreamSession;
import io.amqproxy.impl.wire.ReplyCode;
import org.jspecify.annotations.Nullable;

/** A connection to the broker with nothing else to do than to say a new secret and to hear what the broker thinks. */
final class SecretTrial implements UpstreamOwner {

    /** What became of it; told once. */
    interface Result {
        /** The broker took the secret. */
        void onTaken();

        /** The connection ended before that. */
        void onFailed(Ending ending);
    }

    private final Credentials updated;
    private final String reason;
    private final Result result;
    private final UpstreamSession session;
    private final Endpoint endpoint;
    private final LoginGuard.Attempt attempt;
    private boolean told;

    private SecretTrial(
            Tenants tenants,
            LoginGuard.Attempt attempt,
            Credentials known,
            Credentials updated,
            String reason,
            Result result) {
        this.attempt = attempt;
        this.endpoint = tenants.endpoints().choose();
        this.updated = updated;
        this.reason = reason;
        this.result = result;
        this.session = new UpstreamSession(tenants.loop(), this, tenants.nextUpstreamId(), endpoint.name(), known);
    }

    /**
     * Begins one, unless as many log-ins are under way as may be; {@return null then, after it was told}
     *
     * @param known to log in with
     */
    static @Nullable SecretTrial begin(
            Tenants tenants, Credentials known, String vhost, Credentials updated, String reason, Result result) {
        LoginGuard.Attempt attempt = tenants.mayConnect() ? tenants.beginLogin(null) : null;
        if (attempt == null) {
            result.onFailed(
                    Ending.byProxy(ReplyCode.CONNECTION_FORCED, "the broker could not be asked about the new secret"));
            return null;
        }
        SecretTrial trial = new SecretTrial(tenants, attempt, known, updated, reason, result);
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
    public void onProved(Tune tune) {
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
    public void onEnded(Ending ending, boolean wasOpen) {
        attempt.end();
        endpoint.onEnded(ending);
        if (!told) {
            told = true;
            result.onFailed(ending);
        }
    }

    // It has no channels.

    @Override
    public void onSuspect(ClientSession client, boolean wasShared) {}

    @Override
    public void onChannelIdle(UpstreamChannel channel) {}

    @Override
    public void onChannelClosing(UpstreamChannel channel) {}

    @Override
    public void onChannelClosed(UpstreamChannel channel) {}

    @Override
    public void onReleased(UpstreamChannel channel, ClientSession client) {}

    @Override
    public Reason whyNotReuse(UpstreamChannel channel) {
        return Reason.RETIRED;
    }

    @Override
    public void onExclusiveQueue(ExclusiveQueue queue, ClientSession declarer) {}

    @Override
    public void onFenceRefused(Ending refusal) {}

    /** The end of the connection tells, or the want of an answer. */
    @Override
    public void onSecretRefused(Ending refusal) {
        if (refusal.initiator() == CloseReason.Initiator.NETWORK) {
            session.close("no answer");
        }
    }

    @Override
    public void onBlocked(@Nullable String why) {}

    @Override
    public boolean isOwned() {
        return false;
    }
}
