package io.amqproxy.impl.pool;

import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.EndpointStats;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.pool.spi.Protocol;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An endpoint of the broker as one loop knows it. */
final class Endpoint {

    private Connector connector;
    private final Endpoints.Reporter reporter;
    private boolean usable = true;
    /** Protocols that it is known not to speak. */
    private final Set<Protocol> unspoken = new HashSet<>(2);
    /** Whether it is an endpoint no more, after a reload. */
    private boolean removed;

    private int upstreams;
    private long opened;
    private long failures;
    private @Nullable String lastFailure;

    Endpoint(Connector connector, Endpoints.Reporter reporter) {
        this.connector = connector;
        this.reporter = reporter;
    }

    String name() {
        return connector.endpoint();
    }

    boolean isUsable() {
        return usable;
    }

    void onUsable() {
        usable = true;
    }

    void onUnusable(String why) {
        usable = false;
        lastFailure = why;
    }

    boolean speaks(Protocol protocol) {
        return !unspoken.contains(protocol);
    }

    void onSpoken(Protocol protocol, boolean isSpoken) {
        if (isSpoken) {
            unspoken.remove(protocol);
        } else {
            unspoken.add(protocol);
        }
    }

    @Nullable
    String lastFailure() {
        return lastFailure;
    }

    boolean isRemoved() {
        return removed;
    }

    void remove() {
        removed = true;
    }

    /** Settings of connections to it have changed. */
    void use(Endpoint newer) {
        connector = newer.connector;
        removed = false;
    }

    // What becomes of connections to it.

    void connect(OutboundSession session) {
        connector.connect(session);
    }

    void onBegun() {
        upstreams++;
    }

    /** A connection got past the log-in. */
    void onProved() {
        opened++;
        if (!removed) {
            reporter.onProved(name());
        }
    }

    /** No more connections before the endpoint has answered again. */
    private void onFailed(String why) {
        failures++;
        lastFailure = why;
        usable = false;
        if (!removed) {
            reporter.onFailed(name(), why);
        }
    }

    /** A connection of this protocol is over. */
    void onEnded(CloseCause ending, Protocol protocol) {
        upstreams--;
        if (ending.isFaultOfEndpoint()) {
            onFailed(ending.text());
        } else if (ending.isFailure() && !ending.isLack()) {
            onDoubt(ending, protocol);
        }
    }

    /** Nothing changes for others; but the endpoint is asked how it is. */
    private void onDoubt(CloseCause ending, Protocol protocol) {
        if (ending.initiator() == Initiator.NETWORK) {
            failures++;
            lastFailure = ending.text();
        }
        if (!removed) {
            reporter.onDoubt(name(), protocol);
        }
    }

    EndpointStats stats(@Nullable String route) {
        return new EndpointStatsSnapshot(name(), route, usable, upstreams, opened, failures, lastFailure);
    }
}
