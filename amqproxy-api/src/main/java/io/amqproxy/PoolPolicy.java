package io.amqproxy;

import io.amqproxy.internal.ProviderLookup;

/**
 * Decides which upstream serves a client's channel. It is asked when the first method on a channel shows what the
 * channel is for, again when that changes on a channel that can still move, and again for every waiting channel when
 * the pool has changed. It is called on a selector thread: it must not block, and it should answer from what it is
 * given.
 *
 * <p>If it throws, or returns null, the proxy logs it and asks {@link #multiplexed()} instead.
 */
@FunctionalInterface
public interface PoolPolicy {

    /**
     * Chooses a place for one channel.
     *
     * @param request who asks, and what for
     * @param pool the upstreams there are; valid only during this call
     * @return the place; the proxy lets the channel wait where it asks for more connections than the pool may have, or
     *     for an upstream without a free channel; one that has an upstream already stays there where nothing that it
     *     would wait for is under way
     */
    Placement place(LeaseRequest request, PoolView pool);

    /**
     * Whether this client is told of every connection to the broker that is lost under it, with reply code 320 as by a
     * broker that goes, even where nothing of it was at stake. One that is on no connection at the time counts as being
     * on all of its pool. Asked on a selector thread when a connection was lost; where it throws the answer is no.
     *
     * @param client who would be told
     * @return false by default: who has nothing at stake gets another connection and does not notice
     */
    default boolean tellsOfLoss(ClientInfo client) {
        return false;
    }

    /**
     * Whether the broker sees this client's own properties and connection name on a connection that is opened for its
     * log-in or vhost, as nobody else is going to use it. Such a connection is lent to nobody who introduces itself
     * otherwise. Asked on a selector thread before {@link #place}, of which the client knows nothing yet; where it
     * throws the answer is no.
     *
     * @param client who logs in; its vhost is null while the log-in itself is asked for
     * @return false by default: connections are for whoever comes, and carry the proxy's name. A policy that gives
     *     clients connections of their own says true for them, or hands the question on to the policy that it asks
     */
    default boolean introducesAs(ClientInfo client) {
        return false;
    }

    /**
     * {@return a policy that places clients as this one does, and tells all of them of lost connections} For clients
     * whose callbacks of recovery matter.
     */
    default PoolPolicy tellingOfLosses() {
        PoolPolicy placing = this;
        return new PoolPolicy() {
            @Override
            public Placement place(LeaseRequest request, PoolView pool) {
                return placing.place(request, pool);
            }

            @Override
            public boolean introducesAs(ClientInfo client) {
                return placing.introducesAs(client);
            }

            @Override
            public boolean tellsOfLoss(ClientInfo client) {
                return true;
            }
        };
    }

    /**
     * {@return the default policy} Clients share upstreams. Publishers and consumers get different ones, and nobody who
     * does not publish is put where the broker holds publishers back, so that those hold back no delivery and no
     * acknowledgement. A consumer without a prefetch limit, and a client that declares an exclusive queue, get one of
     * their own while {@link PoolView#mayOpen()} allows, but for the last one, which is left to those who share.
     */
    static PoolPolicy multiplexed() {
        return ProviderLookup.get().multiplexed();
    }

    /**
     * {@return the default policy for clusters, where consumers are spread over the nodes} It does as
     * {@link #multiplexed()} does, but a client that begins to consume gets an upstream at the endpoint where the pool
     * has the fewest consumers, of several the one with the fewest connections, of these the first; such an upstream is
     * opened while there may be one more. A client's consumers stay together. One without a prefetch limit, and a
     * client that declares an exclusive queue, get their own upstream where the fewest connections are. Publishers go
     * where {@link EndpointChoice} says. Who consumes already stays: after a node has come back those who come go
     * there.
     */
    static PoolPolicy spread() {
        return ProviderLookup.get().spread();
    }

    /**
     * {@return a policy that gives each client an upstream of its own while it is connected} The broker sees the
     * client's own properties and connection name there; afterwards the upstream serves another client if that has the
     * same.
     */
    static PoolPolicy exclusive() {
        return ProviderLookup.get().exclusive();
    }
}
