package io.amqproxy.impl.pool;

import io.amqproxy.UpstreamView;
import io.amqproxy.impl.pool.spi.LeaseHolder;

/** What holds for those that wait for a place once all has come to rest. */
final class ModelWaits {

    private ModelWaits() {}

    /**
     * Nobody waits who could go on: who has a slot at the broker does all there, unless something better is under way,
     * and who has none waits only where none is free.
     *
     * @param isShared whether the policy lets clients be with others
     */
    static void check(Rig rig, boolean isShared) {
        for (Pool pool : rig.registry.pools()) {
            for (PoolMember member : pool.members()) {
                LeaseHolder waiting = member.waiting;
                if (waiting != null && !member.isServedSoon()) {
                    check(waiting, pool, member, isShared);
                }
            }
        }
    }

    private static void check(LeaseHolder waiting, Pool pool, PoolMember member, boolean isShared) {
        if (waiting.slot() != null) {
            throw new AssertionError(waiting + " has a slot, and waits for " + member.waitingFor + ": " + pool.all());
        }
        boolean needsOwn = waiting.needsOwnConnection() && !waiting.maySettleForOthers();
        for (UpstreamView upstream : pool.upstreams()) {
            boolean isFree = isShared
                    && upstream.owner() == 0
                    && upstream.free() > 0
                    && upstream instanceof Upstream one
                    && one.ties().suits(member.session(), needsOwn);
            if (isFree) {
                throw new AssertionError(waiting + " waits for " + member.waitingFor + ", and there is " + upstream);
            }
        }
    }
}
