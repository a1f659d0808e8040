package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The clients of one pool that are gone but for something of theirs at the broker: a connection that ends with its
 * client and is closing, or exclusive queues that are being deleted. They have left once that is gone, so that a client
 * which comes back does not come upon it.
 */
final class LeavingClients {

    private final Upstreams upstreams;
    private final PoolMembers members;
    private final PoolClients clients;
    private final Set<InboundSession> leaving = new HashSet<>();

    LeavingClients(Upstreams upstreams, PoolMembers members, PoolClients clients) {
        this.upstreams = upstreams;
        this.members = members;
        this.clients = clients;
    }

    /**
     * A client and all its channels are gone.
     *
     * @return false where something of it remains, for now
     */
    boolean leave(PoolMember member) {
        InboundSession client = member.session();
        if (upstreams.giveBack(member, members) && leaving.add(client)) {
            return false;
        }
        leaving.remove(client);
        members.remove(client);
        return true;
    }

    /** Whether the client is a member and does not leave. */
    boolean isHere(InboundSession client) {
        return members.get(client) != null && !leaving.contains(client);
    }

    /** An upstream has ended, and what it had of clients with it. */
    void onEnded() {
        List.copyOf(leaving).forEach(this::leaveIfDone);
    }

    /** A client that leaves has left once no upstream has anything of it. */
    void leaveIfDone(InboundSession client) {
        for (Upstream upstream : upstreams.all()) {
            if (upstream.ties().isDeletingQueues(client) || upstream.ties().holdsQueues(client)) {
                return;
            }
        }
        if (leaving.remove(client)) {
            members.remove(client);
            clients.onLeft(client);
        }
    }
}
