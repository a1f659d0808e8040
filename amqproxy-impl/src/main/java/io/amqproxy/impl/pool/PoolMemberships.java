package io.amqproxy.impl.pool;

import io.amqproxy.PoolView;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/** Where each client of one route on one loop is, from its log-in until nothing of it is left. */
final class PoolMemberships implements PoolClients {

    private final IdentityHashMap<InboundSession, PoolMembership> byClient = new IdentityHashMap<>();

    void enter(InboundSession client, AccountPools home) {
        byClient.put(client, new PoolMembership(home));
    }

    @Nullable
    PoolMembership get(InboundSession client) {
        return byClient.get(client);
    }

    /** That of a client that is here. */
    PoolMembership of(InboundSession client) {
        PoolMembership stay = byClient.get(client);
        if (stay == null) {
            throw new IllegalStateException(client + " is not here");
        }
        return stay;
    }

    /**
     * A client has closed.
     *
     * @return whether nothing of it is left, which {@link InboundSession#onLeft} tells else
     */
    boolean leave(InboundSession client) {
        PoolMembership stay = byClient.get(client);
        if (stay == null) {
            return true;
        }
        if (!stay.leave(client)) {
            return false;
        }
        forget(client, stay);
        return true;
    }

    @Override
    public boolean isOf(InboundSession client, Account account) {
        PoolMembership stay = byClient.get(client);
        return stay != null && stay.account() == account;
    }

    @Override
    public void onLeft(InboundSession client) {
        PoolMembership stay = byClient.get(client);
        if (stay != null && stay.onLeft()) {
            forget(client, stay);
            client.onLeft();
        }
    }

    @Override
    public void onMovedOut(InboundSession client, PoolView pool) {
        PoolMembership stay = byClient.get(client);
        if (stay != null) {
            stay.onMovedOut(pool);
        }
    }

    private void forget(InboundSession client, PoolMembership stay) {
        byClient.remove(client);
        stay.account().forget(client);
    }
}
