package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The clients of one pool. */
final class PoolMembers {

    /** Of identity, which takes less for each of many: a client is equal to no other. */
    private final IdentityHashMap<InboundSession, PoolMember> byClient = new IdentityHashMap<>();

    /** The client's member, which it becomes if it is none yet. */
    PoolMember enter(InboundSession client) {
        PoolMember member = byClient.computeIfAbsent(client, PoolMember::new);
        member.moveIn();
        return member;
    }

    void remove(InboundSession client) {
        byClient.remove(client);
    }

    @Nullable
    PoolMember get(InboundSession client) {
        return byClient.get(client);
    }

    /** The member that has this channel. */
    PoolMember of(LeaseHolder channel) {
        PoolMember member = byClient.get(channel.session());
        if (member == null) {
            throw new IllegalStateException(channel + " is not of this pool");
        }
        return member;
    }

    /** Those that are here now. */
    List<PoolMember> all() {
        return List.copyOf(byClient.values());
    }

    /** Those that are on this upstream. */
    List<PoolMember> on(Upstream upstream) {
        List<PoolMember> on = new ArrayList<>();
        for (PoolMember member : byClient.values()) {
            if (member.current().contains(upstream)) {
                on.add(member);
            }
        }
        return on;
    }

    int count() {
        return byClient.size();
    }

    boolean isEmpty() {
        return byClient.isEmpty();
    }

    /** The upstream is over. */
    void forget(Upstream upstream) {
        for (PoolMember member : byClient.values()) {
            member.forget(upstream);
        }
    }

    /** The upstream goes over to another pool, with the leases on it and whom it is set aside for. */
    void handOver(Upstream upstream, PoolMembers to) {
        InboundSession owner = upstream.ties().owner();
        for (PoolMember member : on(upstream)) {
            to.enter(member.session()).takeOver(upstream, member);
        }
        if (owner != null) {
            to.enter(owner).reserve(upstream);
        }
    }
}
