package io.amqproxy.impl.pool;

import java.util.OptionalLong;

/** Who has connections that others may need more, as {@link ConnectionReclaimer} sees it: a pool. */
interface ConnectionDonor {

    ConnectionClaim claim();

    /** How many it has that take new leases. */
    int serving();

    /**
     * Since when the one that may be given up first is used by nobody; empty where there is none.
     *
     * @param withLast whether it may be the last one
     * @param before one of clients that are here is not counted if it is the last and was used since this time
     */
    OptionalLong unusedSince(boolean withLast, long before);

    /** Gives up that one, which is promised to somebody. */
    void giveUpUnused(boolean withLast, long before);

    /** Whether one that is used may be given up. */
    boolean mayGiveUpUsed();

    /** Gives up one of those, of few clients, which is promised to somebody. */
    void giveUpUsed();
}
