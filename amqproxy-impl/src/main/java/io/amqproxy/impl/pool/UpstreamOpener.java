package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.internal.LogText;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a pool's connections, as its clients and the proof of its vhost need them, and as many as the broker lets it
 * have.
 */
final class UpstreamOpener {

    private static final Logger log = LoggerFactory.getLogger(UpstreamOpener.class);

    private final Upstream.Home pool;
    private final PoolContext context;
    private final Account account;
    private final Upstreams upstreams;
    private final PoolCapacity capacity;
    private final VhostProof proof;

    UpstreamOpener(Upstream.Home pool, PoolContext context, Account account, Upstreams upstreams, VhostProof proof) {
        this.pool = pool;
        this.context = context;
        this.account = account;
        this.upstreams = upstreams;
        this.capacity = upstreams.capacity();
        this.proof = proof;
    }

    /** Takes over an upstream that has logged in, to prove the vhost. */
    void adopt(Upstream upstream) {
        boolean isOneTooMany = capacity.knowsCeiling() && capacity.ownRoom(Upstreams.MAX_RENEWED) == 0;
        if (isOneTooMany || !capacity.adopt(upstream)) {
            upstream.session().close("there may be no more connections"); // It has proved the log-in.
        } else {
            join(upstream, upstreams.oldestShared());
        }
    }

    /** Adds an upstream that replaces another one, if there is one, as soon as it is open. */
    private void join(Upstream upstream, @Nullable Upstream replaced) {
        String label = replaced == null ? MultiplexedPolicy.PUBLISH : replaced.label();
        upstream.replaces(replaced);
        add(upstream, label);
        upstream.joinPool(pool, label);
    }

    /** Opens the connections that are kept although nobody needs them yet. */
    void openAhead() {
        for (int missing = capacity.missing(); missing > 0 && capacity.mayOpen(0) && account.mayConnect(); missing--) {
            if (connect(MultiplexedPolicy.PUBLISH, null) == null) {
                return;
            }
        }
    }

    private void add(Upstream upstream, String label) {
        upstreams.add(upstream);
        if (log.isDebugEnabled()) {
            log.debug(
                    "{} joins the pool of {} in {} for {}",
                    upstream,
                    account.credentials(),
                    LogText.of(pool.vhost()),
                    label);
        }
    }

    /** One connection is opened while clients wait for the vhost and none is being opened. */
    void connectIfNeeded() {
        if (proof.isSettled() || !account.mayConnect() || upstreams.isAnyOpening()) {
            return;
        }
        ConnectionPermit permit = capacity.mayOpen(Upstreams.MAX_RENEWED) ? capacity.take() : null;
        if (permit != null) {
            Upstream upstream = account.newUpstream(proof.first(), permit, null);
            join(upstream, upstreams.oldestShared());
            upstream.connect();
        } else if (capacity.isAtCeiling() && !capacity.isClosed() && !upstreams.giveUpIdle() && upstreams.isAnyOpen()) {
            proof.let(Objects.requireNonNull(upstreams.anyOpen())
                    .session()
                    .offer()); // The broker lets clients be there, and each of their methods shows what they may do.
        }
    }

    /**
     * Opens one, or returns null where other pools have just taken what there was.
     *
     * @param place the endpoint that had better be chosen, or null
     */
    @Nullable
    Upstream connect(String label, @Nullable String place) {
        ConnectionPermit permit = capacity.take();
        if (permit == null) {
            return null;
        }
        Upstream upstream = account.newUpstream(null, permit, place);
        add(upstream, label);
        upstream.joinPool(pool, label);
        upstream.connect();
        return upstream;
    }

    /**
     * The broker lets the user or the vhost have no more connections. Those that there are serve everybody; where there
     * is none, idle ones of the user's other vhosts make room, if one that ended meanwhile has not.
     */
    void onLimit(Upstream refused, CloseCause ending) {
        capacity.onLimit(refused);
        upstreams.keepOneServing();
        if (upstreams.isAnyOpen()) {
            proof.let(Objects.requireNonNull(upstreams.anyOpen()).session().offer());
        } else if (!capacity.mayOpen(0) && !account.giveUpIdle()) {
            proof.turnAway(ending);
        }
        String effect = "the broker lets " + account.credentials() + " in " + pool.vhost() + " have "
                + upstreams.all().size() + " connections: " + ending.text();
        context.loop.limitReached(
                LoopContext.Limit.BROKER_CONNECTIONS, account.credentials().user(), pool.vhost(), null, effect);
    }
}
