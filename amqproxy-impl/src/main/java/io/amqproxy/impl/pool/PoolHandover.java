package io.amqproxy.impl.pool;

import io.amqproxy.PoolView;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.List;

/**
 * Clients whose secret has changed, and which go from a pool of the old secret to one of the new. What of a client is
 * still at the broker over connections that others use stays in the old pool until it is released.
 */
final class PoolHandover {

    /** A pool, as connections and clients that come to it know it. */
    interface Host extends Upstream.Home, PoolView {}

    private final Host pool;
    private final Account account;
    private final PoolClients clients;
    private final Upstreams upstreams;
    private final PoolMembers members;

    PoolHandover(Host pool, Account account, PoolClients clients, Upstreams upstreams, PoolMembers members) {
        this.pool = pool;
        this.account = account;
        this.clients = clients;
        this.upstreams = upstreams;
        this.members = members;
    }

    /**
     * The client gets its channels from the other pool from now on. It takes along the connections that only clients of
     * that pool use, whose broker is told the new secret; on others its channels stay until they are released. Returns
     * false where it was no client of this pool.
     */
    boolean handOver(InboundSession client, PoolHandover to, String reason) {
        PoolMember leaver = members.get(client);
        if (leaver == null) {
            return false;
        }
        to.members.enter(client);
        for (Upstream upstream : List.copyOf(upstreams.all())) {
            if (upstream.open()
                    && leaver.current().contains(upstream)
                    && !upstream.ties().isDeletingQueues()
                    && isOnlyFor(to, upstream)) {
                handOver(upstream, to);
                upstream.session().updateSecret(to.account.credentials(), reason);
            }
        }
        leaver.moveOut();
        members.all().forEach(this::removeIfMovedOut);
        return true;
    }

    private boolean isOnlyFor(PoolHandover to, Upstream upstream) {
        return members.on(upstream).stream().allMatch(member -> clients.isOf(member.session(), to.account));
    }

    private void handOver(Upstream upstream, PoolHandover to) {
        upstreams.handOver(upstream, to.upstreams);
        upstream.moveTo(to.account, to.pool);
        members.handOver(upstream, to.members);
        if (upstream.ties().owner() == null) {
            to.upstreams.share(upstream);
        }
    }

    /** Nothing of a client that has gone to another pool is here any more. */
    void removeIfMovedOut(PoolMember member) {
        if (member.hasMovedOut() && member.current().isEmpty()) {
            members.remove(member.session());
            clients.onMovedOut(member.session(), pool);
        }
    }
}
