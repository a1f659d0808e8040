package io.amqproxy.impl.net;

import io.amqproxy.impl.limit.NameFilter;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose a route is.
 *
 * @param listeners names of listeners; none for all
 * @param users as whom clients log in
 * @param vhosts which vhosts clients open
 */
public record RouteClients(Set<String> listeners, NameFilter users, NameFilter vhosts) {

    /** Everybody. */
    public static final RouteClients ALL = new RouteClients(Set.of(), NameFilter.ALL, NameFilter.ALL);

    public RouteClients {
        listeners = Set.copyOf(listeners);
    }

    boolean mayComeTo(@Nullable String listener) {
        return listeners.isEmpty() || (listener != null && listeners.contains(listener));
    }

    /** As far as it is known before the vhost. */
    boolean mayBe(@Nullable String listener, String user) {
        return mayComeTo(listener) && users.admit(user);
    }

    /** Whether everybody is taken who comes to one of the listeners. */
    boolean areAllOfListeners() {
        return users.isForAll() && vhosts.isForAll();
    }
}
