package io.amqproxy.impl.pool;

import io.amqproxy.EndpointChoice;
import io.amqproxy.EndpointStats;
import io.amqproxy.impl.pool.spi.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's endpoints as one loop knows them, and which of them the next connection goes to. A connection that fails
 * makes its endpoint unusable here at once, and everywhere as soon as {@link EndpointHealth} has heard of it; only
 * Health, which asks the endpoint, makes it usable again. So a broker that comes back is met by one connection, not by
 * all.
 */
public final class Endpoints {

    /** Who is told what became of connections. */
    public interface Reporter {
        /** A connection got past the endpoint's log-in. */
        void onProved(String endpoint);

        /** The endpoint could not be reached, or fell silent. */
        void onFailed(String endpoint, String why);

        /**
         * Something ended a connection of this protocol that may be about the endpoint, or about the connection's user
         * alone.
         */
        void onDoubt(String endpoint, Protocol protocol);
    }

    private static final Logger log = LoggerFactory.getLogger(Endpoints.class);

    private final List<Endpoint> all;
    private final EndpointChoice choice;
    private final @Nullable String route;
    private boolean choiceFails;

    /** @param connectors one for each endpoint, in order; at least one */
    public Endpoints(List<? extends Connector> connectors, EndpointChoice choice, Reporter reporter) {
        this(connectors, choice, reporter, null);
    }

    /**
     * The endpoints of one route.
     *
     * @param connectors one for each endpoint, in order; at least one
     * @param route its name, or null for the default one
     */
    public Endpoints(
            List<? extends Connector> connectors, EndpointChoice choice, Reporter reporter, @Nullable String route) {
        this.route = route;
        this.all = new ArrayList<>();
        connectors.forEach(connector -> all.add(new Endpoint(connector, reporter)));
        this.choice = choice;
    }

    /** Whether there is one for connections of this protocol. */
    boolean isAnyUsable(Protocol protocol) {
        for (Endpoint endpoint : speaking(protocol)) {
            if (endpoint.isUsable()) {
                return true;
            }
        }
        return false;
    }

    /** Those that speak the protocol, as far as is known; all of them where none does. */
    private List<Endpoint> speaking(Protocol protocol) {
        List<Endpoint> speaking =
                all.stream().filter(endpoint -> endpoint.speaks(protocol)).toList();
        return speaking.isEmpty() ? all : speaking;
    }

    void onSpoken(String name, Protocol protocol, boolean isSpoken) {
        Endpoint endpoint = find(all, name);
        if (endpoint != null) {
            endpoint.onSpoken(protocol, isSpoken);
        }
    }

    /** Those that can be connected to now; all that speak the protocol where there is none. */
    private List<Endpoint> candidates(Protocol protocol) {
        List<Endpoint> speaking = speaking(protocol);
        List<Endpoint> usable = speaking.stream().filter(Endpoint::isUsable).toList();
        return usable.isEmpty() ? speaking : usable;
    }

    /** {@return figures of those that connections of this protocol can be made to now} */
    List<EndpointStats> usable(Protocol protocol) {
        return candidates(protocol).stream()
                .filter(Endpoint::isUsable)
                .map(endpoint -> endpoint.stats(route))
                .toList();
    }

    /**
     * {@return the endpoint for the next connection of this protocol}
     *
     * @param place the one that had better be chosen, or null
     */
    Endpoint choose(Protocol protocol, @Nullable String place) {
        List<Endpoint> candidates = candidates(protocol);
        Endpoint preferred = place == null ? null : find(candidates, place);
        return preferred == null ? choose(candidates) : preferred;
    }

    private Endpoint choose(List<Endpoint> candidates) {
        Endpoint first = candidates.get(0);
        if (candidates.size() == 1) {
            return first;
        }
        try {
            EndpointStats named = choice.choose(
                    candidates.stream().map(endpoint -> endpoint.stats(route)).toList());
            Endpoint chosen = Objects.requireNonNull(find(candidates, named.endpoint()), "not one of the endpoints");
            choiceFails = false;
            return chosen;
        } catch (RuntimeException failure) {
            if (!choiceFails) {
                log.warn("The choice of endpoints failed; {} is taken", first.name(), failure);
            }
            choiceFails = true;
            return first;
        }
    }

    private static @Nullable Endpoint find(List<Endpoint> endpoints, String name) {
        for (Endpoint endpoint : endpoints) {
            if (endpoint.name().equals(name)) {
                return endpoint;
            }
        }
        return null;
    }

    /** Returns whether connections to an endpoint are possible now that were not before. */
    boolean onUsable(String name) {
        Endpoint endpoint = find(all, name);
        if (endpoint == null || endpoint.isUsable()) {
            return false;
        }
        endpoint.onUsable();
        return true;
    }

    void onUnusable(String name, String why) {
        Endpoint endpoint = find(all, name);
        if (endpoint != null) {
            endpoint.onUnusable(why);
        }
    }

    /** {@return why the first of the endpoints that are not usable is not, or null} */
    @Nullable
    String lastFailure() {
        for (Endpoint endpoint : all) {
            if (!endpoint.isUsable()) {
                return endpoint.lastFailure();
            }
        }
        return null;
    }

    /** Takes the place of others: endpoints that stay are the same as before, the rest is of no more use. */
    void replace(Endpoints before) {
        before.all.forEach(Endpoint::remove);
        for (int i = 0; i < all.size(); i++) {
            Endpoint same = find(before.all, all.get(i).name());
            if (same != null) {
                same.use(all.get(i));
                all.set(i, same);
            }
        }
    }

    /** {@return all names, for people} */
    String names() {
        return String.join(", ", all.stream().map(Endpoint::name).toList());
    }

    List<EndpointStats> stats() {
        List<EndpointStats> stats = new ArrayList<>();
        all.forEach(endpoint -> stats.add(endpoint.stats(route)));
        return stats;
    }
}
