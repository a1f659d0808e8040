package io.amqproxy.impl.pool.spi;

import io.amqproxy.impl.core.CloseCause;

/** Whether the broker answers fences, as far as it has said, on whichever connection. */
public interface FenceSupport {

    /** Where nothing is fenced, and nobody remembers. */
    FenceSupport UNKNOWN = new FenceSupport() {};

    /** The broker does not understand the fence. */
    default void onRefused(CloseCause refusal) {}

    /** The broker has answered a fence. */
    default void onAnswered() {}

    /** {@return whether the broker has ever answered a fence} */
    default boolean isAnswered() {
        return false;
    }

    /** {@return whether the broker has refused a fence, and is not asked for one any more} */
    default boolean isRefused() {
        return false;
    }
}
