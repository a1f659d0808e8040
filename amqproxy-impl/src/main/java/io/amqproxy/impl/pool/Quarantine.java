package io.amqproxy.impl.pool;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Addresses whose clients are kept apart from others for a while, since the broker closed a connection for what one of
 * them may have done. Bounded: the one that has been here longest makes room.
 */
final class Quarantine {

    static final long TIME = TimeUnit.MINUTES.toNanos(10);
    private static final int MAX = 1000;

    private final Map<String, Long> until = new LinkedHashMap<>();

    void add(String address, long now) {
        until.remove(address);
        if (until.size() == MAX) {
            until.remove(until.keySet().iterator().next());
        }
        until.put(address, now + TIME);
    }

    boolean contains(String address, long now) {
        if (until.isEmpty()) {
            return false;
        }
        Long end = until.get(address);
        if (end != null && end - now <= 0) {
            until.remove(address);
            end = null;
        }
        return end != null;
    }
}
