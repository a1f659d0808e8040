package io.amqproxy.impl.net;

import io.amqproxy.impl.limit.NameFilter;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which route a client takes: the first that wants its listener and its user.
 *
 * @param rules in their order, one at least
 */
public record RouteTable(List<Rule> rules) {

    /**
     * Who takes a route.
     *
     * @param listeners names of listeners; none for all
     * @param users names of users
     */
    public record Rule(RouteId route, Set<String> listeners, NameFilter users) {

        private boolean wants(@Nullable String listener) {
            return listeners.isEmpty() || (listener != null && listeners.contains(listener));
        }
    }

    public RouteTable {
        rules = List.copyOf(rules);
    }

    /** {@return a table of one route, which all clients take} */
    static RouteTable of(RouteId only) {
        return new RouteTable(List.of(new Rule(only, Set.of(), NameFilter.ALL)));
    }

    /**
     * {@return the route of a client, or null where none wants it}
     *
     * @param listener null where the client came to one without a name
     */
    @Nullable
    RouteId of(@Nullable String listener, String user) {
        for (Rule rule : rules) {
            if (rule.wants(listener) && rule.users().admit(user)) {
                return rule.route();
            }
        }
        return null;
    }

    /**
     * {@return whose broker a client hears that has not said yet who it is} The first route that needs not know that,
     * or else the first that it may take, or else the first.
     */
    RouteId before(@Nullable String listener) {
        RouteId possible = null;
        for (Rule rule : rules) {
            if (rule.wants(listener)) {
                if (rule.users().isForAll()) {
                    return rule.route();
                }
                possible = possible == null ? rule.route() : possible;
            }
        }
        return possible == null ? rules.get(0).route() : possible;
    }

    /** {@return whether all routes are among these that a client who comes to this listener may take} */
    boolean isAllAmong(Set<RouteId> some, @Nullable String listener) {
        for (Rule rule : rules) {
            if (rule.wants(listener) && !some.contains(rule.route())) {
                return false;
            }
            if (rule.wants(listener) && rule.users().isForAll()) {
                return true;
            }
        }
        return some.contains(before(listener));
    }
}
