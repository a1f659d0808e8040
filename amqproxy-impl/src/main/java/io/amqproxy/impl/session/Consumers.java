package io.amqproxy.impl.session;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The consumers on a channel, by tag; those without a tag get one with the broker's answer. */
final class Consumers {

    /** Whether a consumer acknowledges. */
    private @Nullable Map<String, Boolean> byTag;

    private @Nullable ArrayDeque<Boolean> unnamed;
    private int acknowledging;

    boolean has(String tag) {
        return byTag != null && byTag.containsKey(tag);
    }

    boolean isEmpty() {
        return (byTag == null || byTag.isEmpty()) && (unnamed == null || unnamed.isEmpty());
    }

    /** Whether no delivery needs to be acknowledged; false while there is no consumer that could tell. */
    boolean neverAcknowledge() {
        return acknowledging == 0 && byTag != null && !byTag.isEmpty();
    }

    /** A consumer was asked for; the tag may be empty. */
    void onConsume(String tag, boolean acknowledges) {
        if (!tag.isEmpty()) {
            add(tag, acknowledges);
            return;
        }
        if (unnamed == null) {
            unnamed = new ArrayDeque<>(2);
        }
        unnamed.add(acknowledges);
    }

    void onConsumeOk(String tag) {
        Boolean acknowledges = (has(tag) || unnamed == null) ? null : unnamed.poll();
        if (acknowledges != null) {
            add(tag, acknowledges);
        }
    }

    void remove(String tag) {
        Boolean acknowledges = byTag == null ? null : byTag.remove(tag);
        acknowledging -= Boolean.TRUE.equals(acknowledges) ? 1 : 0;
    }

    private void add(String tag, boolean acknowledges) {
        if (byTag == null) {
            byTag = new HashMap<>();
        }
        byTag.put(tag, acknowledges);
        acknowledging += acknowledges ? 1 : 0;
    }
}
