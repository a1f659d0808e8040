package io.amqproxy.impl.pool;

import io.amqproxy.PoolStats;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.TrafficCounters;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What there is to tell of one pool: its figures for whoever asks, and for who has waited in vain. */
final class PoolFigures {

    private final PoolContext context;
    private final Account account;
    private final String vhost;
    private final Upstreams upstreams;
    private final PoolMembers members;
    private final LeaseQueue leases;
    private final VhostProof proof;
    private long upstreamsOpened;
    private long acquireTimeouts;

    PoolFigures(
            PoolContext context,
            Account account,
            String vhost,
            Upstreams upstreams,
            PoolMembers members,
            LeaseQueue leases,
            VhostProof proof) {
        this.context = context;
        this.account = account;
        this.vhost = vhost;
        this.upstreams = upstreams;
        this.members = members;
        this.leases = leases;
        this.proof = proof;
    }

    /** One more upstream is open. */
    void onOpened() {
        upstreamsOpened++;
    }

    /**
     * Counts who has waited for too long.
     *
     * @param what did not happen in time
     * @param claim the pool's part of all connections
     * @param lastFailure of a connection of the pool's, if there was one
     * @return why it is closed
     */
    CloseCause timedOut(String what, ConnectionClaim claim, @Nullable CloseCause lastFailure) {
        acquireTimeouts++;
        context.loop.acquireTimeouts++;
        PoolStats stats = stats();
        return CloseCause.byProxy(
                Kind.FORCED,
                what + " in time: " + account.credentials() + " vhost " + vhost + ", " + stats.upstreams() + " of "
                        + context.loop.settings.maxConnections() + " connections, " + stats.channelsLeased()
                        + " channels leased, " + stats.channelsIdle() + " idle, " + (stats.waiting() + 1) + " waiting"
                        + (context.isPaused() ? "; the proxy is paused" : "")
                        + account.channels().describe()
                        + claim.describe()
                        + context.lastFailure(lastFailure));
    }

    PoolStats stats() {
        int leased = 0;
        int idle = 0;
        int opening = 0;
        int retired = 0;
        int blocked = 0;
        for (Upstream upstream : upstreams.all()) {
            leased += upstream.leased();
            idle += upstream.idle();
            opening += upstream.open() ? 0 : 1;
            retired += upstream.isRetired() ? 1 : 0;
            blocked += upstream.session().isHeldBack() ? 1 : 0;
        }
        TrafficCounters traffic = upstreams.traffic();
        return new PoolStatsSnapshot(
                account.credentials().user(),
                vhost,
                context.loop.route(),
                account.protocol().name(),
                members.count(),
                upstreams.all().size(),
                leased,
                idle,
                leases.waiting() + proof.waiting(),
                Duration.ofNanos(leases.longestWait()),
                acquireTimeouts,
                opening,
                retired,
                blocked,
                upstreams.most(),
                upstreamsOpened,
                leases.total(),
                traffic.published,
                traffic.delivered,
                traffic.bytesIn,
                traffic.bytesOut);
    }
}
