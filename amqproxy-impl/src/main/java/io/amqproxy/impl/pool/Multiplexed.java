package io.amqproxy.impl.pool;

import io.amqproxy.LeaseRequest;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamView;
import org.jspecify.annotations.Nullable;

/** The default policy; {@link PoolPolicy#multiplexed()} says what it does. */
public final class Multiplexed implements PoolPolicy {

    static final String PUBLISH = "publish";
    private static final String CONSUME = "consume";
    private static final String OWN = "own";

    @Override
    public Placement place(LeaseRequest request, PoolView pool) {
        long client = request.client().id();
        UpstreamView own = ownOf(request, client);
        if (own != null) {
            return Placement.on(own);
        }
        Purpose purpose = request.purpose();
        if (purpose == Purpose.EXCLUSIVE_QUEUE) {
            return ofItsOwn(request, pool);
        }
        if (purpose == Purpose.CONSUME_UNLIMITED) {
            return unlimited(request, pool);
        }
        if (purpose == Purpose.OTHER && !request.current().isEmpty()) {
            UpstreamView present = request.current().get(0);
            if (present.free() > 0) {
                return Placement.on(present);
            }
        }
        return shared(request, pool, purpose == Purpose.CONSUME ? CONSUME : PUBLISH);
    }

    private static @Nullable UpstreamView ownOf(LeaseRequest request, long client) {
        for (UpstreamView upstream : request.current()) {
            if (upstream.owner() == client && upstream.free() > 0) {
                return upstream;
            }
        }
        return null;
    }

    /** An exclusive queue lives and dies with its connection: with this client's own, or with the one it is on. */
    private static Placement ofItsOwn(LeaseRequest request, PoolView pool) {
        for (UpstreamView upstream : pool.upstreams()) {
            if (upstream.owner() == 0 && upstream.free() > 0 && isAloneOn(upstream, request)) {
                return Placement.on(upstream).exclusive();
            }
        }
        for (UpstreamView present : request.current()) {
            if (present.free() > 0) {
                return Placement.on(present).exclusive();
            }
        }
        if (pool.mayOpen()) {
            return Placement.open(OWN).exclusive();
        }
        return shared(request, pool, PUBLISH);
    }

    private static boolean isAloneOn(UpstreamView upstream, LeaseRequest request) {
        return upstream.clients() == 0
                || (upstream.clients() == 1 && request.current().contains(upstream));
    }

    private static Placement unlimited(LeaseRequest request, PoolView pool) {
        for (UpstreamView upstream : pool.upstreams()) {
            if (upstream.owner() == 0
                    && upstream.clients() == 0
                    && upstream.label().equals(OWN)
                    && upstream.free() > 0) {
                return Placement.on(upstream).exclusive();
            }
        }
        return pool.mayOpen() ? Placement.open(OWN).exclusive() : shared(request, pool, CONSUME);
    }

    private static Placement shared(LeaseRequest request, PoolView pool, String label) {
        UpstreamView chosen = firstFree(request.current(), label);
        if (chosen == null) {
            chosen = firstFree(pool.upstreams(), label);
        }
        if (chosen != null) {
            return Placement.on(chosen);
        }
        if (pool.mayOpen()) {
            return Placement.open(label);
        }
        for (UpstreamView upstream : pool.upstreams()) {
            if (upstream.owner() == 0 && upstream.free() > 0) {
                return Placement.on(upstream);
            }
        }
        return Placement.await();
    }

    private static @Nullable UpstreamView firstFree(Iterable<UpstreamView> upstreams, String label) {
        for (UpstreamView upstream : upstreams) {
            if (upstream.owner() == 0 && upstream.free() > 0 && upstream.label().equals(label)) {
                return upstream;
            }
        }
        return null;
    }
}
