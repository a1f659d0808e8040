package io.amqproxy.impl.pool;

import io.amqproxy.impl.session.ClientSession;
import io.amqproxy.impl.session.Credentials;
import io.amqproxy.impl.session.Ending;
import io.amqproxy.impl.session.Timers;
import io.amqproxy.impl.session.Tune;
import io.amqproxy.impl.wire.ReplyCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A user and secret, and whether the broker accepts them.
 *
 * <p>One log-in at a time proves the credentials; clients with the same ones wait for it. The upstream that logged in
 * waits for the vhost that its first client asks for. A proof is good for {@code credentialTtl}; a refusal is not kept,
 * and an account without proof, clients and upstreams is forgotten.
 */
final class Account implements Timers.Timed {

    private record Waiting(ClientSession client, long until) {}

    /** The last fifth of the proof's time is there to renew it. */
    private static final int RENEWAL_SHARE = 5;

    private static final Logger log = LoggerFactory.getLogger(Account.class);

    private final Tenants tenants;
    private final Credentials credentials;
    private final Map<String, Pool> pools = new HashMap<>();
    private final Map<ClientSession, Pool> memberships = new HashMap<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final Timers.Timer timer = new Timers.Timer(this);

    private @Nullable Tune tune;
    private boolean proved;
    private long provedAt;
    /** Clients from their log-in to their end; while there is one the account is the only one of its credentials. */
    private int clients;

    private boolean renewing;
    private @Nullable Ending refusal;
    private @Nullable Ending lastFailure;

    /** The log-in under way. */
    private @Nullable Upstream login;
    /** Logged in, without a vhost yet. */
    private @Nullable Upstream spare;

    private long spareUntil;

    Account(Tenants tenants, Credentials credentials) {
        this.tenants = tenants;
        this.credentials = credentials;
    }

    Tenants tenants() {
        return tenants;
    }

    Credentials credentials() {
        return credentials;
    }

    Iterable<Pool> pools() {
        return pools.values();
    }

    private long now() {
        return tenants.loop().now;
    }

    /** Why the broker refuses these credentials by now, or null. */
    @Nullable
    Ending refusal() {
        return refusal;
    }

    // Log-in.

    void authenticate(ClientSession client) {
        clients++;
        Tune known = tune;
        if (known != null && isFresh()) {
            renewIfDue();
            client.onAuthenticated(known);
            return;
        }
        waiting.add(new Waiting(client, now() + tenants.loop().settings.acquireTimeout()));
        logIn();
    }

    /** Whether the broker has accepted the credentials lately enough. */
    boolean isFresh() {
        return proved && now() - provedAt < tenants.loop().settings.credentialTtl();
    }

    /** Logs in again a little before the proof is too old, so that nobody waits for it while there are clients. */
    void renewIfDue() {
        long ttl = tenants.loop().settings.credentialTtl();
        if (refusal == null && now() - provedAt >= ttl - ttl / RENEWAL_SHARE) {
            renewing = true;
            logIn();
        }
    }

    private void logIn() {
        boolean wanted = renewing || !waiting.isEmpty();
        if (login == null && spare == null && wanted && tenants.mayConnect()) {
            Upstream attempt = new Upstream(this, tenants.nextUpstreamId());
            login = attempt;
            tenants.loginStarted();
            tenants.connector().connect(attempt.session());
        }
        schedule();
    }

    /** An upstream got past the broker's log-in. */
    void onProved(Upstream upstream, Tune agreed) {
        tune = agreed;
        proved = true;
        provedAt = now();
        refusal = null;
        lastFailure = null;
        tenants.backoff().succeeded();
        if (upstream == login) {
            login = null;
            spare = upstream;
            spareUntil = now() + tenants.loop().settings.handshakeTimeout();
            tenants.loginEnded();
        }
        renewing = false;
        int clientsWaiting = waiting.size();
        for (Waiting one = waiting.poll(); one != null; one = waiting.poll()) {
            one.client().onAuthenticated(agreed);
        }
        // A log-in that no new client asked for serves the clients that are here.
        if (spare != null && clientsWaiting == 0 && !pools.isEmpty()) {
            Upstream renewed = spare;
            spare = null;
            pools.values().iterator().next().adopt(renewed);
        }
        List.copyOf(pools.values()).forEach(Pool::onFreed);
        schedule();
    }

    /** An upstream of this account is over; it may have been the log-in. */
    void onEnded(Upstream upstream, Ending ending, boolean wasOpen) {
        if (upstream == spare) {
            spare = null;
        }
        if (upstream == login) {
            login = null;
            tenants.loginEnded();
            onLoginFailed(ending);
        } else if (!wasOpen && ending.isRefusal() && ending.code() == ReplyCode.ACCESS_REFUSED.code()) {
            onRefused(ending);
        }
        schedule();
    }

    private void onLoginFailed(Ending ending) {
        if (ending.initiator() == io.amqproxy.CloseReason.Initiator.BROKER) {
            onRefused(ending);
        } else {
            lastFailure = ending;
            tenants.onConnectionFailed();
        }
    }

    private void onRefused(Ending ending) {
        if (proved) {
            log.warn("The broker no longer accepts {}: {}", credentials, ending.text());
        }
        proved = false;
        renewing = false;
        refusal = ending;
        for (Waiting one = waiting.poll(); one != null; one = waiting.poll()) {
            one.client().onRefused(ending);
        }
        for (Pool pool : List.copyOf(pools.values())) {
            pool.retire();
        }
    }

    // Vhosts.

    void open(ClientSession client, String vhost) {
        Pool pool = pools.get(vhost);
        if (pool == null) {
            pool = new Pool(this, vhost);
            pools.put(vhost, pool);
        }
        memberships.put(client, pool);
        Upstream proven = spare;
        if (proven != null) {
            spare = null;
            pool.adopt(proven);
        }
        pool.open(client);
        schedule();
    }

    @Nullable
    Pool poolOf(ClientSession client) {
        return memberships.get(client);
    }

    void onPoolEmpty(Pool pool) {
        pools.remove(pool.vhost(), pool);
        schedule();
    }

    /** A client is gone, whatever it waited for. */
    void forget(ClientSession client) {
        clients--;
        memberships.remove(client);
        if (!waiting.isEmpty()) {
            waiting.removeIf(one -> one.client() == client);
        }
        schedule();
    }

    // Time.

    private void schedule() {
        long ttl = tenants.loop().settings.credentialTtl();
        boolean fresh = isFresh();
        if (clients == 0 && login == null && spare == null && pools.isEmpty() && !fresh) {
            tenants.loop().timers.cancel(timer);
            tenants.remove(this);
            return;
        }
        long next = Long.MAX_VALUE;
        if (!waiting.isEmpty()) {
            next = Math.min(next, waiting.element().until() - now());
            if (login == null) {
                next = Math.min(next, Math.max(1, tenants.backoff().remaining(now())));
            }
        }
        if (renewing && login == null && spare == null) {
            next = Math.min(next, Math.max(1, tenants.backoff().remaining(now())));
        }
        if (spare != null) {
            next = Math.min(next, spareUntil - now());
        }
        if (fresh && pools.isEmpty()) {
            next = Math.min(next, provedAt + ttl - now());
        }
        if (next == Long.MAX_VALUE) {
            tenants.loop().timers.cancel(timer);
        } else {
            tenants.loop().timers.set(timer, now() + Math.max(0, next));
        }
    }

    @Override
    public void onTime() {
        while (!waiting.isEmpty() && waiting.element().until() - now() <= 0) {
            ClientSession client = waiting.remove().client();
            client.onRefused(Ending.byProxy(
                    ReplyCode.CONNECTION_FORCED,
                    "no log-in at " + tenants.connector().endpoint() + " in time for " + credentials + ", "
                            + (waiting.size() + 1) + " waiting"
                            + (lastFailure == null ? "" : "; last failure: " + lastFailure.text())));
        }
        Upstream unused = spare;
        if (unused != null && spareUntil - now() <= 0) {
            spare = null;
            unused.session().close("not needed");
        }
        logIn();
    }

    @Override
    public void onFault(RuntimeException fault) {
        log.error("{}: housekeeping failed", credentials, fault);
    }

    /** All connections of the account. */
    List<Upstream> upstreams() {
        List<Upstream> open = new ArrayList<>();
        if (login != null) {
            open.add(login);
        }
        if (spare != null) {
            open.add(spare);
        }
        pools.values().forEach(pool -> open.addAll(pool.all()));
        return open;
    }
}
