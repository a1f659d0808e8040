package io.amqproxy.impl.pool;

import io.amqproxy.LeaseRequest;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The default policy; {@link PoolPolicy#multiplexed()} says what it does. */
public final class MultiplexedPolicy implements PoolPolicy {

    static final String PUBLISH = "publish";
    static final String CONSUME = "consume";
    private static final String GET = "get";
    private static final String OWN = "own";
    /**
     * Consumers that publish on the same channel are held back where they are, and clients that read slowly hold back
     * others. So many shared upstreams are left to them before others have to be with them.
     */
    static final int MOST_LEFT_BEHIND = 4;

    @Override
    public Placement place(LeaseRequest request, PoolView pool) {
        UpstreamView own = ownOf(request);
        if (own != null) {
            return Placement.on(own);
        }
        return switch (request.purpose()) {
            case EXCLUSIVE_QUEUE -> ofItsOwn(request, pool);
            case UNCERTAIN -> apart(request, pool);
            case CONSUME_UNLIMITED -> unlimited(request, pool);
            case CONSUME -> shared(request, pool, CONSUME);
            case GET -> gets(request, pool);
            case PUBLISH -> shared(request, pool, PUBLISH);
            case OTHER -> anywhere(request, pool);
        };
    }

    private static @Nullable UpstreamView ownOf(LeaseRequest request) {
        long client = request.client().id();
        for (UpstreamView upstream : request.current()) {
            if (upstream.owner() == client && (upstream.free() > 0 || upstream == request.present())) {
                return upstream;
            }
        }
        return null;
    }

    /**
     * An exclusive queue lives and dies with its connection: with this client's own, or with the one it is on. The last
     * one of those who share has the queues of all.
     */
    private static Placement ofItsOwn(LeaseRequest request, PoolView pool) {
        if (!mayTake(request, pool)) {
            return anywhere(request, pool);
        }
        UpstreamView lonely = lonely(request, pool);
        if (lonely != null) {
            return Placement.on(lonely).exclusive();
        }
        for (UpstreamView upstream : request.current()) {
            boolean hasRoom = upstream.free() > 0 || upstream == request.present();
            if (hasRoom && upstream.owner() == 0 && !upstream.blocked()) {
                return Placement.on(upstream).exclusive();
            }
        }
        return pool.mayOpen() ? Placement.open(OWN).exclusive() : anywhere(request, pool);
    }

    /** What may cost the connection had better cost nobody else's. */
    private static Placement apart(LeaseRequest request, PoolView pool) {
        boolean mayTake = mayTake(request, pool);
        UpstreamView lonely = mayTake ? lonely(request, pool) : null;
        if (lonely != null) {
            return Placement.on(lonely).exclusive();
        }
        if (!mayTake && pool.room() > 1) {
            return anywhere(request, pool); // What it would open is the only one that the pool may have.
        }
        return pool.mayOpen() ? Placement.open(OWN).exclusive() : Placement.await();
    }

    /** Whether those who share still have an upstream, or may open one, when one more is a single client's. */
    private static boolean mayTake(LeaseRequest request, PoolView pool) {
        int left = pool.room() - (request.purpose() == LeaseRequest.Purpose.UNCERTAIN ? 1 : 0);
        for (UpstreamView upstream : pool.upstreams()) {
            left += upstream.owner() == 0 ? 1 : 0;
        }
        return left > 1;
    }

    private static @Nullable UpstreamView lonely(LeaseRequest request, PoolView pool) {
        for (UpstreamView upstream : pool.upstreams()) {
            if (isShareable(upstream) && !upstream.blocked() && isAloneOn(upstream, request)) {
                return upstream;
            }
        }
        return null;
    }

    private static boolean isAloneOn(UpstreamView upstream, LeaseRequest request) {
        return upstream.clients() == 0
                || (upstream.clients() == 1 && request.current().contains(upstream));
    }

    private static Placement unlimited(LeaseRequest request, PoolView pool) {
        if (!mayTake(request, pool)) {
            return shared(request, pool, CONSUME);
        }
        for (UpstreamView upstream : pool.upstreams()) {
            if (isShareable(upstream)
                    && !upstream.blocked()
                    && upstream.clients() == 0
                    && upstream.label().equals(OWN)) {
                return Placement.on(upstream).exclusive();
            }
        }
        return pool.mayOpen() ? Placement.open(OWN).exclusive() : shared(request, pool, CONSUME);
    }

    /** Apart from consumers, who would all have to hear of it if the broker closed the connection for a queue. */
    private static Placement gets(LeaseRequest request, PoolView pool) {
        boolean hasOwn = pool.mayOpen()
                || pool.upstreams().stream().anyMatch(upstream -> suits(upstream, GET, false) && isShareable(upstream));
        return shared(request, pool, hasOwn ? GET : CONSUME);
    }

    /** With the client's other channels, or with publishers unless the broker holds those back. */
    private static Placement anywhere(LeaseRequest request, PoolView pool) {
        UpstreamView present = request.present();
        if (present != null && !present.blocked()) {
            return Placement.on(present);
        }
        for (UpstreamView upstream : request.current()) {
            if (isShareable(upstream) && !upstream.blocked()) {
                return Placement.on(upstream);
            }
        }
        for (UpstreamView upstream : pool.upstreams()) {
            if (upstream.blocked()) {
                return shared(request, pool, CONSUME);
            }
        }
        return shared(request, pool, PUBLISH);
    }

    private static Placement shared(LeaseRequest request, PoolView pool, String label) {
        boolean mayBeBlocked = label.equals(PUBLISH);
        UpstreamView present = request.present();
        if (present != null && present.owner() == 0 && suits(present, label, mayBeBlocked)) {
            return Placement.on(present);
        }
        UpstreamView chosen = firstFree(request.current(), label, mayBeBlocked);
        if (chosen == null) {
            chosen = firstFree(readOnes(pool), label, mayBeBlocked);
        }
        if (chosen == null && pool.mayOpen() && leftBehind(pool, label) < MOST_LEFT_BEHIND) {
            return Placement.open(label);
        }
        if (chosen == null) {
            chosen = firstFree(pool.upstreams(), label, mayBeBlocked);
        }
        return chosen == null ? wherever(pool) : Placement.on(chosen);
    }

    /** Those where nobody waits for a client that reads slowly, nor makes it need memory by being there. */
    static List<UpstreamView> readOnes(PoolView pool) {
        for (UpstreamView upstream : pool.upstreams()) {
            if (upstream.unread()) {
                return pool.upstreams().stream().filter(one -> !one.unread()).toList();
            }
        }
        return pool.upstreams();
    }

    /** How many upstreams with the label would do, but are blocked or not read. */
    static int leftBehind(PoolView pool, String label) {
        int count = 0;
        for (UpstreamView upstream : pool.upstreams()) {
            if (suits(upstream, label, true) && isShareable(upstream) && (upstream.blocked() || upstream.unread())) {
                count++;
            }
        }
        return count;
    }

    private static Placement wherever(PoolView pool) {
        UpstreamView chosen = null;
        for (UpstreamView upstream : pool.upstreams()) {
            if (isShareable(upstream) && (chosen == null || inTheWay(upstream) < inTheWay(chosen))) {
                chosen = upstream;
            }
        }
        return chosen == null ? Placement.await() : Placement.on(chosen);
    }

    /** How bad it is to be on an upstream: that the broker holds publishers back there is worse than a slow reader. */
    private static int inTheWay(UpstreamView upstream) {
        return (upstream.blocked() ? 2 : 0) + (upstream.unread() ? 1 : 0);
    }

    private static @Nullable UpstreamView firstFree(
            Iterable<UpstreamView> upstreams, String label, boolean mayBeBlocked) {
        for (UpstreamView upstream : upstreams) {
            if (isShareable(upstream) && suits(upstream, label, mayBeBlocked)) {
                return upstream;
            }
        }
        return null;
    }

    static boolean isShareable(UpstreamView upstream) {
        return upstream.owner() == 0 && upstream.free() > 0;
    }

    static boolean suits(UpstreamView upstream, String label, boolean mayBeBlocked) {
        return upstream.label().equals(label) && (mayBeBlocked || !upstream.blocked());
    }
}
