package io.amqproxy.examples;

import io.amqproxy.LeaseRequest;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;

/**
 * A policy of one's own: each client whose user name starts with {@code batch-} gets a connection to the broker of its
 * own while it is connected; all others share as usual.
 */
public final class OwnPolicy implements PoolPolicy {

    private final PoolPolicy batch = PoolPolicy.exclusive();
    private final PoolPolicy others = PoolPolicy.multiplexed();

    @Override
    public Placement place(LeaseRequest request, PoolView pool) {
        PoolPolicy chosen = pool.user().startsWith("batch-") ? batch : others;
        return chosen.place(request, pool);
    }
}
