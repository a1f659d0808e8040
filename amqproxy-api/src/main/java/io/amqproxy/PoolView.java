package io.amqproxy;

import java.util.List;

/**
 * A pool as a policy sees it. Valid only during the call of the policy. Only the proxy implements this, and
 * {@link io.amqproxy.testing.FakePool} for tests of policies; later versions may have more of it.
 */
public interface PoolView {

    /** {@return the user of this pool} */
    String user();

    /** {@return the virtual host of this pool} */
    String vhost();

    /** {@return the upstreams that may get leases, those being opened included, oldest first} */
    List<UpstreamView> upstreams();

    /**
     * {@return how many more connections may be opened; to requests with {@link LeaseRequest.Purpose#UNCERTAIN} one
     * more than to others}
     */
    int room();

    /**
     * {@return the endpoints that connections of this pool can be opened to now, in the order of
     * {@link AmqProxy.Builder#upstream}, with the figures of the loop that asks; empty while none is to be opened;
     * cannot be changed}
     */
    default List<EndpointStats> endpoints() {
        return List.of();
    }

    /** {@return whether one more connection may be opened} */
    default boolean mayOpen() {
        return room() > 0;
    }
}
