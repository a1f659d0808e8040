package io.amqproxy.impl.pool;

import io.amqproxy.EndpointStats;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.PoolStats;
import io.amqproxy.UpstreamStats;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.core.TrafficCounters;
import io.amqproxy.impl.limit.UserQuota;
import io.amqproxy.impl.limit.UserQuotas;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.Protocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All accounts of one route on one loop. Clients come here by their credentials, so that all of a user's pools live on
 * one loop.
 */
public final class PoolRegistry implements PoolGateway {

    /** Each protocol has connections of its own, and what a broker accepts in it is proved in it. */
    private record Key(Protocol protocol, Credentials credentials) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && protocol == key.protocol && credentials.equals(key.credentials);
        }

        @Override
        public int hashCode() {
            return 31 * protocol.hashCode() + credentials.hashCode();
        }
    }

    private final LoopContext loop;
    private final List<Protocol> protocols;
    private final PoolContext context;
    private final Map<Key, AccountPools> accounts = new HashMap<>();
    private final PoolMemberships clients = new PoolMemberships();
    private final UserQuotas allowances;

    /**
     * @param guard the same for all loops, and for no other route
     * @param connections the same for all loops, and for no other route
     * @param commands runs something on this loop, called by any thread
     */
    public PoolRegistry(
            LoopContext loop,
            List<Protocol> protocols,
            Endpoints endpoints,
            LongSupplier upstreamIds,
            LoginGuard guard,
            ConnectionBudget connections,
            Consumer<Runnable> commands) {
        this.loop = loop;
        this.protocols = protocols;
        this.context = new PoolContext(loop, endpoints, upstreamIds, guard, connections, commands, this::donors);
        this.allowances = new UserQuotas(loop.settings.limits());
    }

    /** Entries of all tables that limits need. */
    int limitEntries() {
        return context.guard().size() + allowances.size() + context.logins().size();
    }

    // Clients.

    @Override
    public boolean authenticate(InboundSession client, Credentials credentials) {
        AccountPools home = account(protocol(client), credentials);
        clients.enter(client, home);
        home.account().authenticate(client);
        return true;
    }

    /** What the protocol that a client speaks can do. */
    private Protocol protocol(InboundSession client) {
        for (Protocol one : protocols) {
            if (one == client.protocol()) {
                return one;
            }
        }
        throw new IllegalStateException(client + " speaks no protocol of this registry");
    }

    /** The account of these credentials, which are the account's from now on, or wiped. */
    private AccountPools account(Protocol protocol, Credentials credentials) {
        AccountPools present = accounts.get(new Key(protocol, credentials));
        if (present == null) {
            present = new AccountPools(context, protocol, credentials, clients, this::remove);
            accounts.put(new Key(protocol, credentials), present);
        } else {
            present.account().renewFrom(credentials);
        }
        return present;
    }

    @Override
    public void open(InboundSession client, String vhost) {
        PoolMembership stay = clients.get(client);
        if (stay != null && share(client, stay.account().credentials().user(), vhost)) {
            stay.account().beatWithin(client.heartbeatSeconds());
            Pool pool = stay.home().enter(vhost);
            stay.enter(pool);
            pool.open(client);
        }
    }

    @Override
    public void updateSecret(InboundSession client, byte[] secret, String reason) {
        PoolMembership stay = clients.get(client);
        if (stay != null) {
            Credentials updated = stay.account().credentials().withSecret(secret);
            AccountPools home = account(stay.account().protocol(), updated.copy());
            stay.begin(new SecretUpdate(context, client, stay, updated, home, reason));
        }
    }

    /**
     * Gives a client its part of what its user may have in the vhost.
     *
     * @return whether there was any left
     */
    private boolean share(InboundSession client, String user, String vhost) {
        if (!allowances.isNeeded()) {
            return true;
        }
        UserQuota allowance = allowances.enter(user, vhost, loop.now);
        if (allowance != null) {
            client.share(allowance, () -> allowances.leave(allowance, user, vhost, loop.now));
            return true;
        }
        client.onRefused(Refusal.ofVhost(
                vhost, user, "user connection limit (" + loop.settings.limits().clientsPerUser() + ") is reached"));
        return false;
    }

    @Override
    public boolean lease(LeaseHolder channel, Purpose purpose) {
        return clients.of(channel.session()).pool().lease(channel, purpose);
    }

    @Override
    public void forgo(LeaseHolder channel) {
        PoolMembership stay = clients.get(channel.session());
        if (stay != null) {
            stay.pools().forEach(pool -> pool.forgo(channel));
        }
    }

    @Override
    public void reserve(LeaseHolder channel, boolean ifSpare) {
        clients.of(channel.session()).pools().forEach(pool -> pool.reserve(channel, ifSpare));
    }

    @Override
    public boolean leave(InboundSession client) {
        return clients.leave(client);
    }

    // Accounts.

    private void remove(AccountPools unused) {
        Account account = unused.account();
        accounts.remove(new Key(account.protocol(), account.credentials()), unused);
        context.logins().remove(account);
        account.credentials().wipe();
    }

    // The broker's health, and what an operator wants.

    /** Connections to an endpoint may be made from now on. */
    public void onUsable(String endpoint) {
        if (context.endpoints().onUsable(endpoint)) {
            goOn();
        }
    }

    /** An endpoint speaks a protocol, or does not. */
    public void onSpoken(String endpoint, Protocol protocol, boolean isSpoken) {
        boolean couldConnect = context.endpoints().isAnyUsable(protocol);
        context.endpoints().onSpoken(endpoint, protocol, isSpoken);
        if (!couldConnect && context.endpoints().isAnyUsable(protocol)) {
            goOn();
        }
    }

    /** Connections to an endpoint would fail. */
    public void onUnusable(String endpoint, String why) {
        context.endpoints().onUnusable(endpoint, why);
    }

    /** No endpoint has answered for long: clients that have nothing open there go, so that they try elsewhere. */
    public void onDown() {
        CloseCause why = CloseCause.byProxy(
                Kind.FORCED, "no broker answers: " + context.endpoints().names());
        pools().forEach(pool -> pool.closeIdle(why));
    }

    /** New leases and connections wait, or no longer do. */
    public void pause(boolean isPaused) {
        context.pause(isPaused);
        if (!isPaused) {
            goOn();
        }
    }

    /** Something has become possible that was not: whoever waits tries again. */
    private void goOn() {
        context.logins().wake();
        pools().forEach(Pool::onTime);
    }

    private List<ConnectionDonor> donors() {
        return pools().stream().map(Pool::donor).toList();
    }

    List<Pool> pools() {
        List<Pool> all = new ArrayList<>();
        accounts.values().forEach(account -> all.addAll(account.all()));
        return all;
    }

    /** Other endpoints and limits from now on, those of the loop's settings. */
    public void reload(Endpoints newer) {
        context.reload(newer);
        allowances.reload(loop.settings.limits(), loop.now);
        pools().forEach(Pool::onReloaded);
        goOn();
    }

    /** {@return the figures of each endpoint} */
    public List<EndpointStats> endpointStats() {
        return context.endpointStats();
    }

    // The whole.

    /** {@return how many upstreams of a user's pools in one vhost are retired for their successors now} */
    public int drain(String user, String vhost) {
        int count = 0;
        for (Pool pool : pools()) {
            if (pool.user().equals(user) && pool.vhost().equals(vhost)) {
                count += pool.drain();
            }
        }
        return count;
    }

    /** No client comes any more: what is open ends when its clients have let go of it. */
    public void retire() {
        context.retire();
        pools().forEach(Pool::drain);
    }

    /** Closes all upstreams in order. */
    public void close() {
        for (AccountPools one : List.copyOf(accounts.values())) {
            for (Upstream upstream : one.account().upstreams()) {
                upstream.session().close("proxy closed");
            }
        }
        List.copyOf(context.trials()).forEach(trial -> trial.close("proxy closed"));
    }

    /** {@return how many channels wait for the broker's proof that it has handled what went over them} */
    public int fencing() {
        int count = 0;
        for (AccountPools one : accounts.values()) {
            for (Upstream upstream : one.account().upstreams()) {
                count += upstream.owed().fencing();
            }
        }
        return count;
    }

    /** {@return the number of connections to the broker, those being opened or closed included} */
    public int upstreams() {
        int count = context.trials().size();
        for (AccountPools one : accounts.values()) {
            count += one.account().upstreams().size();
        }
        return count;
    }

    /** {@return what went over all connections to the broker, past and present} */
    public TrafficCounters traffic() {
        TrafficCounters all = new TrafficCounters();
        all.add(loop.traffic);
        for (AccountPools one : accounts.values()) {
            one.account()
                    .upstreams()
                    .forEach(upstream -> all.add(upstream.session().traffic()));
        }
        return all;
    }

    /** {@return the figures of each connection to the broker} */
    public List<UpstreamStats> upstreamStats() {
        List<UpstreamStats> stats = new ArrayList<>();
        accounts.values().forEach(one -> one.account().upstreams().forEach(upstream -> stats.add(upstream.stats())));
        return stats;
    }

    /** {@return the figures of each pool} */
    public List<PoolStats> stats() {
        List<PoolStats> stats = new ArrayList<>();
        pools().forEach(pool -> stats.add(pool.stats()));
        return stats;
    }
}
