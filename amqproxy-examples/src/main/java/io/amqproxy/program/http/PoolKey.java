package io.amqproxy.program.http;

import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pool is known by. Pools that differ in the password only are one to an operator.
 *
 * @param route its name, or empty for none, which to Prometheus is no label
 */
record PoolKey(String user, String vhost, String route) {

    static final Comparator<PoolKey> ORDER =
            Comparator.comparing(PoolKey::user).thenComparing(PoolKey::vhost).thenComparing(PoolKey::route);

    private static final int MOST_CHARACTERS = 64;

    /** {@return the key of whoever has some trouble: names of strangers may be long} */
    static PoolKey of(Troubles.Whose whose) {
        return new PoolKey(cut(whose.user()), cut(whose.vhost()), cut(whose.route()));
    }

    private static String cut(@Nullable String name) {
        return name == null ? "" : name.substring(0, Math.min(name.length(), MOST_CHARACTERS));
    }

    // Written out: a record's own are linked by method handles when they are called first, which takes the processor
    // from
    // the first client for milliseconds each.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PoolKey key
                && user.equals(key.user)
                && vhost.equals(key.vhost)
                && route.equals(key.route);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * user.hashCode() + vhost.hashCode()) + route.hashCode();
    }

    Labels labels(String... more) {
        Labels own = Labels.of("user", user, "vhost", vhost, "route", route);
        return more.length == 0 ? own : own.merge(Labels.of(more));
    }

    /** {@return the values of labels whose names {@link PoolNames#labels} gave} */
    String[] values(String... more) {
        List<String> values = new ArrayList<>(List.of(user, vhost));
        values.addAll(List.of(more));
        values.add(route);
        return values.toArray(String[]::new);
    }
}
