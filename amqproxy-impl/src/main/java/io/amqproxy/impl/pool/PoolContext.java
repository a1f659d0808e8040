package io.amqproxy.impl.pool;

import io.amqproxy.CloseReason;
import io.amqproxy.EndpointStats;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.spi.FenceSupport;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all accounts and pools of one route on one loop share: the way to the broker and whether it may be taken now,
 * their part of the connections that there may be, and what is known of the broker. It belongs to the loop's thread.
 */
final class PoolContext {

    private static final Logger log = LoggerFactory.getLogger(PoolContext.class);

    /** Names of up to 4 KiB, only of who logged in. */
    private static final int USERS_WITH_LIMITS = 256;

    private static final long LIMITS_KNOWN_FOR = TimeUnit.HOURS.toNanos(1);

    final LoopContext loop;
    private final LoginGuard guard;
    private final LoginQueue logins;
    private final LongSupplier upstreamIds;
    private final ConnectionBudget connections;
    private final Consumer<Runnable> commands;
    private final ConnectionReclaimer roomMaker;
    private final ConnectionClaim ofTrials;
    private final KnownFences fences;
    private final Set<UpstreamConnection> trials = new HashSet<>();
    private final Map<Protocol, ExpiringTable<String, Integer>> channelLimits = new HashMap<>();
    private Endpoints endpoints;

    private boolean paused;
    private boolean retired;
    private boolean updateRefused;

    /**
     * @param commands runs something on this loop, called by any thread
     * @param donors who has connections here that pools of other loops may need more
     */
    PoolContext(
            LoopContext loop,
            Endpoints endpoints,
            LongSupplier upstreamIds,
            LoginGuard guard,
            ConnectionBudget connections,
            Consumer<Runnable> commands,
            Supplier<? extends List<? extends ConnectionDonor>> donors) {
        this.loop = loop;
        this.fences = new KnownFences(loop);
        this.endpoints = endpoints;
        this.upstreamIds = upstreamIds;
        this.guard = guard;
        this.logins = new LoginQueue(loop, guard, commands, this::mayConnect);
        this.connections = connections;
        this.commands = commands;
        this.roomMaker = new ConnectionReclaimer(loop, connections, donors);
        this.ofTrials = newClaim(false, () -> {});
        connections.join(() -> commands.accept(roomMaker::mark));
    }

    LoginGuard guard() {
        return guard;
    }

    LoginQueue logins() {
        return logins;
    }

    /** {@return how many channels the broker lets users have, as far as it has refused more of them lately} */
    ExpiringTable<String, Integer> channelLimits(Protocol protocol) {
        return channelLimits.computeIfAbsent(protocol, any -> new ExpiringTable<>(USERS_WITH_LIMITS, LIMITS_KNOWN_FOR));
    }

    // Connections.

    Endpoints endpoints() {
        return endpoints;
    }

    /** Other endpoints and limits from now on, those of the loop's settings. */
    void reload(Endpoints newer) {
        newer.replace(endpoints);
        endpoints = newer;
        guard.most(loop.settings.limits().failedLogins());
        connections.most(loop.settings.maxTotalConnections());
    }

    long nextUpstreamId() {
        return upstreamIds.getAsLong();
    }

    /**
     * Whether another connection of this protocol may be made now; who wants to log in is a {@link LoginQueue}'s else.
     */
    boolean mayConnect(Protocol protocol) {
        return !paused && !retired && endpoints.isAnyUsable(protocol);
    }

    /** New leases and connections wait, or no longer do. */
    void pause(boolean isPaused) {
        paused = isPaused;
    }

    boolean isPaused() {
        return paused;
    }

    /** There will be no more connections. */
    void retire() {
        retired = true;
    }

    /** {@return the broker's endpoints, and whether they may be used, for people} */
    String whereTo() {
        return endpoints.names() + (paused ? " (the proxy is paused)" : "");
    }

    /** What failed last, for people: a connection of their own, or else whatever makes an endpoint unusable. */
    String lastFailure(@Nullable CloseCause own) {
        String why = own == null ? endpoints.lastFailure() : own.text();
        return why == null ? "" : "; last failure: " + why;
    }

    List<EndpointStats> endpointStats() {
        return endpoints.stats();
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

    /** The part of the connections that serve to find something out. */
    ConnectionClaim ofTrials() {
        return ofTrials;
    }

    /** The connections that serve to find something out now. */
    Set<UpstreamConnection> trials() {
        return trials;
    }

    // What is known of the broker.

    FenceSupport fences() {
        return fences;
    }

    boolean isUpdateRefused() {
        return updateRefused;
    }

    /** The broker closed a connection for {@code update-secret}: it may not know that at all. */
    void onUpdateRefused(CloseCause refusal) {
        if (!updateRefused && !refusal.isRefusal() && refusal.initiator() == CloseReason.Initiator.BROKER) {
            updateRefused = true;
            log.warn("The broker does not know update-secret; connections are replaced when their secret is renewed");
        }
    }
}
