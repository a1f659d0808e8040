package io.amqproxy.impl;

import io.amqproxy.CredentialMapper;
import io.amqproxy.impl.core.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a builder says of a proxy, checked, and with its files read; listeners apart.
 *
 * @param settings of what all routes share
 * @param routes in their order, one at least
 * @param listening the addresses as they were given, for people
 * @param amqp10 whether clients may speak AMQP 1.0; needs a restart
 * @param quiet whether nothing is logged of its start and its end
 * @param mapper says as whom clients log in, or null where they do so as themselves; a reload does not look at it
 */
record ProxyConfig(
        Settings settings,
        int loops,
        List<RouteConfig> routes,
        List<String> listening,
        Duration tlsReload,
        @Nullable CredentialMapper mapper,
        boolean amqp10,
        boolean quiet) {

    /** What was said of a proxy. */
    interface Source {
        /** All of it, if it fits together and its files can be used. */
        ProxyConfig config();
    }

    /** The endpoints of all routes. */
    List<EndpointTarget> targets() {
        return routes.stream().flatMap(route -> route.targets().stream()).toList();
    }

    /** Where clients go, for people. */
    List<String> destinations() {
        return routes.stream()
                .map(route -> route.name() + ": " + route.targets())
                .toList();
    }

    /** @throws IllegalArgumentException if a running proxy would need a restart to become like this one */
    void checkPossible(ProxyConfig running) {
        List<String> obstacles = obstacles(running);
        if (!obstacles.isEmpty()) {
            throw new IllegalArgumentException("this cannot change without a restart: " + String.join("; ", obstacles));
        }
    }

    private List<String> obstacles(ProxyConfig running) {
        List<String> obstacles = new ArrayList<>();
        if (loops != running.loops) {
            obstacles.add("loops (" + loops + " instead of " + running.loops + ")");
        }
        if (!listening.equals(running.listening)) {
            obstacles.add("addresses to listen on (" + String.join(", ", listening) + " instead of "
                    + String.join(", ", running.listening) + ")");
        }
        if (amqp10 != running.amqp10) {
            obstacles.add("AMQP 1.0");
        }
        return obstacles;
    }
}
