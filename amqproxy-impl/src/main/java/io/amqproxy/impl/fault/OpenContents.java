package io.amqproxy.impl.fault;

import java.util.HashMap;
import java.util.Map;

/**
 * On which channels of AMQP 0-9-1 a message is being told: no other frame of that channel comes between its method and
 * the last octet of its body (AMQP 0-9-1, 4.2.6).
 */
final class OpenContents {

    private static final long HEADER_AWAITED = -1;

    /** Octets of the body that are still to come, by channel. */
    private final Map<Integer, Long> missing = new HashMap<>();

    void onMethod(int channel) {
        missing.put(channel, HEADER_AWAITED);
    }

    void onHeader(int channel, long bodySize) {
        missing.computeIfPresent(channel, (number, awaited) -> bodySize == 0 ? null : bodySize);
    }

    void onBody(int channel, long octets) {
        missing.computeIfPresent(channel, (number, left) -> left <= octets ? null : left - octets);
    }

    void forget(int channel) {
        missing.remove(channel);
    }

    void forgetAll() {
        missing.clear();
    }

    boolean isOpen(int channel) {
        return missing.containsKey(channel);
    }
}
