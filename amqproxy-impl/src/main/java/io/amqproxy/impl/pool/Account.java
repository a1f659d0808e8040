package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoginHandler;
import io.amqproxy.impl.core.LoopContext.Limit;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.ConnectionBudget.Need;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.internal.LogText;
import java.util.List;
import java.util.Random;
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
final class Account implements LoginQueue.Waiter, Principal, SecretRenewal.Holder, Timers.Timed {

    /** The pools of the account, one for each vhost. */
    interface Pools {

        boolean isEmpty();

        /** All connections of the pools. */
        List<Upstream> upstreams();

        /** One of them takes over a connection that has logged in. */
        void adopt(Upstream loggedIn);

        /** Closes a connection that nobody uses. Returns whether one is closing. */
        boolean giveUpIdle();

        /** Connections with slower heartbeats are replaced. */
        void beatWithin(int seconds);

        /** All connections are replaced. */
        void drain();

        /** The secret has come to its end. */
        void retire();

        /** The broker no longer accepts the secret. */
        void freeze();

        /** The broker accepts the secret again. */
        void thaw();

        /** Connections may be made again. */
        void goOn();

        /** Nobody needs the account any more. */
        void onUnused();
    }

    /** RabbitMQ's page on heartbeats: with less a busy broker or network seems dead. */
    private static final int QUICKEST_HEARTBEAT = 5;

    private static final Logger log = LoggerFactory.getLogger(Account.class);

    /** When what has failed in its midst is done again. */
    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

    private final PoolContext context;
    private final Protocol protocol;
    private final Credentials credentials;
    private final Pools pools;
    /** Who waits for a log-in. */
    private final LoginApplicants waiting;

    private final Timers.Timer timer = new Timers.Timer(this);

    private final Quarantine quarantine = new Quarantine();
    private final SecretRenewal renewal;
    private final AccountChannels channels;
    /** For its log-ins. */
    private final ConnectionClaim claim;

    private final LoginProof proof;
    /** Applicants from their log-in to their end; while there is one the account is the only one of its credentials. */
    private int clients;

    /** The quickest that clients have asked for, in seconds, or 0. */
    private int heartbeat;

    private boolean renewing;
    private @Nullable CloseCause refusal;
    private @Nullable CloseCause lastFailure;

    private final LoginConnection login;
    /** After connections of this account that failed while its endpoint was well. */
    private final ConnectPause pause;

    Account(PoolContext context, Protocol protocol, Credentials credentials, Pools pools) {
        this.context = context;
        this.protocol = protocol;
        this.credentials = credentials;
        this.pools = pools;
        this.proof = new LoginProof(context.loop, credentials);
        this.waiting = new LoginApplicants(context, credentials);
        this.renewal = new SecretRenewal(context.loop, this);
        this.channels = new AccountChannels(context.loop, credentials, context.channelLimits(protocol));
        this.claim = context.newClaim(false, context.logins()::onLoginEnded);
        this.login = new LoginConnection(context.loop);
        this.pause =
                new ConnectPause(context.loop, new Random(credentials.user().hashCode()));
    }

    PoolContext context() {
        return context;
    }

    @Override
    public Protocol protocol() {
        return protocol;
    }

    @Override
    public Credentials credentials() {
        return credentials;
    }

    @Override
    public AccountChannels channels() {
        return channels;
    }

    private long now() {
        return context.loop.now;
    }

    @Override
    public int mostSlots() {
        NegotiatedLimits granted = proof.granted();
        return granted == null ? 1 : protocol.slotsOf(granted);
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
        NegotiatedLimits known = proof.granted();
        if (known != null && isFresh()) {
            renewIfDue();
            applicant.onAuthenticated(known);
            return;
        }
        waiting.add(applicant);
        logIn();
    }

    /** Whether the broker has accepted the credentials lately enough. */
    boolean isFresh() {
        return proof.isFresh();
    }

    /** Logs in again a little before the proof is too old, so that nobody waits for it while there are clients. */
    void renewIfDue() {
        if (refusal == null && proof.isDue()) {
            renewing = true;
            logIn();
        }
    }

    private void logIn() {
        if (login.isNone()) {
            waiting.refuseBlocked();
            context.logins().remove(this);
            if (renewing || !waiting.isEmpty()) {
                startLogIn();
            }
        }
        schedule();
    }

    private void startLogIn() {
        if (pause.isOn()) {
            claim.forgo();
            return;
        }
        if (!context.mayConnect(protocol())) {
            claim.forgo();
            context.logins().add(this);
            return;
        }
        ConnectionPermit permit = ConnectionPermit.take(claim, Need.LOGIN);
        if (permit == null) {
            waiting.tellOfWait(Limit.TOTAL_CONNECTIONS);
            context.logins().add(this);
            claim.want(Need.LOGIN);
            return;
        }
        LoginGuard.Attempt attempt = context.logins().begin(waiting.firstLogin());
        if (attempt == null) {
            permit.release();
            waiting.tellOfWait(Limit.LOGINS);
            context.logins().add(this);
            return;
        }
        LoginHandler first = waiting.first();
        Upstream upstream = newUpstream(first, permit, null);
        login.begin(upstream, attempt);
        String vhost = first == null ? null : first.likelyVhost();
        if (vhost != null && upstream.session().introducedAs().equals(ClientProperties.NONE)) {
            upstream.session().expect(vhost);
        }
        upstream.connect();
    }

    /**
     * One for this applicant, if any, and nobody else where the policy is so; preferably at a place, if there is one.
     */
    Upstream newUpstream(@Nullable LoginHandler applicant, ConnectionPermit permit, @Nullable String place) {
        Upstream upstream = new Upstream(context, this, permit, place);
        if (applicant != null && context.loop.introducesAs(applicant.info())) {
            upstream.session().introduceAs(applicant.properties(), applicant.info());
        }
        return upstream;
    }

    /** Whether connections of this account may be made; those that failed for it alone are tried ever more seldom. */
    boolean mayConnect() {
        return context.mayConnect(protocol()) && !pause.isOn();
    }

    /** A connection is open: what failed was no matter of the account. */
    void onOpened() {
        pause.onSucceeded();
    }

    @Override
    public void onProved(Upstream upstream, NegotiatedLimits agreed) {
        proof.onAccepted(agreed);
        credentials.onProved(now());
        refusal = null;
        lastFailure = null;
        context.guard().remember(credentials, now());
        if (login.end(upstream)) {
            login.keep(upstream);
        }
        renewing = false;
        boolean isForNobody = waiting.isEmpty();
        waiting.letIn(agreed);
        // A log-in that no new client asked for serves the clients that are here.
        Upstream renewed = isForNobody && !pools.isEmpty() ? login.takeSpare() : null;
        if (renewed != null) {
            pools.adopt(renewed);
        }
        pools.thaw();
        schedule();
    }

    /** It may have been the log-in. */
    @Override
    public void onEnded(Upstream upstream, CloseCause ending, boolean wasOpen) {
        channels.onEnded(upstream.slots().present(), upstream.session().acceptedSlots(), ending);
        login.onSpareEnded(upstream);
        if (login.end(upstream)) {
            onLoginFailed(ending);
        } else if (!wasOpen && ending.isNo() && ending.kind() == Kind.LOGIN_REFUSED) {
            onRefused(ending);
        }
        if (!wasOpen && ending.isFailure() && !ending.isFaultOfEndpoint()) {
            pause.onFailed();
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
        context.loop.limitReached(
                Limit.BROKER_CONNECTIONS,
                credentials.user(),
                null,
                null,
                "the broker lets " + credentials + " have no more connections: " + ending.text());
        if (!pools.giveUpIdle()) {
            waiting.turnAway(ending);
        }
    }

    /** Closes a connection that nobody uses. Returns whether one is closing. */
    boolean giveUpIdle() {
        return pools.giveUpIdle();
    }

    private void onRefused(CloseCause ending) {
        if (proof.isProved()) {
            context.loop.lines.warn(log, "The broker no longer accepts {}: {}", credentials, LogText.of(ending.text()));
        }
        proof.onRefused();
        renewing = false;
        refusal = ending;
        context.guard().forget(credentials);
        credentials.tellRefused();
        if (ending.isNo()) {
            waiting.countFailures();
        }
        waiting.turnAway(ending);
        if (credentials.mayEnd()) {
            pools.retire();
        } else {
            pools.freeze();
        }
    }

    // Secrets that end.

    /** A client came with equal credentials, or the next secret is there. */
    @Override
    public void renewFrom(Credentials newer) {
        boolean isOther = credentials.renewFrom(newer);
        newer.wipe();
        if (isOther) {
            refusal = null;
            renewal.resume();
            for (Upstream upstream : upstreams()) {
                if (!context.isUpdateRefused()) {
                    upstream.session().refreshSecret();
                } else if (upstream.open()) {
                    upstream.replace();
                }
            }
        }
        schedule();
    }

    @Override
    public boolean isInUse() {
        return clients > 0 || !pools.isEmpty();
    }

    @Override
    public void onRenewalRefused() {
        onRefused(Refusal.ofMapping(credentials));
        schedule();
    }

    /** What was opened with it is replaced, which the broker allows or not. */
    @Override
    public void onExpired() {
        pools.drain();
    }

    @Override
    public void onSecretRefused(CloseCause ending) {
        context.onUpdateRefused(ending);
        renewal.tell("the broker does not accept it for a connection: " + ending.text());
    }

    // Clients that are kept apart.

    @Override
    public void keepApart(InboundSession client, String why) {
        quarantine.add(client, why, context.loop);
    }

    boolean isKeptApart(InboundSession client) {
        return !quarantine.isEmpty() && quarantine.contains(Quarantine.key(client), now());
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
            pools.beatWithin(within);
        }
    }

    @Override
    public int heartbeat() {
        return heartbeat;
    }

    // Pools.

    /** {@return the connection that has logged in and serves no pool, for the one that takes it, or null} */
    @Nullable
    Upstream takeSpare() {
        return login.takeSpare();
    }

    /** There is one more, or one less. */
    void onPoolsChanged() {
        schedule();
    }

    /** An applicant is gone, whatever it waited for. */
    void forget(LoginHandler applicant) {
        clients--;
        waiting.remove(applicant);
        schedule();
    }

    // Time.

    private void schedule() {
        renewal.schedule();
        if (waiting.isEmpty() && !renewing) {
            claim.forgo();
        }
        boolean fresh = isFresh();
        if (clients == 0 && login.isNone() && pools.isEmpty() && !fresh) {
            context.loop.timers.cancel(timer);
            renewal.end();
            pools.onUnused();
            return;
        }
        long next = pause.isOn() && !pools.isEmpty() ? pause.untilOver() : Long.MAX_VALUE;
        next = Math.min(next, waiting.untilFirstDeadline());
        boolean isNext = !context.logins().contains(this);
        if ((renewing || !waiting.isEmpty()) && login.isNone() && isNext) {
            next = Math.min(next, Math.max(1, pause.untilOver()));
        }
        next = Math.min(next, login.untilUnneeded());
        if (fresh && pools.isEmpty()) {
            next = Math.min(next, proof.untilOld());
        }
        if (next == Long.MAX_VALUE) {
            context.loop.timers.cancel(timer);
        } else {
            context.loop.timers.set(timer, now() + Math.max(0, next));
        }
    }

    @Override
    public void onTurn() {
        onTime();
    }

    @Override
    public void onTime() {
        waiting.expire(() -> CloseCause.byProxy(
                Kind.FORCED,
                "no log-in at " + context.whereTo() + " in time for " + credentials + ", " + (waiting.count() + 1)
                        + " waiting"
                        + claim.describe()
                        + context.lastFailure(lastFailure)));
        login.closeUnneeded();
        logIn();
        if (pause.endsNow()) {
            pools.goOn();
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        context.loop.timers.set(timer, now() + RETRY);
        context.loop.lines.error(log, "{}: housekeeping failed", credentials, fault);
    }

    /** All connections of the account. */
    List<Upstream> upstreams() {
        List<Upstream> open = login.all();
        open.addAll(pools.upstreams());
        return open;
    }
}
