package io.amqproxy.impl.pool;

import io.amqproxy.CloseReason;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.pool.spi.Protocol;
import org.jspecify.annotations.Nullable;

/** Says a new secret, and hears what the broker thinks. */
final class SecretTrial extends TrialConnection {

    /** What became of it; told once. */
    interface Result {
        /** The broker took the secret. */
        void onTaken();

        /** The connection ended before that. */
        void onFailed(CloseCause ending);
    }

    private final Credentials updated;
    private final String reason;
    private final Result result;
    private boolean told;

    private SecretTrial(
            PoolContext context,
            Protocol protocol,
            Permission permission,
            Credentials known,
            Credentials updated,
            String reason,
            Result result) {
        super(context, protocol, permission, known);
        this.updated = updated;
        this.reason = reason;
        this.result = result;
    }

    /**
     * Begins one, unless as many log-ins are under way, or connections there, as may be, or no endpoint can be asked;
     * returns null then, after it was told
     *
     * @param known to log in with
     */
    static @Nullable SecretTrial begin(
            PoolContext context,
            Protocol protocol,
            Credentials known,
            String vhost,
            Credentials updated,
            String reason,
            Result result) {
        Permission permission = context.mayConnect(protocol) ? Permission.take(context) : null;
        if (permission == null) {
            result.onFailed(CloseCause.byProxy(Kind.FORCED, "the broker could not be asked about the new secret"));
            return null;
        }
        SecretTrial trial = new SecretTrial(context, protocol, permission, known, updated, reason, result);
        trial.begin(vhost);
        return trial;
    }

    /** Nobody wants to know any more. */
    void cancel() {
        told = true;
        close("not needed");
    }

    @Override
    void ask() {
        session().updateSecret(updated, reason);
    }

    @Override
    public void onSecretTaken() {
        if (!told) {
            told = true;
            result.onTaken();
        }
        close("asked");
    }

    @Override
    void tell(CloseCause ending) {
        if (!told) {
            told = true;
            result.onFailed(ending);
        }
    }

    /** The end of the connection tells, or the want of an answer. */
    @Override
    public void onSecretRefused(CloseCause refusal) {
        if (refusal.initiator() == CloseReason.Initiator.NETWORK) {
            close("no answer");
        }
    }
}
