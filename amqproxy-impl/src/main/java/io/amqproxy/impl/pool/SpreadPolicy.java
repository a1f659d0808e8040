package io.amqproxy.impl.pool;

import io.amqproxy.EndpointStats;
import io.amqproxy.LeaseRequest;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The default policy with consumers spread over the endpoints; {@link PoolPolicy#spread()} says how. */
public final class SpreadPolicy implements PoolPolicy {

    private final MultiplexedPolicy everything = new MultiplexedPolicy();

    @Override
    public Placement place(LeaseRequest request, PoolView pool) {
        Placement placement = everything.place(request, pool);
        return switch (request.purpose()) {
            case CONSUME, CONSUME_UNLIMITED, EXCLUSIVE_QUEUE -> spread(placement, request, pool);
            case PUBLISH, GET, UNCERTAIN, OTHER -> placement;
        };
    }

    private static Placement spread(Placement placement, LeaseRequest request, PoolView pool) {
        return switch (placement.kind()) {
            case OPEN -> open(placement, pool);
            case ON -> isNewcomer(placement, request) ? share(placement, pool) : placement;
            case AWAIT -> placement;
        };
    }

    /** Who is for nobody else, or was there before, stays where the default policy puts it. */
    private static boolean isNewcomer(Placement placement, LeaseRequest request) {
        UpstreamView chosen = placement.upstream();
        return chosen != null
                && request.purpose() != Purpose.EXCLUSIVE_QUEUE
                && !placement.exclusively()
                && chosen != request.present()
                && !request.current().contains(chosen);
    }

    private static Placement open(Placement placement, PoolView pool) {
        boolean isShared = placement.label().equals(MultiplexedPolicy.CONSUME);
        String place = emptiest(pool, isShared);
        return place == null ? placement : placement.at(place);
    }

    private static Placement share(Placement placement, PoolView pool) {
        String place = emptiest(pool, true);
        UpstreamView there = place == null ? null : emptiestOne(pool, place);
        if (there != null) {
            return Placement.on(there);
        }
        boolean mayOpen = pool.mayOpen()
                && MultiplexedPolicy.leftBehind(pool, MultiplexedPolicy.CONSUME) < MultiplexedPolicy.MOST_LEFT_BEHIND;
        if (place != null && mayOpen) {
            return Placement.open(MultiplexedPolicy.CONSUME).at(place);
        }
        UpstreamView anywhere = emptiestOne(pool, null);
        return anywhere == null ? placement : Placement.on(anywhere);
    }

    /** The endpoint with the fewest consumers of the pool that share, if asked for, and then the fewest connections. */
    private static @Nullable String emptiest(PoolView pool, boolean byConsumers) {
        List<EndpointStats> endpoints = pool.endpoints();
        EndpointStats best = null;
        int fewest = 0;
        for (EndpointStats endpoint : endpoints) {
            int consumers = byConsumers ? consumers(pool, endpoint.endpoint()) : 0;
            boolean isBetter = best == null
                    || consumers < fewest
                    || (consumers == fewest && endpoint.upstreams() < best.upstreams());
            if (isBetter) {
                best = endpoint;
                fewest = consumers;
            }
        }
        return best == null || endpoints.size() == 1 ? null : best.endpoint();
    }

    private static int consumers(PoolView pool, String endpoint) {
        int count = 0;
        for (UpstreamView upstream : pool.upstreams()) {
            if (upstream.endpoint().equals(endpoint) && isForConsumers(upstream)) {
                count += consumers(upstream);
            }
        }
        return count;
    }

    private static int consumers(UpstreamView upstream) {
        return upstream.leased() + upstream.promised();
    }

    /** The one with the fewest consumers at an endpoint, or at all of them (null), that has room and is read. */
    private static @Nullable UpstreamView emptiestOne(PoolView pool, @Nullable String endpoint) {
        UpstreamView best = null;
        for (UpstreamView upstream : MultiplexedPolicy.readOnes(pool)) {
            boolean isThere = endpoint == null || upstream.endpoint().equals(endpoint);
            boolean mayBe = MultiplexedPolicy.isShareable(upstream) && isForConsumers(upstream) && !upstream.blocked();
            if (isThere && mayBe && (best == null || consumers(upstream) < consumers(best))) {
                best = upstream;
            }
        }
        return best;
    }

    private static boolean isForConsumers(UpstreamView upstream) {
        return MultiplexedPolicy.suits(upstream, MultiplexedPolicy.CONSUME, true);
    }
}
