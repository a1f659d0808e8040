package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.LoginHandler;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import java.util.ArrayDeque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the broker accepts a vhost of an account's, and who waits to know. A proof ages after {@code credentialTtl};
 * who waits does so for {@code acquireTimeout} at the most.
 */
final class VhostProof {

    private record Waiter(LoginHandler applicant, long until) {}

    private final String vhost;
    private final LoopContext loop;
    private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
    private @Nullable NegotiatedLimits offer;
    private boolean proved;
    private long provedAt;

    VhostProof(String vhost, LoopContext loop) {
        this.vhost = vhost;
        this.loop = loop;
    }

    /**
     * Answers the applicant at once where the broker has been asked lately.
     *
     * @return whether it has to wait
     */
    boolean ask(LoginHandler applicant) {
        if (offer != null && proved && loop.now - provedAt < loop.settings.credentialTtl()) {
            applicant.onOpened(vhost, offer);
            return false;
        }
        waiting.add(new Waiter(applicant, loop.now + loop.settings.acquireTimeout()));
        return true;
    }

    void withdraw(LoginHandler applicant) {
        waiting.removeIf(one -> one.applicant() == applicant);
    }

    /** Whether nobody waits. */
    boolean isSettled() {
        return waiting.isEmpty();
    }

    int waiting() {
        return waiting.size();
    }

    /** Who has waited longest; there is somebody. */
    LoginHandler first() {
        return waiting.element().applicant();
    }

    /** Until when the first waits; there is somebody. */
    long firstDeadline() {
        return waiting.element().until();
    }

    void onAccepted(NegotiatedLimits granted) {
        proved = true;
        offer = granted;
        provedAt = loop.now;
        let(granted);
    }

    /** Those that wait need no proof. */
    void let(NegotiatedLimits granted) {
        for (Waiter one = waiting.poll(); one != null; one = waiting.poll()) {
            one.applicant().onOpened(vhost, granted);
        }
    }

    void onRefused(CloseCause why) {
        proved = false;
        turnAway(why);
    }

    /** Those that wait are refused, which says nothing about the vhost. */
    void turnAway(CloseCause why) {
        for (Waiter one = waiting.poll(); one != null; one = waiting.poll()) {
            one.applicant().onRefused(why);
        }
    }

    /** What was proved has to be proved again. */
    void forget() {
        proved = false;
    }

    /** Refuses those that have waited for too long. */
    void expire(Supplier<CloseCause> why) {
        while (!waiting.isEmpty() && waiting.element().until() - loop.now <= 0) {
            waiting.remove().applicant().onRefused(why.get());
        }
    }
}
