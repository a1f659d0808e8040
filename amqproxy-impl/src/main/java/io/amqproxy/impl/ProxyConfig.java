package io.amqproxy.impl;

import io.amqproxy.CredentialMapper;
import io.amqproxy.EndpointChoice;
import io.amqproxy.impl.core.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a builder says of a proxy, checked, and with its files read; listeners apart.
 *
 * @param listening the addresses as they were given, for people
 * @param amqp10 whether clients may speak AMQP 1.0; needs a restart
 * @param quiet whether nothing is logged of its start and its end
 * @param mapper says as whom clients log in, or null where they do so as themselves; a reload does not look at it
 */
record ProxyConfig(
        Settings settings,
        int loops,
        List<Target> targets,
        EndpointChoice choice,
        List<String> listening,
        Duration tlsReload,
        @Nullable CredentialMapper mapper,
        boolean amqp10,
        boolean quiet) {

    /** What a running proxy would need a restart for to become like this one; empty where it can. */
    List<String> obstacles(ProxyConfig running) {
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
