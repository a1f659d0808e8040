package io.amqproxy.impl;

import io.amqproxy.EndpointChoice;
import io.amqproxy.PoolPolicy;
import io.amqproxy.Route;
import io.amqproxy.UpstreamTls;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.limit.Label;
import io.amqproxy.impl.limit.NameFilter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Collects what is said of a route. A builder of its own, for its broker alone, checks settings as they come; what is
 * not about the broker is said again to one that has the other settings of the whole proxy, once these are known.
 */
final class RouteBuilder implements Route {

    private final String name;
    private final ProxyBuilder broker = new ProxyBuilder();
    private final List<Consumer<ProxyBuilder>> own = new ArrayList<>();
    private final Set<String> listeners = new LinkedHashSet<>();
    private NameFilter users = NameFilter.ALL;

    RouteBuilder(String name) {
        this.name = Label.check("a route's name", name);
    }

    /** {@return the listeners whose clients it wants; none for all} */
    Set<String> listeners() {
        return listeners;
    }

    /**
     * Checks that the settings fit together.
     *
     * @param common what holds where the route says nothing
     */
    void check(Settings.Draft common) {
        if (listeners.isEmpty() && users.isForAll()) {
            throw new IllegalStateException("route " + name + ": neither listeners nor users were given");
        }
        try {
            broker.check();
            with(common).checkNumbers();
        } catch (IllegalStateException contradiction) {
            throw new IllegalStateException("route " + name + ": " + contradiction.getMessage(), contradiction);
        }
    }

    private ProxyBuilder with(Settings.Draft common) {
        ProxyBuilder all = new ProxyBuilder(common.copy());
        own.forEach(setting -> setting.accept(all));
        return all;
    }

    /** {@return all of it, with its files read} */
    RouteConfig config(Settings.Draft common, int loops) {
        return broker.ofBroker(name, with(common).settings(loops), Set.copyOf(listeners), users);
    }

    @Override
    public Route listeners(String... names) {
        for (String one : names) {
            listeners.add(Label.check("a listener's name", one));
        }
        return this;
    }

    @Override
    public Route users(String... names) {
        users = users.allowing(names);
        return this;
    }

    @Override
    public Route upstream(String first, String... more) {
        broker.upstream(first, more);
        return this;
    }

    @Override
    public Route upstreams(Collection<URI> uris) {
        broker.upstreams(uris);
        return this;
    }

    @Override
    public Route endpointChoice(EndpointChoice choice) {
        broker.endpointChoice(choice);
        return this;
    }

    @Override
    public Route upstreamTls(Consumer<? super UpstreamTls> settings) {
        broker.upstreamTls(settings);
        return this;
    }

    @Override
    public Route upstreamProxyProtocol(boolean told) {
        broker.upstreamProxyProtocol(told);
        return this;
    }

    private Route say(Consumer<ProxyBuilder> setting) {
        setting.accept(new ProxyBuilder());
        own.add(setting);
        return this;
    }

    @Override
    public Route policy(PoolPolicy policy) {
        return say(builder -> builder.policy(policy));
    }

    @Override
    public Route maxConnections(int connections) {
        return say(builder -> builder.maxConnections(connections));
    }

    @Override
    public Route maxTotalConnections(int connections) {
        return say(builder -> builder.maxTotalConnections(connections));
    }

    @Override
    public Route minConnections(int connections) {
        return say(builder -> builder.minConnections(connections));
    }

    @Override
    public Route warmChannels(int channels) {
        return say(builder -> builder.warmChannels(channels));
    }

    @Override
    public Route maxChannelsPerConnection(int channels) {
        return say(builder -> builder.maxChannelsPerConnection(channels));
    }

    @Override
    public Route idleTimeout(Duration timeout) {
        return say(builder -> builder.idleTimeout(timeout));
    }

    @Override
    public Route maxLifetime(Duration lifetime) {
        return say(builder -> builder.maxLifetime(lifetime));
    }

    @Override
    public Route credentialTtl(Duration ttl) {
        return say(builder -> builder.credentialTtl(ttl));
    }

    @Override
    public Route connectionName(String template) {
        return say(builder -> builder.connectionName(template));
    }

    @Override
    public Route clientsPerUser(int clients) {
        return say(builder -> builder.limits(limits -> limits.clientsPerUser(clients)));
    }

    @Override
    public Route messagesPerSecond(long messages) {
        return say(builder -> builder.limits(limits -> limits.messagesPerSecond(messages)));
    }

    @Override
    public Route bytesPerSecond(long bytes) {
        return say(builder -> builder.limits(limits -> limits.bytesPerSecond(bytes)));
    }
}
