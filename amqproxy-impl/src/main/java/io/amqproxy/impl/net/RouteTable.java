package io.amqproxy.impl.net;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which route a client takes: the first that wants the address that it came to, its user and its vhost.
 *
 * @param rules in their order, one at least
 */
public record RouteTable(List<Rule> rules) {

    /** Who takes a route. */
    public record Rule(RouteId route, RouteClients clients) {}

    public RouteTable {
        rules = List.copyOf(rules);
    }

    /** {@return a table of one route, which all clients take} */
    static RouteTable of(RouteId only) {
        return new RouteTable(List.of(new Rule(only, RouteClients.ALL)));
    }

    /**
     * {@return whether a client that logs in as this user takes one or another route by the vhost that it opens} A
     * route that there is no other beside is taken whatever the vhost is, which may be refused there.
     *
     * @param listenName what the address is called that the client came to, or null
     */
    boolean isVhostAwaited(@Nullable String listenName, String user) {
        boolean isFirst = true;
        for (Rule rule : rules) {
            if (rule.clients().mayBe(listenName, user)) {
                if (!isFirst) {
                    return true;
                }
                if (rule.clients().vhosts().isForAll()) {
                    return false;
                }
                isFirst = false;
            }
        }
        return false;
    }

    /** {@return the first route that wants a client as far as it is known before the vhost, or null} */
    @Nullable
    RouteId of(@Nullable String listenName, String user) {
        for (Rule rule : rules) {
            if (rule.clients().mayBe(listenName, user)) {
                return rule.route();
            }
        }
        return null;
    }

    /**
     * {@return the route of a client, or null where none wants it} A vhost that none wants is the first one's affair,
     * whose broker says whether the user is one, before the vhost is refused: who is none learns nothing.
     */
    @Nullable
    RouteId of(@Nullable String listenName, String user, String vhost) {
        for (Rule rule : rules) {
            if (rule.clients().mayBe(listenName, user)
                    && rule.clients().vhosts().admit(vhost)) {
                return rule.route();
            }
        }
        return of(listenName, user);
    }

    /**
     * {@return whose broker a client hears that has not said yet who it is} The first route that needs not know that,
     * or else the first that it may take, or else the first.
     */
    RouteId before(@Nullable String listenName) {
        RouteId possible = null;
        for (Rule rule : rules) {
            if (rule.clients().mayComeTo(listenName)) {
                if (rule.clients().areAllOfListenAddresses()) {
                    return rule.route();
                }
                possible = possible == null ? rule.route() : possible;
            }
        }
        return possible == null ? rules.get(0).route() : possible;
    }

    /** {@return whether all routes are among these that a client who comes to this address may take} */
    boolean isAllAmong(Set<RouteId> some, @Nullable String listenName) {
        for (Rule rule : rules) {
            if (rule.clients().mayComeTo(listenName) && !some.contains(rule.route())) {
                return false;
            }
            if (rule.clients().mayComeTo(listenName) && rule.clients().areAllOfListenAddresses()) {
                return true;
            }
        }
        return some.contains(before(listenName));
    }
}
