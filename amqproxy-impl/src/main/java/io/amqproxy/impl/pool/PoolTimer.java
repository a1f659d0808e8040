package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import java.util.concurrent.TimeUnit;

/** When a pool has something to do although nothing happens. */
final class PoolTimer {

    /** Those that wait are asked for again that often, whatever it is that became possible meanwhile. */
    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

    private final LoopContext loop;
    private final Account account;
    private final Upstreams upstreams;
    private final VhostProof proof;
    private final LeaseQueue leases;
    private final ConnectionClaim claim;
    private final Timers.Timer timer;

    /** @param pool is told when its time has come */
    PoolTimer(
            Timers.Timed pool,
            LoopContext loop,
            Account account,
            Upstreams upstreams,
            VhostProof proof,
            LeaseQueue leases,
            ConnectionClaim claim) {
        this.loop = loop;
        this.account = account;
        this.upstreams = upstreams;
        this.proof = proof;
        this.leases = leases;
        this.claim = claim;
        this.timer = new Timers.Timer(pool);
    }

    /** Looks at what there is to do now. */
    void schedule() {
        long next = Math.min(upstreams.untilDue(), claim.untilAskedAgain());
        if (!proof.isSettled()) {
            next = Math.min(next, proof.firstDeadline() - loop.now);
            next = Math.min(next, RETRY);
        }
        if (leases.waiting() > 0) {
            next = Math.min(next, leases.untilFirstDeadline());
            next = Math.min(next, account.channels().untilRoom());
            next = Math.min(next, RETRY);
        }
        if (next == Long.MAX_VALUE) {
            cancel();
        } else {
            loop.timers.set(timer, loop.now + Math.max(next, 0));
        }
    }

    void cancel() {
        loop.timers.cancel(timer);
    }

    /** The broker was asked for something. */
    void awaitAnswer() {
        loop.timers.advance(timer, loop.now + Upstreams.ANSWER_TIMEOUT);
    }

    /** What was to be done failed. */
    void retry() {
        loop.timers.set(timer, loop.now + RETRY);
    }
}
