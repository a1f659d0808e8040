package io.amqproxy;

import java.util.List;

/** A pool as a policy sees it. Valid only during the call of the policy. */
public interface PoolView {

    /** {@return the user of this pool} */
    String user();

    /** {@return the virtual host of this pool} */
    String vhost();

    /** {@return the upstreams that may get leases, those being opened included, oldest first} */
    List<UpstreamView> upstreams();

    /**
     * {@return how many more connections may be opened, for {@link LeaseRequest.Purpose#UNCERTAIN} one beyond all
     * others}
     */
    int room();

    /** {@return whether one more connection may be opened} */
    default boolean mayOpen() {
        return room() > 0;
    }
}
