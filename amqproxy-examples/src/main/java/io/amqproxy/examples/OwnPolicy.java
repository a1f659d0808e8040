package io.amqproxy.examples;

import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseRequest;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import org.jspecify.annotations.Nullable;

/**
 * A policy of one's own: each client whose user name starts with {@code batch-} gets a connection to the broker of its
 * own while it is connected; all others share as usual.
 */
public final class OwnPolicy implements PoolPolicy {

    private final PoolPolicy batch = PoolPolicy.exclusive();
    private final PoolPolicy others = PoolPolicy.multiplexed();

    @Override
    public Placement place(LeaseRequest request, PoolView pool) {
        return chosen(pool.user()).place(request, pool);
    }

    @Override
    public boolean introducesAs(ClientInfo client) {
        return chosen(client.user()).introducesAs(client);
    }

    private PoolPolicy chosen(@Nullable String user) {
        return user != null && user.startsWith("batch-") ? batch : others;
    }
}
