package io.amqproxy.impl.pool;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.PoolStats;
import io.amqproxy.impl.session.ClientChannel;
import io.amqproxy.impl.session.ClientSession;
import io.amqproxy.impl.session.Credentials;
import io.amqproxy.impl.session.Ending;
import io.amqproxy.impl.session.Gateway;
import io.amqproxy.impl.session.LoopContext;
import io.amqproxy.impl.session.Traffic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All accounts of one loop. Clients come here by their credentials, so that all of a user's pools live on one loop. */
public final class Tenants implements Gateway {

    private static final Logger log = LoggerFactory.getLogger(Tenants.class);

    /** Log-ins under way at once; more wait for their turn. */
    private static final int MAX_LOGINS = 64;

    private final LoopContext loop;
    private final Connector connector;
    private final LongSupplier upstreamIds;
    private final Runnable onConnectionFailed;
    private final Backoff backoff = new Backoff(new Random());
    private final Map<Credentials, Account> accounts = new HashMap<>();
    private final Map<ClientSession, Account> clients = new HashMap<>();
    private int logins;
    private boolean fenceRefused;

    /** @param onConnectionFailed told when the network, not the broker, ended a connection or kept it from opening */
    public Tenants(LoopContext loop, Connector connector, LongSupplier upstreamIds, Runnable onConnectionFailed) {
        this.onConnectionFailed = onConnectionFailed;
        this.loop = loop;
        this.connector = connector;
        this.upstreamIds = upstreamIds;
    }

    LoopContext loop() {
        return loop;
    }

    Connector connector() {
        return connector;
    }

    Backoff backoff() {
        return backoff;
    }

    long nextUpstreamId() {
        return upstreamIds.getAsLong();
    }

    // Clients.

    @Override
    public void authenticate(ClientSession client, Credentials credentials) {
        Account account = accounts.computeIfAbsent(credentials, key -> new Account(this, key));
        clients.put(client, account);
        account.authenticate(client);
    }

    @Override
    public void open(ClientSession client, String vhost) {
        Account account = clients.get(client);
        if (account != null) {
            account.open(client, vhost);
        }
    }

    @Override
    public boolean lease(ClientChannel channel, Purpose purpose) {
        return pool(channel.session()).lease(channel, purpose);
    }

    @Override
    public void pin(ClientChannel channel) {
        pool(channel.session()).pin(channel);
    }

    private Pool pool(ClientSession client) {
        Account account = clients.get(client);
        Pool pool = account == null ? null : account.poolOf(client);
        if (pool == null) {
            throw new IllegalStateException(client + " has no pool");
        }
        return pool;
    }

    @Override
    public boolean leave(ClientSession client) {
        Account account = clients.get(client);
        if (account == null) {
            return true;
        }
        Pool pool = account.poolOf(client);
        if (pool != null && !pool.leave(client)) {
            return false;
        }
        forget(client);
        return true;
    }

    /** A client that had left by word is gone from its pool by now. */
    void forget(ClientSession client) {
        Account account = clients.remove(client);
        if (account != null) {
            account.forget(client);
        }
    }

    // Accounts.

    void remove(Account account) {
        accounts.remove(account.credentials(), account);
    }

    boolean mayConnect() {
        return logins < MAX_LOGINS && backoff.remaining(loop.now) == 0;
    }

    void onConnectionFailed() {
        backoff.failed(loop.now);
        onConnectionFailed.run();
    }

    void loginStarted() {
        logins++;
    }

    void loginEnded() {
        logins--;
    }

    boolean isFenceRefused() {
        return fenceRefused;
    }

    void onFenceRefused(Ending refusal) {
        if (!fenceRefused) {
            fenceRefused = true;
            log.warn("The broker refuses channel.flow ({}); channels are closed instead of used again", refusal.text());
        }
    }

    // The whole.

    /** Closes all upstreams in order. */
    public void close() {
        for (Account account : List.copyOf(accounts.values())) {
            for (Upstream upstream : account.upstreams()) {
                upstream.session().close("proxy closed");
            }
        }
    }

    /** {@return the number of connections to the broker, those being opened or closed included} */
    public int upstreams() {
        int count = 0;
        for (Account account : accounts.values()) {
            count += account.upstreams().size();
        }
        return count;
    }

    /** {@return what went over all connections to the broker, past and present} */
    public Traffic traffic() {
        Traffic all = new Traffic();
        all.add(loop.traffic);
        for (Account account : accounts.values()) {
            account.upstreams().forEach(upstream -> all.add(upstream.session().traffic()));
        }
        return all;
    }

    /** {@return the figures of each pool} */
    public List<PoolStats> stats() {
        List<PoolStats> stats = new ArrayList<>();
        accounts.values().forEach(account -> account.pools().forEach(pool -> stats.add(pool.stats())));
        return stats;
    }
}
