package io.amqproxy;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Which of the broker's endpoints the next connection goes to. It is asked for each new connection, and only where an
 * endpoint is believed to answer; one that failed is not among those to choose from before it has answered again.
 *
 * <p>It is called on the proxy's loops, by several at once, and must not block. What is not one of the given endpoints,
 * and what it throws, is logged, and the first endpoint is taken.
 */
@FunctionalInterface
public interface EndpointChoice {

    /**
     * {@return one of the given endpoints}
     *
     * @param reachable those that answer, in the order of {@link AmqProxy.Builder#upstream}, with the figures of the
     *     loop that asks; never empty; cannot be changed
     */
    EndpointStats choose(List<EndpointStats> reachable);

    /**
     * {@return the first that answers} The others stand by: they serve while those before them do not answer. When one
     * of those comes back new connections go there again, and the others end by their lifetime.
     */
    static EndpointChoice ordered() {
        return reachable -> reachable.get(0);
    }

    /**
     * {@return the one with the fewest connections, those being opened included, and of several the first} Each loop
     * counts its own; for nodes that come and go, whose load evens out again as connections are replaced.
     */
    static EndpointChoice leastConnections() {
        return reachable -> Collections.min(reachable, Comparator.comparingInt(EndpointStats::upstreams));
    }

    /** {@return one after the other, all alike; for the nodes of a cluster} */
    static EndpointChoice roundRobin() {
        AtomicInteger next = new AtomicInteger();
        return reachable -> reachable.get(Math.floorMod(next.getAndIncrement(), reachable.size()));
    }
}
