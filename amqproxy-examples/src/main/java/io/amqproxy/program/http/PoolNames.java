package io.amqproxy.program.http;

import java.util.HashSet;
import java.util.Set;

/**
 * Which pools have labels of their own. Users come and go, and a monitoring system keeps every label it ever saw, so
 * that their number has to be bounded: pools beyond are added up under one name. A pool gets its name when the broker
 * has accepted its user and vhost; nobody else can use up names.
 */
final class PoolNames {

    static final PoolKey OTHERS = new PoolKey("(others)", "(others)");

    private final int limit;
    private final Set<PoolKey> named = new HashSet<>();

    PoolNames(int limit) {
        this.limit = limit;
    }

    /** Gives a pool its name, if there is one left. */
    synchronized PoolKey name(PoolKey pool) {
        return named.contains(pool) || (named.size() < limit && named.add(pool)) ? pool : OTHERS;
    }

    synchronized PoolKey known(PoolKey pool) {
        return named.contains(pool) ? pool : OTHERS;
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
