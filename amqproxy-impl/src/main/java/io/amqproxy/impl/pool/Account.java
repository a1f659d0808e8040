package io.amqproxy.impl.pool;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoginHandler;
import io.amqproxy.impl.core.LoopContext.Limit;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.pool.ConnectionBudget.Need;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.internal.LogText;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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

    private record Waiter(LoginHandler applicant, LoginGuard.Login login, long until) {}

    /** The last fifth of the proof's time is there to renew it. */
    private static final int RENEWAL_SHARE = 5;

    /** RabbitMQ's page on heartbeats: with less a busy broker or network seems dead. */
    private static final int QUICKEST_HEARTBEAT = 5;

    private static final Logger log = LoggerFactory.getLogger(Account.class);

    /** When what has failed in its midst is done again. */
    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

    private final PoolRegistry registry;
    private final Protocol protocol;
    private final Credentials credentials;
    private final Map<String, Pool> pools = new HashMap<>();
    private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
    private final Timers.Timer timer = new Timers.Timer(this);

    private final Quarantine quarantine = new Quarantine();
    private final SecretRenewal renewal = new SecretRenewal(this);
    private final BrokerChannels channels = new BrokerChannels(this);
    /** For its log-ins. */
    private final ConnectionClaim claim;

    private @Nullable NegotiatedLimits tune;
    private boolean proved;
    private long provedAt;
    /** Applicants from their log-in to their end; while there is one the account is the only one of its credentials. */
    private int clients;

    /** The quickest that clients have asked for, in seconds, or 0. */
    private int heartbeat;

    private boolean renewing;
    private @Nullable CloseCause refusal;
    private @Nullable CloseCause lastFailure;

    /** The log-in under way. */
    private @Nullable Upstream login;

    private LoginGuard.@Nullable Attempt attempt;
    /** Logged in, without a vhost yet. */
    private @Nullable Upstream spare;

    private long spareUntil;
    /** For connections of this account that failed while its endpoint was well. */
    private final Backoff backoff;

    private long pausedUntil;
    private boolean wasPaused;

    Account(PoolRegistry registry, Protocol protocol, Credentials credentials) {
        this.registry = registry;
        this.protocol = protocol;
        this.credentials = credentials;
        this.claim = registry.newClaim(false, registry::onLoginEnded);
        this.backoff = new Backoff(new Random(credentials.user().hashCode()));
        this.pausedUntil = now();
    }

    PoolRegistry registry() {
        return registry;
    }

    Protocol protocol() {
        return protocol;
    }

    Credentials credentials() {
        return credentials;
    }

    Collection<Pool> pools() {
        return pools.values();
    }

    BrokerChannels channels() {
        return channels;
    }

    private long now() {
        return registry.loop().now;
    }

    /** How many channels the broker lets a connection have, as far as known. */
    int mostSlots() {
        return tune == null ? 1 : protocol.slotsOf(tune);
    }

    /** Why the broker refuses these credentials by now, or null. */
    @Nullable
    CloseCause refusal() {
        return refusal;
    }

    // Log-in.

    /** Answered by the applicant's methods; {@link #forget} is due in the end, whatever becomes of it. */
    void authenticate(LoginHandler applicant) {
        clients++;
        NegotiatedLimits known = tune;
        if (known != null && isFresh()) {
            renewIfDue();
            applicant.onAuthenticated(known);
            return;
        }
        waiting.add(new Waiter(
                applicant, login(applicant), now() + registry.loop().settings.acquireTimeout()));
        logIn();
    }

    /** Whether the broker has accepted the credentials lately enough. */
    boolean isFresh() {
        return proved
                && !credentials.isExpired(now())
                && now() - provedAt < registry.loop().settings.credentialTtl();
    }

    /** Logs in again a little before the proof is too old, so that nobody waits for it while there are clients. */
    void renewIfDue() {
        long ttl = registry.loop().settings.credentialTtl();
        boolean isDue = credentials.isExpired(now()) || now() - provedAt >= ttl - ttl / RENEWAL_SHARE;
        if (refusal == null && isDue) {
            renewing = true;
            logIn();
        }
    }

    private LoginGuard.Login login(LoginHandler applicant) {
        return LoginGuard.Login.of(AddressKey.of(applicant.info().address()), credentials);
    }

    private void logIn() {
        if (login == null && spare == null) {
            refuseBlocked();
            registry.stopAwaitingLogin(this);
            if (renewing || !waiting.isEmpty()) {
                startLogIn();
            }
        }
        schedule();
    }

    /** Who may be guessing gets no answer of the broker. */
    private void refuseBlocked() {
        Map<Waiter, Long> blocked = new LinkedHashMap<>();
        for (Waiter one : waiting) {
            long time = registry.guard().blockedFor(one.login(), now());
            if (time > 0) {
                blocked.put(one, time);
            }
        }
        waiting.removeAll(blocked.keySet());
        blocked.forEach((one, time) -> {
            registry.loop().events.loginRefusedUnasked(one.applicant().info(), Duration.ofNanos(time));
            one.applicant().onRefused(Refusal.ofGuess(credentials, time));
        });
    }

    private void startLogIn() {
        if (isPaused()) {
            claim.forgo();
            return;
        }
        if (!registry.mayConnect(protocol())) {
            claim.forgo();
            registry.awaitLogin(this);
            return;
        }
        ConnectionPermit permit = claim.take(Need.LOGIN);
        if (permit == null) {
            registry.loop().limitReached(Limit.TOTAL_CONNECTIONS, credentials + " waits to log in");
            registry.awaitLogin(this);
            claim.want(Need.LOGIN);
            return;
        }
        Waiter first = waiting.peek();
        attempt = registry.beginLogin(first == null ? null : first.login());
        if (attempt == null) {
            permit.release();
            registry.loop().limitReached(Limit.LOGINS, credentials + " waits to log in");
            registry.awaitLogin(this);
            return;
        }
        Upstream upstream = newUpstream(first == null ? null : first.applicant(), permit);
        login = upstream;
        String vhost = first == null ? null : first.applicant().likelyVhost();
        if (vhost != null && upstream.session().introducedAs().equals(ClientProperties.NONE)) {
            upstream.session().expect(vhost);
        }
        upstream.connect();
    }

    /** One that is opened because of this applicant, if any; nobody else will use it where the policy is so. */
    Upstream newUpstream(@Nullable LoginHandler applicant, ConnectionPermit permit) {
        Upstream upstream = new Upstream(this, permit, registry.nextUpstreamId());
        if (applicant != null && registry.loop().introducesAs(applicant.info())) {
            upstream.session().introduceAs(applicant.properties(), applicant.info());
        }
        return upstream;
    }

    /** Whether connections of this account may be made; those that failed for it alone are tried ever more seldom. */
    boolean mayConnect() {
        return registry.mayConnect(protocol()) && !isPaused();
    }

    private boolean isPaused() {
        return pausedUntil - now() > 0;
    }

    /** A connection is open: what failed was no matter of the account. */
    void onOpened() {
        backoff.succeeded();
    }

    private void endLogIn() {
        login = null;
        if (attempt != null) {
            attempt.end();
            attempt = null;
        }
    }

    /** An upstream got past the broker's log-in. */
    void onProved(Upstream upstream, NegotiatedLimits agreed) {
        tune = agreed;
        proved = true;
        credentials.onProved(now());
        provedAt = now();
        refusal = null;
        lastFailure = null;
        registry.guard().remember(credentials, now());
        if (upstream == login) {
            endLogIn();
            keep(upstream);
        }
        renewing = false;
        int clientsWaiting = waiting.size();
        for (Waiter one = waiting.poll(); one != null; one = waiting.poll()) {
            registry.guard().onProved(one.login());
            one.applicant().onAuthenticated(agreed);
        }
        // A log-in that no new client asked for serves the clients that are here.
        if (spare != null && clientsWaiting == 0 && !pools.isEmpty()) {
            Upstream renewed = spare;
            spare = null;
            pools.values().iterator().next().adopt(renewed);
        }
        List.copyOf(pools.values()).forEach(Pool::thaw);
        schedule();
    }

    /** It serves the first client that opens a vhost; where pools may have no more it has done all that it could. */
    private void keep(Upstream loggedIn) {
        if (loggedIn.permit().isForLogin()) {
            loggedIn.session().close("there may be no more connections");
        } else {
            spare = loggedIn;
            spareUntil = now() + registry.loop().settings.handshakeTimeout();
        }
    }

    /** An upstream of this account is over; it may have been the log-in. */
    void onEnded(Upstream upstream, CloseCause ending, boolean wasOpen) {
        channels.onEnded(upstream, ending);
        if (upstream == spare) {
            spare = null;
        }
        if (upstream == login) {
            endLogIn();
            onLoginFailed(ending);
        } else if (!wasOpen && ending.isNo() && ending.kind() == Kind.LOGIN_REFUSED) {
            onRefused(ending);
        }
        if (!wasOpen && ending.isFailure() && !ending.isFaultOfEndpoint()) {
            pausedUntil = now() + backoff.failed(now());
            wasPaused = true;
        }
        schedule();
    }

    private void onLoginFailed(CloseCause ending) {
        if (ending.isLimit()) {
            onLimit(ending);
        } else if (ending.isNo()) {
            onRefused(ending);
        } else {
            lastFailure = ending;
        }
    }

    /** A broker that counts connections at log-in: nothing is said about the secret. */
    private void onLimit(CloseCause ending) {
        lastFailure = ending;
        registry.loop().limitReached(Limit.BROKER_CONNECTIONS, ending.text());
        if (!giveUpIdle()) {
            turnAway(ending);
        }
    }

    private void turnAway(CloseCause why) {
        for (Waiter one = waiting.poll(); one != null; one = waiting.poll()) {
            one.applicant().onRefused(why);
        }
    }

    /** Closes a connection that nobody uses; returns whether one is closing. */
    boolean giveUpIdle() {
        for (Pool pool : pools.values()) {
            if (pool.giveUpIdle()) {
                return true;
            }
        }
        return false;
    }

    private void onRefused(CloseCause ending) {
        if (proved) {
            registry.loop()
                    .lines
                    .warn(log, "The broker no longer accepts {}: {}", credentials, LogText.of(ending.text()));
        }
        proved = false;
        renewing = false;
        refusal = ending;
        registry.guard().forget(credentials);
        credentials.tellRefused();
        if (ending.isNo()) {
            countFailures();
        }
        turnAway(ending);
        for (Pool pool : List.copyOf(pools.values())) {
            if (credentials.mayEnd()) {
                pool.retire();
            } else {
                pool.freeze();
            }
        }
    }

    // Secrets that end.

    /** A client came with equal credentials, or the next secret is there. */
    void renewFrom(Credentials newer) {
        boolean isOther = credentials.renewFrom(newer);
        newer.wipe();
        if (isOther) {
            refusal = null;
            renewal.resume();
            for (Upstream upstream : upstreams()) {
                if (!registry.isUpdateRefused()) {
                    upstream.session().refreshSecret();
                } else if (upstream.open()) {
                    upstream.replace();
                }
            }
        }
        schedule();
    }

    /** Whether anybody needs the credentials. */
    boolean isInUse() {
        return clients > 0 || !pools.isEmpty();
    }

    /** There will be no next secret. */
    void onRenewalRefused() {
        onRefused(Refusal.ofLogin(credentials));
        schedule();
    }

    /** The secret has ended: what was opened with it is replaced, which the broker allows or not. */
    void onExpired() {
        List.copyOf(pools.values()).forEach(Pool::drain);
    }

    void onSecretRefused(CloseCause ending) {
        registry.onUpdateRefused(ending);
        renewal.tell("the broker does not accept it for a connection: " + ending.text());
    }

    // Clients that are kept apart.

    void keepApart(InboundSession client) {
        registry.loop()
                .lines
                .warn(
                        log,
                        "{} is kept apart from others: the broker closed a connection for what it, or another one, sent",
                        client.info());
        quarantine.add(Quarantine.key(client), now());
    }

    boolean isKeptApart(InboundSession client) {
        return !quarantine.isEmpty() && quarantine.contains(Quarantine.key(client), now());
    }

    /** Each address that waited for this log-in has failed once. */
    private void countFailures() {
        Set<Object> origins = new HashSet<>();
        for (Waiter one : waiting) {
            if (origins.add(one.login().origin())) {
                long block = registry.guard().onRefused(one.login(), now());
                if (block > 0) {
                    ClientInfo client = one.applicant().info();
                    registry.loop()
                            .lines
                            .warn(
                                    log,
                                    "Log-ins from {} as user {} are refused for {} ms: too many have failed",
                                    client.address(),
                                    LogText.of(client.user()),
                                    TimeUnit.NANOSECONDS.toMillis(block));
                    registry.loop().events.loginsBlocked(client, Duration.ofNanos(block));
                }
            }
        }
    }

    // Heartbeats.

    /**
     * A client asks for heartbeats of so many seconds, or 0: a broker that hangs is to be noticed on its connections as
     * soon as it would notice itself, within a bound. Slower ones are replaced.
     */
    void beatWithin(int seconds) {
        int within = Math.max(QUICKEST_HEARTBEAT, seconds);
        if (seconds > 0 && (heartbeat == 0 || within < heartbeat)) {
            heartbeat = within;
            List.copyOf(pools.values()).forEach(pool -> pool.beatWithin(within));
        }
    }

    int heartbeat() {
        return heartbeat;
    }

    // Vhosts.

    /** The pool of the vhost, where the broker is yet to be asked whether it accepts it. */
    Pool enter(String vhost) {
        Pool pool = pools.get(vhost);
        if (pool == null) {
            pool = new Pool(this, vhost);
            pools.put(vhost, pool);
        }
        Upstream proven = spare;
        if (proven != null) {
            spare = null;
            pool.adopt(proven);
        }
        schedule();
        return pool;
    }

    void onPoolEmpty(Pool pool) {
        pools.remove(pool.vhost(), pool);
        schedule();
    }

    /** An applicant is gone, whatever it waited for. */
    void forget(LoginHandler applicant) {
        clients--;
        if (!waiting.isEmpty()) {
            waiting.removeIf(one -> one.applicant() == applicant);
        }
        schedule();
    }

    // Time.

    private void schedule() {
        renewal.schedule();
        if (waiting.isEmpty() && !renewing) {
            claim.forgo();
        }
        long ttl = registry.loop().settings.credentialTtl();
        boolean fresh = isFresh();
        if (clients == 0 && login == null && spare == null && pools.isEmpty() && !fresh) {
            registry.loop().timers.cancel(timer);
            renewal.end();
            registry.remove(this);
            return;
        }
        long next = isPaused() && !pools.isEmpty() ? pausedUntil - now() : Long.MAX_VALUE;
        if (!waiting.isEmpty()) {
            next = Math.min(next, waiting.element().until() - now());
        }
        boolean isNext = !registry.isAwaitingLogin(this);
        if ((renewing || !waiting.isEmpty()) && login == null && spare == null && isNext) {
            next = Math.min(next, Math.max(1, pausedUntil - now()));
        }
        if (spare != null) {
            next = Math.min(next, spareUntil - now());
        }
        if (fresh && pools.isEmpty()) {
            next = Math.min(next, provedAt + ttl - now());
        }
        if (next == Long.MAX_VALUE) {
            registry.loop().timers.cancel(timer);
        } else {
            registry.loop().timers.set(timer, now() + Math.max(0, next));
        }
    }

    @Override
    public void onTime() {
        while (!waiting.isEmpty() && waiting.element().until() - now() <= 0) {
            waiting.remove()
                    .applicant()
                    .onRefused(CloseCause.byProxy(
                            Kind.FORCED,
                            "no log-in at " + registry.whereTo() + " in time for " + credentials + ", "
                                    + (waiting.size() + 1) + " waiting"
                                    + claim.describe()
                                    + registry.lastFailure(lastFailure)));
        }
        Upstream unused = spare;
        if (unused != null && spareUntil - now() <= 0) {
            spare = null;
            unused.session().close("not needed");
        }
        logIn();
        if (wasPaused && !isPaused()) {
            wasPaused = false;
            List.copyOf(pools.values()).forEach(Pool::onTime);
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        registry.loop().timers.set(timer, now() + RETRY);
        registry.loop().lines.error(log, "{}: housekeeping failed", credentials, fault);
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
