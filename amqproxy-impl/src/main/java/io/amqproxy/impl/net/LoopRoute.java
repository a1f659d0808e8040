package io.amqproxy.impl.net;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.limit.NameFilter;
import io.amqproxy.impl.pool.HeldLogins;
import io.amqproxy.impl.pool.PoolRegistry;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.PoolGateway;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A route as one loop has it: its pools, what is known of its broker there, and how its clients come to them. What a
 * broker has said of credentials is kept here and nowhere else, so that it proves nothing at the broker of another
 * route.
 */
public final class LoopRoute implements PoolGateway {

    /** Who finds a client's route, which may be another one. */
    interface RouteChoice {

        /** Returns whether the client is on its way to its route; otherwise it is held until it names its vhost. */
        boolean authenticate(InboundSession client, Credentials credentials);

        /** The vhost of a client that was held. */
        void onVhost(InboundSession client, Credentials credentials, String vhost);
    }

    private final RouteChoice choice;
    private final HeldLogins held;
    private final RouteId route;
    private final LoopContext context;
    private final PoolRegistry registry;
    private final @Nullable CredentialMappingCache mappingCache;
    private NameFilter vhosts = NameFilter.ALL;
    /** Why clients are closed, those too that were on their way here; null while they are not. */
    private @Nullable String closing;

    LoopRoute(
            RouteChoice choice,
            HeldLogins held,
            RouteId route,
            LoopContext context,
            PoolRegistry registry,
            @Nullable CredentialMappingCache mappingCache) {
        this.choice = choice;
        this.held = held;
        this.route = route;
        this.context = context;
        this.registry = registry;
        this.mappingCache = mappingCache;
        context.attach(PoolGateway.class, this);
    }

    public RouteId route() {
        return route;
    }

    /** What the sessions of this route have of the loop. */
    public LoopContext context() {
        return context;
    }

    public PoolRegistry registry() {
        return registry;
    }

    @Nullable
    CredentialMappingCache mappingCache() {
        return mappingCache;
    }

    @Nullable
    String closing() {
        return closing;
    }

    /** Whether the route is over. */
    public boolean isOver() {
        return closing != null;
    }

    /** The route is over: what it has at the broker ends when its clients have let go. */
    void close(String reason) {
        closing = reason;
        registry.retire();
    }

    /** Clients open these vhosts here from now on; others are refused. */
    public void serve(NameFilter wanted) {
        vhosts = wanted;
    }

    /** Whether this client is here. */
    boolean has(InboundSession client) {
        return client.loop() == context;
    }

    @Override
    public boolean authenticate(InboundSession client, Credentials credentials) {
        return choice.authenticate(client, credentials);
    }

    @Override
    public void open(InboundSession client, String vhost) {
        Credentials credentials = held.take(client);
        if (credentials != null) {
            choice.onVhost(client, credentials, vhost);
        } else if (vhosts.admit(client.nameOfVhost(vhost))) {
            registry.open(client, vhost);
        } else {
            client.onRefused(Refusal.ofVhostWithoutRoute(vhost));
        }
    }

    @Override
    public void updateSecret(InboundSession client, byte[] secret, String reason) {
        if (mappingCache != null) {
            // The broker has other secrets, which are renewed by whoever gave them.
            Arrays.fill(secret, (byte) 0);
            client.onSecretTaken();
            return;
        }
        registry.updateSecret(client, secret, reason);
    }

    @Override
    public boolean leave(InboundSession client) {
        held.forget(client);
        return registry.leave(client);
    }

    @Override
    public boolean lease(LeaseHolder channel, Purpose purpose) {
        return registry.lease(channel, purpose);
    }

    @Override
    public void forgo(LeaseHolder channel) {
        registry.forgo(channel);
    }

    @Override
    public void reserve(LeaseHolder channel, boolean ifSpare) {
        registry.reserve(channel, ifSpare);
    }
}
