package io.amqproxy.impl.pool;

import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.EndpointStats;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.OutboundSession;
import org.jspecify.annotations.Nullable;

/** An endpoint of the broker as one loop knows it. */
final class Endpoint {

    private Connector connector;
    private final Endpoints.Reporter reporter;
    private boolean usable = true;
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

    /** A connection is over. */
    void onEnded(CloseCause ending) {
        upstreams--;
        if (ending.isFaultOfEndpoint()) {
            onFailed(ending.text());
        } else if (ending.isFailure() && !ending.isLack()) {
            onDoubt(ending);
        }
    }

    /** Nothing changes for others; but the endpoint is asked how it is. */
    private void onDoubt(CloseCause ending) {
        if (ending.initiator() == Initiator.NETWORK) {
            failures++;
            lastFailure = ending.text();
        }
        if (!removed) {
            reporter.onDoubt(name());
        }
    }

    EndpointStats stats() {
        return new EndpointStatsSnapshot(name(), usable, upstreams, opened, failures, lastFailure);
    }
}
