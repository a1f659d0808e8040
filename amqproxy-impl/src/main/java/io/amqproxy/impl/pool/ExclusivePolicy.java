package io.amqproxy.impl.pool;

import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseRequest;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamView;

/** One upstream for each client while it is connected; {@link PoolPolicy#exclusive()}. */
public final class ExclusivePolicy implements PoolPolicy {

    private final boolean tellsOfLosses;

    public ExclusivePolicy() {
        this(false);
    }

    private ExclusivePolicy(boolean tellsOfLosses) {
        this.tellsOfLosses = tellsOfLosses;
    }

    @Override
    public boolean introducesAs(ClientInfo client) {
        return true;
    }

    @Override
    public boolean tellsOfLoss(ClientInfo client) {
        return tellsOfLosses;
    }

    /** One that is exclusive in all that this is. */
    @Override
    public PoolPolicy tellingOfLosses() {
        return new ExclusivePolicy(true);
    }

    @Override
    public Placement place(LeaseRequest request, PoolView pool) {
        for (UpstreamView own : request.current()) {
            if (own.free() > 0 || own == request.present()) {
                return Placement.on(own).exclusive();
            }
        }
        for (UpstreamView upstream : pool.upstreams()) {
            if (upstream.owner() == 0 && upstream.clients() == 0 && upstream.free() > 0) {
                return Placement.on(upstream).exclusive();
            }
        }
        return pool.mayOpen() ? Placement.open("exclusive").exclusive() : Placement.await();
    }
}
