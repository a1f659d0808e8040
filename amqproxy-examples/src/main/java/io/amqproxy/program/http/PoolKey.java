package io.amqproxy.program.http;

import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a pool is known by. Pools that differ in the password only are one to an operator.
 *
 * @param route its name, or empty for none, which to Prometheus is no label
 */
record PoolKey(String user, String vhost, String route) {

    static final Comparator<PoolKey> ORDER =
            Comparator.comparing(PoolKey::user).thenComparing(PoolKey::vhost).thenComparing(PoolKey::route);

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
