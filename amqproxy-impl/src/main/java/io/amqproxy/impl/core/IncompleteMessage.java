package io.amqproxy.impl.core;

import org.jspecify.annotations.Nullable;

/**
 * A message, or half a frame, of which a part has come and takes memory, as one of {@link IncompleteMessages}.
 *
 * @param <S> what is known of clients that send such
 */
public abstract class IncompleteMessage<S> {

    // Its neighbours in IncompleteMessages.
    @Nullable
    IncompleteMessage<S> before;

    @Nullable
    IncompleteMessage<S> after;

    private long grownAt;
    private long counted;

    /** Whose it is. */
    public abstract S sender();

    /** The memory that it takes, in octets. */
    public abstract long octets();

    /** More of it has come. */
    public final void onGrown(long now) {
        grownAt = now;
    }

    /** When that was, in the loop's time. */
    public final long grownAt() {
        return grownAt;
    }

    /** {@return how many octets more, or less, it takes than was counted} From now on they are counted. */
    public final long countGrowth() {
        long more = octets() - counted;
        counted += more;
        return more;
    }

    /** {@return how many octets were counted} From now on none are. */
    public final long uncount() {
        long had = counted;
        counted = 0;
        return had;
    }

    /** The one that began next, or null. */
    public final @Nullable IncompleteMessage<S> next() {
        return after;
    }
}
