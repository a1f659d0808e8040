package io.amqproxy.impl;

import io.amqproxy.EndpointChoice;
import io.amqproxy.PoolPolicy;
import io.amqproxy.Route;
import io.amqproxy.UpstreamTls;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.limit.Label;
import io.amqproxy.impl.limit.NameFilter;
import io.amqproxy.impl.net.RouteClients;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Collects what is said of a route. A builder of its own, for its broker alone, checks settings as they come; what is
 * not about the broker is said again to one that has the other settings of the whole proxy, once these are known.
 */
final class RouteBuilder implements Route {

    private final String name;
    private final ProxyBuilder broker = new ProxyBuilder();
    private final List<Consumer<ProxyBuilder>> own = new ArrayList<>();
    private final Set<String> listenAddresses = new LinkedHashSet<>();
    private final Set<String> users = new LinkedHashSet<>();
    private final Set<String> vhosts = new LinkedHashSet<>();

    RouteBuilder(String name) {
        this.name = Label.check("a route's name", name);
    }

    /**
     * Checks that the settings fit together, and that no route wants what one before it has.
     *
     * @param all in their order
     * @param common what holds where a route says nothing
     * @param named what the addresses that are listened on are called
     */
    static void check(Collection<RouteBuilder> all, Settings.Draft common, Set<String> named) {
        List<RouteBuilder> before = new ArrayList<>();
        for (RouteBuilder route : all) {
            route.check(common);
            for (String address : route.listenAddresses) {
                if (!named.contains(address)) {
                    throw route.wrong("no address to listen on is named " + address);
                }
            }
            before.forEach(route::checkBehind);
            before.add(route);
        }
    }

    private IllegalStateException wrong(String why) {
        return new IllegalStateException("route " + name + ": " + why);
    }

    private void check(Settings.Draft common) {
        if (listenAddresses.isEmpty() && users.isEmpty() && vhosts.isEmpty()) {
            throw wrong("neither addresses to listen on, users nor vhosts were given");
        }
        try {
            broker.check();
            with(common).checkNumbers();
        } catch (IllegalStateException contradiction) {
            throw new IllegalStateException("route " + name + ": " + contradiction.getMessage(), contradiction);
        }
    }

    /** Nobody would ever come by a name that a route before this one takes with all that is said beside it here. */
    private void checkBehind(RouteBuilder first) {
        Set<String> taken = new LinkedHashSet<>();
        boolean isTaken = isTaken(
                        "listen address",
                        listenAddresses,
                        first.listenAddresses,
                        first.listenAddresses::contains,
                        taken)
                && isTaken("user", users, first.users, NameFilter.of(first.users)::admit, taken)
                && isTaken("vhost", vhosts, first.vhosts, NameFilter.of(first.vhosts)::admit, taken);
        if (isTaken) {
            throw wrong(String.join(", ", taken) + " is for route " + first.name + " already, which comes before it");
        }
    }

    private static boolean isTaken(
            String what, Set<String> own, Set<String> others, Predicate<String> has, Set<String> taken) {
        if (own.isEmpty()) {
            return others.isEmpty();
        }
        String both = own.stream()
                .filter(one -> others.isEmpty() || has.test(one))
                .findFirst()
                .orElse(null);
        taken.add(what + " " + both);
        return both != null;
    }

    private ProxyBuilder with(Settings.Draft common) {
        ProxyBuilder all = new ProxyBuilder(common.copy());
        own.forEach(setting -> setting.accept(all));
        return all;
    }

    /** {@return all of it, with its files read} */
    RouteConfig config(Settings.Draft common, int loops) {
        RouteClients clients = new RouteClients(listenAddresses, NameFilter.of(users), NameFilter.of(vhosts));
        return broker.ofBroker(name, with(common).settings(loops), clients);
    }

    @Override
    public Route listenAddresses(String... names) {
        for (String one : names) {
            listenAddresses.add(Label.check("the name of an address to listen on", one));
        }
        return this;
    }

    @Override
    public Route users(String... names) {
        users.addAll(List.of(names));
        return this;
    }

    @Override
    public Route vhosts(String... names) {
        vhosts.addAll(List.of(names));
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
