package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;

/** Whether a pool lacks a connection that other pools have: it asks for one as long as somebody waits for it. */
final class ConnectionDemand {

    private final PoolContext context;
    private final Account account;
    private final String vhost;
    private final ConnectionClaim claim;
    private final Upstreams upstreams;
    private final LeaseQueue leases;
    private final VhostProof proof;

    ConnectionDemand(
            PoolContext context,
            Account account,
            String vhost,
            ConnectionClaim claim,
            Upstreams upstreams,
            LeaseQueue leases,
            VhostProof proof) {
        this.context = context;
        this.account = account;
        this.vhost = vhost;
        this.claim = claim;
        this.upstreams = upstreams;
        this.leases = leases;
        this.proof = proof;
    }

    /** Asks for one where somebody waits for it, or does so no longer. */
    void claimIfNeeded() {
        PoolCapacity capacity = upstreams.capacity();
        boolean isNeeded = capacity.isShort()
                && capacity.ownRoom(0) > 0
                && !upstreams.isAnyOpening()
                && account.mayConnect()
                && (leases.needsConnection() || (!proof.isSettled() && !upstreams.isAnyOpen()));
        if (isNeeded) {
            claim.want(capacity.need());
            context.loop.limitReached(
                    LoopContext.Limit.TOTAL_CONNECTIONS,
                    account.credentials().user(),
                    vhost,
                    null,
                    account.credentials() + " in " + vhost + " waits for a connection");
        } else {
            claim.forgo();
        }
    }
}
