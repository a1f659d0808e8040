package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Which clients of a pool hear that a connection to the broker has ended, beside those whose leases were on it, which
 * hear of that by these: who had an exclusive queue there, who wants to know, and everybody where the vhost is gone.
 */
final class LossNotice {

    private final LoopContext loop;
    private final String vhost;
    private final PoolMembers members;
    private final LeavingClients leaving;

    LossNotice(LoopContext loop, String vhost, PoolMembers members, LeavingClients leaving) {
        this.loop = loop;
        this.vhost = vhost;
        this.members = members;
        this.leaving = leaving;
    }

    /** An upstream of the pool has ended. */
    void onEnded(Upstream upstream, CloseCause ending, boolean wasOpen) {
        for (InboundSession holder : upstream.ties().holders()) {
            if (leaving.isHere(holder) && holder.isOpen()) {
                holder.onUpstreamLost(ending);
            }
        }
        tellOthers(ending, wasOpen);
    }

    /** A deleted vhost is told to all, any other loss to those that want to know and are nowhere else. */
    private void tellOthers(CloseCause ending, boolean wasOpen) {
        if (ending.isOfDeletedVhost()) {
            CloseCause deleted = wasOpen ? ending : CloseCause.byProxy(Kind.FORCED, "vhost '" + vhost + "' is deleted");
            tell(member -> true, client -> client.close(deleted));
        } else if (wasOpen && ending.isOfRestart()) {
            tell(
                    member -> member.isNowhere()
                            && loop.tellsOfLoss(member.session().info()),
                    client -> client.onUpstreamLost(ending));
        }
    }

    /** Closes the clients that have no channel at the broker. */
    void closeIdle(CloseCause why) {
        tell(PoolMember::isNowhere, client -> client.close(why));
    }

    private void tell(Predicate<PoolMember> whom, Consumer<InboundSession> how) {
        for (PoolMember member : members.all()) {
            if (member.session().isOpen() && whom.test(member)) {
                how.accept(member.session());
            }
        }
    }
}
