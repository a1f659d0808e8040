package io.amqproxy;

/**
 * How a lease ended.
 *
 * @param outcome what becomes of the upstream channel
 * @param reason why it ended so
 * @param published messages that the client published while it lasted
 * @param delivered messages that were passed to the client while it lasted, returned ones included
 */
public record Release(Outcome outcome, Reason reason, long published, long delivered) {

    /** What becomes of the upstream channel. */
    public enum Outcome {
        /** It serves again, once the broker proved that it handled all that went before. */
        REUSED,
        /** It is closed, or was closed by the broker. */
        CLOSED,
        /** It is gone with its connection. */
        LOST
    }

    /** Why the lease ended as it did. */
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
