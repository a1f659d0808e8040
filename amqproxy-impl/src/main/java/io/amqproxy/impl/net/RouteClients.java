package io.amqproxy.impl.net;

import io.amqproxy.impl.limit.NameFilter;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose a route is.
 *
 * @param listenAddresses their names; none for all
 * @param users as whom clients log in
 * @param vhosts which vhosts clients open
 */
public record RouteClients(Set<String> listenAddresses, NameFilter users, NameFilter vhosts) {

    /** Everybody. */
    public static final RouteClients ALL = new RouteClients(Set.of(), NameFilter.ALL, NameFilter.ALL);

    public RouteClients {
        listenAddresses = Set.copyOf(listenAddresses);
    }

    boolean mayComeTo(@Nullable String listenName) {
        return listenAddresses.isEmpty() || (listenName != null && listenAddresses.contains(listenName));
    }

    /** As far as it is known before the vhost. */
    boolean mayBe(@Nullable String listenName, String user) {
        return mayComeTo(listenName) && users.admit(user);
    }

    /** Whether everybody is taken who comes to one of the addresses to listen on. */
    boolean areAllOfListenAddresses() {
        return users.isForAll() && vhosts.isForAll();
    }
}
