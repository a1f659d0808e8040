package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import org.jspecify.annotations.Nullable;

/**
 * Whether the broker accepts credentials, as far as it has said, and what it granted then. A proof ages after
 * {@code credentialTtl}, and ends with the secret.
 */
final class LoginProof {

    /** The last fifth of the proof's time is there to renew it. */
    private static final int RENEWAL_SHARE = 5;

    private final LoopContext loop;
    private final Credentials credentials;
    private @Nullable NegotiatedLimits granted;
    private boolean proved;
    private long provedAt;

    LoginProof(LoopContext loop, Credentials credentials) {
        this.loop = loop;
        this.credentials = credentials;
    }

    /** {@return what the broker granted when it accepted them last, however long ago; null where it never has} */
    @Nullable
    NegotiatedLimits granted() {
        return granted;
    }

    /** Whether the broker has accepted them, and has not refused them since. */
    boolean isProved() {
        return proved;
    }

    /** Whether that was lately enough. */
    boolean isFresh() {
        return proved && !credentials.isExpired(loop.now) && age() < loop.settings.credentialTtl();
    }

    /** Whether it is time to ask again, a little before the proof is too old. */
    boolean isDue() {
        long ttl = loop.settings.credentialTtl();
        return credentials.isExpired(loop.now) || age() >= ttl - ttl / RENEWAL_SHARE;
    }

    /** In how many nanoseconds a fresh one is too old. */
    long untilOld() {
        return loop.settings.credentialTtl() - age();
    }

    private long age() {
        return loop.now - provedAt;
    }

    void onAccepted(NegotiatedLimits limits) {
        granted = limits;
        proved = true;
        provedAt = loop.now;
    }

    void onRefused() {
        proved = false;
    }
}
