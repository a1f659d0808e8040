package io.amqproxy.impl.pool;

import io.amqproxy.PoolView;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a client is: the account of its credentials and the pool that it gets channels from. A client whose secret
 * changed may have channels in a pool of the one before.
 */
final class PoolMembership {

    private AccountPools home;
    private @Nullable Pool pool;
    private List<Pool> before = List.of();
    private @Nullable SecretUpdate update;
    private int leaving;

    PoolMembership(AccountPools home) {
        this.home = home;
    }

    AccountPools home() {
        return home;
    }

    Account account() {
        return home.account();
    }

    void enter(Pool entered) {
        pool = entered;
    }

    Pool pool() {
        if (pool == null) {
            throw new IllegalStateException("no vhost was opened");
        }
        return pool;
    }

    /** All pools in which the client may have something. */
    List<Pool> pools() {
        if (before.isEmpty()) {
            return pool == null ? List.of() : List.of(pool);
        }
        List<Pool> all = new ArrayList<>(before);
        if (pool != null) {
            all.add(pool);
        }
        return all;
    }

    /** The client has another secret: from now on it gets its channels from this pool. */
    void move(AccountPools to, Pool into) {
        before = new ArrayList<>(before);
        before.add(pool());
        before.remove(into); // It may have had that secret before.
        home = to;
        pool = into;
    }

    void onMovedOut(PoolView left) {
        before = before.stream().filter(one -> one != left).toList();
    }

    // A change of the secret; there is one at a time.

    void begin(SecretUpdate begun) {
        update = begun;
        begun.begin();
    }

    void onUpdateOver() {
        update = null;
    }

    // Leaving.

    /** Returns whether nothing of the client remains; otherwise {@link #onLeft} follows, for each pool. */
    boolean leave(InboundSession client) {
        if (update != null) {
            update.cancel();
        }
        leaving = 0;
        for (Pool one : pools()) {
            leaving += one.leave(client) ? 0 : 1;
        }
        return leaving == 0;
    }

    /** Returns whether nothing of the client remains in any pool. */
    boolean onLeft() {
        leaving--;
        return leaving == 0;
    }
}
