package io.amqproxy.impl.pool;

import io.amqproxy.CloseReason;
import io.amqproxy.EndpointStats;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.PoolStats;
import io.amqproxy.UpstreamStats;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.core.Traffic;
import io.amqproxy.impl.limit.UserQuota;
import io.amqproxy.impl.limit.UserQuotas;
import io.amqproxy.impl.pool.ConnectionBudget.Need;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.internal.LogText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All accounts of one route on one loop. Clients come here by their credentials, so that all of a user's pools live on
 * one loop.
 */
public final class PoolRegistry implements PoolGateway {

    private static final Logger log = LoggerFactory.getLogger(PoolRegistry.class);

    /** Log-ins that are tried in one go, of the many that may wait for others from their address. */
    private static final int TRIES_AT_ONCE = 64;

    private static final long APART = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

    private final LoopContext loop;
    private Endpoints endpoints;
    private final LongSupplier upstreamIds;
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

    private final Map<Key, Account> accounts = new HashMap<>();
    private final Map<InboundSession, PoolMembership> clients = new HashMap<>();
    private final Set<Trial> trials = new HashSet<>();
    private final Set<Account> awaitingLogin = new LinkedHashSet<>();
    /** How many of them are still to be tried, as something has changed. */
    private int turns;

    private final ConnectionBudget connections;
    private final RoomMaker roomMaker;
    private final Consumer<Runnable> commands;
    private final ConnectionClaim ofTrials;
    private final LoginGuard guard;
    /** What the guard runs when others may log in. */
    private final Runnable waker;

    private final UserQuotas allowances;
    private final Timers.Timer nextLogins = new Timers.Timer(new Timers.Timed() {
        @Override
        public void onTime() {
            startLogins();
        }

        @Override
        public void onFault(RuntimeException fault) {
            startLogins(loop.now + RETRY);
            loop().lines.error(log, "Starting log-ins failed", fault);
        }
    });
    private boolean paused;
    private boolean retired;
    private boolean fenceRefused;
    private boolean fenceAnswered;
    private boolean updateRefused;

    /**
     * @param guard the same for all loops, and for no other route
     * @param connections the same for all loops, and for no other route
     * @param commands runs something on this loop, called by any thread
     */
    public PoolRegistry(
            LoopContext loop,
            Endpoints endpoints,
            LongSupplier upstreamIds,
            LoginGuard guard,
            ConnectionBudget connections,
            Consumer<Runnable> commands) {
        this.loop = loop;
        this.endpoints = endpoints;
        this.upstreamIds = upstreamIds;
        this.guard = guard;
        this.waker = () -> commands.accept(this::onLoginEnded);
        this.connections = connections;
        this.commands = commands;
        this.roomMaker = new RoomMaker(loop, connections, this::pools);
        this.ofTrials = newClaim(false, () -> {});
        connections.join(() -> commands.accept(roomMaker::mark));
        this.allowances = new UserQuotas(loop.settings.limits());
    }

    LoopContext loop() {
        return loop;
    }

    Endpoints endpoints() {
        return endpoints;
    }

    /** {@return the broker's endpoints, and whether they may be used, for people} */
    String whereTo() {
        return endpoints.names() + (paused ? " (the proxy is paused)" : "");
    }

    LoginGuard guard() {
        return guard;
    }

    /** Entries of all tables that limits need. */
    int limitEntries() {
        return guard.size() + allowances.size() + awaitingLogin.size();
    }

    /**
     * {@return a part of the connections that there may be}
     *
     * @param ofPool whether it is a pool's, rather than for log-ins
     * @param onGranted run on this loop
     */
    ConnectionClaim newClaim(boolean ofPool, Runnable onGranted) {
        return new ConnectionClaim(connections, loop, ofPool, () -> commands.accept(onGranted));
    }

    /** Something may be of no use here that others wait for. */
    void makeRoom() {
        roomMaker.mark();
    }

    long nextUpstreamId() {
        return upstreamIds.getAsLong();
    }

    // Clients.

    @Override
    public void authenticate(InboundSession client, Credentials credentials) {
        Account account = account(client.protocol(), credentials);
        clients.put(client, new PoolMembership(account));
        account.authenticate(client);
    }

    /** The account of these credentials, which are the account's from now on, or wiped. */
    Account account(Protocol protocol, Credentials credentials) {
        Account account = accounts.get(new Key(protocol, credentials));
        if (account == null) {
            account = new Account(this, protocol, credentials);
            accounts.put(new Key(protocol, credentials), account);
        } else {
            account.renewFrom(credentials);
        }
        return account;
    }

    @Override
    public void open(InboundSession client, String vhost) {
        PoolMembership stay = clients.get(client);
        if (stay != null && share(client, stay.account().credentials().user(), vhost)) {
            stay.account().beatWithin(client.heartbeatSeconds());
            Pool pool = stay.account().enter(vhost);
            stay.enter(pool);
            pool.open(client);
        }
    }

    @Override
    public void updateSecret(InboundSession client, byte[] secret, String reason) {
        PoolMembership stay = clients.get(client);
        if (stay != null) {
            stay.begin(new SecretUpdate(this, client, stay, secret, reason));
        }
    }

    /** Whether the client has, by now, the credentials of this account. */
    boolean isOf(InboundSession client, Account account) {
        PoolMembership stay = clients.get(client);
        return stay != null && stay.account() == account;
    }

    /** Gives a client its part of what its user may have in the vhost; returns whether there was any left. */
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
        return pool(channel.session()).lease(channel, purpose);
    }

    @Override
    public void forgo(LeaseHolder channel) {
        PoolMembership stay = clients.get(channel.session());
        if (stay != null) {
            stay.pools().forEach(pool -> pool.forgo(channel));
        }
    }

    @Override
    public void reserve(LeaseHolder channel) {
        stay(channel.session()).pools().forEach(pool -> pool.reserve(channel));
    }

    private Pool pool(InboundSession client) {
        return stay(client).pool();
    }

    private PoolMembership stay(InboundSession client) {
        PoolMembership stay = clients.get(client);
        if (stay == null) {
            throw new IllegalStateException(client + " is not here");
        }
        return stay;
    }

    @Override
    public boolean leave(InboundSession client) {
        PoolMembership stay = clients.get(client);
        if (stay == null) {
            return true;
        }
        if (!stay.leave(client)) {
            return false;
        }
        forget(client, stay);
        return true;
    }

    /** A client that had left by word is gone from one of its pools by now. */
    void onLeft(InboundSession client) {
        PoolMembership stay = clients.get(client);
        if (stay != null && stay.onLeft()) {
            forget(client, stay);
            client.onLeft();
        }
    }

    /** A client whose secret changed has nothing more in a pool of its old one. */
    void onMovedOut(InboundSession client, Pool pool) {
        PoolMembership stay = clients.get(client);
        if (stay != null) {
            stay.onMovedOut(pool);
        }
    }

    private void forget(InboundSession client, PoolMembership stay) {
        clients.remove(client);
        stay.account().forget(client);
    }

    // Accounts.

    void remove(Account account) {
        accounts.remove(new Key(account.protocol(), account.credentials()), account);
        awaitingLogin.remove(account);
        account.credentials().wipe();
    }

    /** What failed last, for people: a connection of their own, or else whatever makes an endpoint unusable. */
    String lastFailure(@Nullable CloseCause own) {
        String why = own == null ? endpoints.lastFailure() : own.text();
        return why == null ? "" : "; last failure: " + why;
    }

    /** Whether another connection of this protocol may be made now; else {@link #awaitLogin}. */
    boolean mayConnect(Protocol protocol) {
        return !paused && !retired && endpoints.isAnyUsable(protocol);
    }

    boolean isAwaitingLogin(Account account) {
        return awaitingLogin.contains(account);
    }

    /** The account wants to log in as soon as that is possible. */
    void awaitLogin(Account account) {
        awaitingLogin.add(account);
    }

    void stopAwaitingLogin(Account account) {
        awaitingLogin.remove(account);
    }

    LoginGuard.@Nullable Attempt beginLogin(LoginGuard.@Nullable Login login) {
        return guard.begin(login, loop.now, waker);
    }

    void onLoginEnded() {
        if (!awaitingLogin.isEmpty()) {
            // Later in this turn: the one that ended may still be in the midst of it.
            startLogins(loop.now);
        }
    }

    /** All that wait get their turn, once: another time only when something has changed again. */
    private void startLogins(long at) {
        turns = awaitingLogin.size();
        loop.timers.set(nextLogins, at);
    }

    /** Those that have to go on waiting are behind all others then, so that all of them get their turn. */
    private void startLogins() {
        int tries = 0;
        for (Account account : List.copyOf(awaitingLogin)) {
            if (turns <= 0 || guard.isFull()) {
                return;
            }
            if (tries == TRIES_AT_ONCE) {
                loop.timers.set(nextLogins, loop.now + APART);
                return;
            }
            turns--;
            if (mayConnect(account.protocol())) {
                tries++;
                account.onTime();
            } else {
                stopAwaitingLogin(account);
                awaitLogin(account);
            }
        }
    }

    /** {@return what it takes to begin a trial, or null where there are as many log-ins or connections as may be} */
    Trial.@Nullable Admission admitTrial() {
        ConnectionPermit permit = ofTrials.take(Need.LOGIN);
        LoginGuard.Attempt attempt = permit == null ? null : beginLogin(null);
        if (permit != null && attempt == null) {
            permit.release();
        }
        return permit == null || attempt == null ? null : new Trial.Admission(attempt, permit);
    }

    void onTrial(Trial trial) {
        trials.add(trial);
    }

    void onTrialEnded(Trial trial) {
        trials.remove(trial);
    }

    boolean isFenceRefused() {
        return fenceRefused;
    }

    boolean isFenceAnswered() {
        return fenceAnswered;
    }

    void onFenceAnswered() {
        fenceAnswered = true;
    }

    void onFenceRefused(CloseCause refusal) {
        if (!fenceRefused) {
            fenceRefused = true;
            log.warn(
                    "The broker refuses channel.flow ({}); channels are closed instead of used again",
                    LogText.of(refusal.text()));
        }
    }

    boolean isUpdateRefused() {
        return updateRefused;
    }

    /** The broker closed a connection for {@code update-secret}; returns whether it can be tried again. */
    void onUpdateRefused(CloseCause refusal) {
        if (!updateRefused && !refusal.isRefusal() && refusal.initiator() == CloseReason.Initiator.BROKER) {
            updateRefused = true;
            log.warn("The broker does not know update-secret; connections are replaced when their secret is renewed");
        }
    }

    // The broker's health, and what an operator wants.

    /** Connections to an endpoint may be made from now on. */
    public void onUsable(String endpoint) {
        if (endpoints.onUsable(endpoint)) {
            goOn();
        }
    }

    /** An endpoint speaks a protocol, or does not. */
    public void onSpoken(String endpoint, Protocol protocol, boolean isSpoken) {
        boolean couldConnect = endpoints.isAnyUsable(protocol);
        endpoints.onSpoken(endpoint, protocol, isSpoken);
        if (!couldConnect && endpoints.isAnyUsable(protocol)) {
            goOn();
        }
    }

    /** Connections to an endpoint would fail. */
    public void onUnusable(String endpoint, String why) {
        endpoints.onUnusable(endpoint, why);
    }

    /** No endpoint has answered for long: clients that have nothing open there go, so that they try elsewhere. */
    public void onDown() {
        CloseCause why = CloseCause.byProxy(Kind.FORCED, "no broker answers: " + endpoints.names());
        pools().forEach(pool -> pool.closeIdle(why));
    }

    /** New leases and connections wait, or no longer do. */
    public void pause(boolean isPaused) {
        paused = isPaused;
        if (!isPaused) {
            goOn();
        }
    }

    boolean isPaused() {
        return paused;
    }

    /** Something has become possible that was not: whoever waits tries again. */
    private void goOn() {
        startLogins(loop.now);
        pools().forEach(Pool::onTime);
    }

    List<Pool> pools() {
        List<Pool> all = new ArrayList<>();
        accounts.values().forEach(account -> all.addAll(account.pools()));
        return all;
    }

    /** Other endpoints and limits from now on, those of the loop's settings. */
    public void reload(Endpoints newer) {
        newer.replace(endpoints);
        endpoints = newer;
        guard.most(loop.settings.limits().failedLogins());
        connections.most(loop.settings.maxTotalConnections());
        allowances.reload(loop.settings.limits(), loop.now);
        pools().forEach(Pool::onReloaded);
        goOn();
    }

    /** {@return the figures of each endpoint} */
    public List<EndpointStats> endpointStats() {
        return endpoints.stats();
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
        retired = true;
        pools().forEach(Pool::drain);
    }

    /** Closes all upstreams in order. */
    public void close() {
        for (Account account : List.copyOf(accounts.values())) {
            for (Upstream upstream : account.upstreams()) {
                upstream.session().close("proxy closed");
            }
        }
        List.copyOf(trials).forEach(trial -> trial.close("proxy closed"));
    }

    /** {@return how many channels wait for the broker's proof that it has handled what went over them} */
    public int fencing() {
        int count = 0;
        for (Account account : accounts.values()) {
            for (Upstream upstream : account.upstreams()) {
                count += upstream.owed().fencing();
            }
        }
        return count;
    }

    /** {@return the number of connections to the broker, those being opened or closed included} */
    public int upstreams() {
        int count = trials.size();
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

    /** {@return the figures of each connection to the broker} */
    public List<UpstreamStats> upstreamStats() {
        List<UpstreamStats> stats = new ArrayList<>();
        accounts.values().forEach(account -> account.upstreams().forEach(upstream -> stats.add(upstream.stats())));
        return stats;
    }

    /** {@return the figures of each pool} */
    public List<PoolStats> stats() {
        List<PoolStats> stats = new ArrayList<>();
        accounts.values().forEach(account -> account.pools().forEach(pool -> stats.add(pool.stats())));
        return stats;
    }
}
