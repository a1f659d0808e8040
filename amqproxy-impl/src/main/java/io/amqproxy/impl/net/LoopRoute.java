package io.amqproxy.impl.net;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.PoolRegistry;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.PoolGateway;
import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A route as one loop has it: its pools, what is known of its broker there, and how its clients come to them. What a
 * broker has said of credentials is kept here and nowhere else, so that it proves nothing at the broker of another
 * route.
 */
public final class LoopRoute implements PoolGateway {

    private final BiConsumer<InboundSession, Credentials> logIn;
    private final RouteId route;
    private final LoopContext context;
    private final PoolRegistry registry;
    private final @Nullable CredentialMappingCache mappingCache;
    /** Why clients are closed, those too that were on their way here; null while they are not. */
    private @Nullable String closing;

    /** @param logIn takes clients that have shown credentials, which may take another route */
    LoopRoute(
            BiConsumer<InboundSession, Credentials> logIn,
            RouteId route,
            LoopContext context,
            PoolRegistry registry,
            @Nullable CredentialMappingCache mappingCache) {
        this.logIn = logIn;
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

    /** Whether this client is here. */
    boolean has(InboundSession client) {
        return client.loop() == context;
    }

    @Override
    public void authenticate(InboundSession client, Credentials credentials) {
        logIn.accept(client, credentials);
    }

    @Override
    public void open(InboundSession client, String vhost) {
        registry.open(client, vhost);
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
    public void reserve(LeaseHolder channel) {
        registry.reserve(channel);
    }
}
