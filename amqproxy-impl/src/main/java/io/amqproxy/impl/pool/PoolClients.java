package io.amqproxy.impl.pool;

import io.amqproxy.PoolView;
import io.amqproxy.impl.pool.spi.InboundSession;

/** The clients of all pools of one route on one loop, as each pool sees them. */
interface PoolClients {

    /** Whether the client has, by now, the credentials of this account. */
    boolean isOf(InboundSession client, Account account);

    /** A client that had left by word is gone from one of its pools by now. */
    void onLeft(InboundSession client);

    /** A client whose secret changed has nothing more in this pool, which is of its old one. */
    void onMovedOut(InboundSession client, PoolView pool);
}
