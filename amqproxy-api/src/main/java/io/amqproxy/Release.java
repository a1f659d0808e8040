package io.amqproxy;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a lease ended. Later versions may have more of it. */
public final class Release {

    private final Outcome outcome;
    private final Reason reason;
    private final long published;
    private final long delivered;

    private Release(Outcome outcome, Reason reason, long published, long delivered) {
        this.outcome = outcome;
        this.reason = reason;
        this.published = published;
        this.delivered = delivered;
    }

    /**
     * {@return such an object; for tests of what is given one}
     *
     * @param outcome what becomes of the upstream channel
     * @param reason why it ended so
     * @param published messages that the client published while it lasted
     * @param delivered messages that were passed to the client while it lasted, returned ones included
     */
    public static Release of(Outcome outcome, Reason reason, long published, long delivered) {
        return new Release(outcome, reason, published, delivered);
    }

    /** {@return what becomes of the upstream channel} */
    public Outcome outcome() {
        return outcome;
    }

    /** {@return why it ended so} */
    public Reason reason() {
        return reason;
    }

    /** {@return messages that the client published while it lasted} */
    public long published() {
        return published;
    }

    /** {@return messages that were passed to the client while it lasted, returned ones included} */
    public long delivered() {
        return delivered;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Release that
                && Objects.equals(outcome, that.outcome)
                && Objects.equals(reason, that.reason)
                && published == that.published
                && delivered == that.delivered;
    }

    @Override
    public int hashCode() {
        return Objects.hash(outcome, reason, published, delivered);
    }

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "Release[outcome=" + outcome + ", reason=" + reason + ", published=" + published + ", delivered="
                + delivered + "]";
    }

    /** What becomes of the upstream channel. Later versions may have more of them. */
    public enum Outcome {
        /** It serves again, once the broker proved that it handled all that went before. */
        REUSED,
        /** It is closed, or was closed by the broker. */
        CLOSED,
        /** It is gone with its connection. */
        LOST
    }

    /** Why the lease ended as it did. Later versions may have more of them. */
    public enum Reason {
        /** Nothing was left on the channel. */
        CLEAN,
        /** It is clean, but enough idle channels were there. */
        SURPLUS,
        /** The upstream is no longer used for new leases. */
        RETIRED,
        /**
         * It is clean, but has served for long enough, or since before the broker refused a right to the pool's user.
         */
        AGED,
        /** The client had consumers. */
        CONSUMER,
        /** Deliveries were not acknowledged. */
        UNACKED,
        /** The client had begun to use transactions. */
        TRANSACTION,
        /** The broker had asked to stop the flow, or the client had. */
        FLOW,
        /** The broker refused the fence before. */
        NO_FENCE,
        /** The broker closed the channel. */
        BROKER_CLOSED,
        /** The upstream was lost or closed. */
        UPSTREAM_LOST,
        /** The client's channel moved to another upstream. */
        MOVED
    }
}
