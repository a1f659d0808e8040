package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.pool.spi.Protocol;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** An account with its pools: there is one for each vhost that somebody has asked for, until nothing of it is left. */
final class AccountPools implements Account.Pools {

    private final PoolContext context;
    private final Account account;
    private final PoolClients clients;
    private final Consumer<AccountPools> onUnused;
    private final IdleChannelReclaimer channelRoom;
    private final Map<String, Pool> pools = new HashMap<>();

    /** @param onUnused told when nobody needs the account any more */
    AccountPools(
            PoolContext context,
            Protocol protocol,
            Credentials credentials,
            PoolClients clients,
            Consumer<AccountPools> onUnused) {
        this.context = context;
        this.clients = clients;
        this.onUnused = onUnused;
        this.account = new Account(context, protocol, credentials, this);
        this.channelRoom = new IdleChannelReclaimer(context, account, this::onFreed);
    }

    Account account() {
        return account;
    }

    Collection<Pool> all() {
        return pools.values();
    }

    /** What is done to a pool may be its end. */
    private List<Pool> present() {
        return List.copyOf(pools.values());
    }

    /** The pool of the vhost, where the broker is yet to be asked whether it accepts it. */
    Pool enter(String vhost) {
        Pool pool = pools.get(vhost);
        if (pool == null) {
            pool = new Pool(context, account, vhost, clients, channelRoom, this::onPoolEmpty);
            pools.put(vhost, pool);
        }
        Upstream proven = account.takeSpare();
        if (proven != null) {
            pool.adopt(proven);
        }
        account.onPoolsChanged();
        return pool;
    }

    private void onPoolEmpty(Pool pool) {
        pools.remove(pool.vhost(), pool);
        account.onPoolsChanged();
    }

    private void onFreed() {
        present().forEach(Pool::onFreed);
    }

    @Override
    public boolean isEmpty() {
        return pools.isEmpty();
    }

    @Override
    public List<Upstream> upstreams() {
        List<Upstream> all = new ArrayList<>();
        pools.values().forEach(pool -> all.addAll(pool.all()));
        return all;
    }

    @Override
    public void adopt(Upstream loggedIn) {
        pools.values().iterator().next().adopt(loggedIn);
    }

    @Override
    public boolean giveUpIdle() {
        for (Pool pool : pools.values()) {
            if (pool.giveUpIdle()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void beatWithin(int seconds) {
        present().forEach(pool -> pool.beatWithin(seconds));
    }

    @Override
    public void drain() {
        present().forEach(Pool::drain);
    }

    @Override
    public void retire() {
        present().forEach(Pool::retire);
    }

    @Override
    public void freeze() {
        present().forEach(Pool::freeze);
    }

    @Override
    public void thaw() {
        present().forEach(Pool::thaw);
    }

    @Override
    public void goOn() {
        present().forEach(Pool::onTime);
    }

    @Override
    public void onUnused() {
        onUnused.accept(this);
    }
}
