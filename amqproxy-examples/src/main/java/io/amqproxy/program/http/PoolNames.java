package io.amqproxy.program.http;

import io.amqproxy.ClientInfo;
import io.amqproxy.PoolStats;
import io.amqproxy.UpstreamInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which pools have labels of their own. Users come and go, and a monitoring system keeps every label it ever saw, so
 * that their number has to be bounded: pools beyond are added up under one name. A pool gets its name when the broker
 * has accepted its user and vhost; nobody else can use up names.
 */
final class PoolNames {

    private static final String OTHERS = "(others)";

    private final int limit;
    private final PoolKey others = new PoolKey(OTHERS, OTHERS, "");
    private final Set<PoolKey> named = new HashSet<>();

    PoolNames(int limit) {
        this.limit = limit;
    }

    PoolKey of(PoolStats pool) {
        return new PoolKey(pool.user(), pool.vhost(), route(pool.route()));
    }

    PoolKey of(UpstreamInfo upstream) {
        return new PoolKey(upstream.user(), Objects.requireNonNullElse(upstream.vhost(), ""), route(upstream.route()));
    }

    PoolKey of(ClientInfo client) {
        return new PoolKey(
                Objects.requireNonNullElse(client.user(), ""),
                Objects.requireNonNullElse(client.vhost(), ""),
                route(client.route()));
    }

    private static String route(@Nullable String name) {
        return Objects.requireNonNullElse(name, "");
    }

    /** {@return what has no name of its own} */
    PoolKey others() {
        return others;
    }

    boolean isOthers(PoolKey pool) {
        return pool.equals(others);
    }

    /** {@return the names of labels of what is counted by pool, for {@link PoolKey#values}} */
    String[] labels(String... more) {
        List<String> names = new ArrayList<>(List.of("user", "vhost"));
        names.addAll(List.of(more));
        names.add("route");
        return names.toArray(String[]::new);
    }

    /** Gives a pool its name, if there is one left. */
    synchronized PoolKey name(PoolKey pool) {
        return named.contains(pool) || (named.size() < limit && named.add(pool)) ? pool : others;
    }

    synchronized PoolKey known(PoolKey pool) {
        return named.contains(pool) ? pool : others;
    }

    /** Takes names back from pools that ended, where names are scarce, and tells which. */
    synchronized Set<PoolKey> forgetAllBut(Set<PoolKey> alive) {
        Set<PoolKey> forgotten = new HashSet<>();
        if (named.size() == limit) {
            forgotten.addAll(named);
            forgotten.removeAll(alive);
            named.retainAll(alive);
        }
        return forgotten;
    }
}
