package io.amqproxy.impl.session;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The consumers on a channel, by tag; those without a tag get one with the broker's answer. A consumer that its client
 * cancels is gone at once, its tag may be used again; what the broker has sent to it meanwhile may still arrive.
 */
final class Consumers {

    /** Whether a consumer acknowledges. */
    private @Nullable Map<String, Boolean> byTag;

    private @Nullable ArrayDeque<Boolean> unnamed;
    private int acknowledging;
    /** Whether messages may arrive that a cancelled consumer has to acknowledge. */
    private boolean lingering;

    boolean has(String tag) {
        return byTag != null && byTag.containsKey(tag);
    }

    boolean isEmpty() {
        return (byTag == null || byTag.isEmpty()) && (unnamed == null || unnamed.isEmpty());
    }

    /** Whether no delivery needs to be acknowledged; false while no consumer was known that could tell. */
    boolean neverAcknowledge() {
        return acknowledging == 0 && !lingering && byTag != null && (unnamed == null || !unnamed.contains(true));
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

    /** The client cancels a consumer. */
    void cancel(String tag) {
        lingering |= remove(tag);
    }

    /** The broker has handled all that was sent: nothing more comes for consumers that were cancelled. */
    void onAllHandled() {
        lingering = false;
    }

    /** A consumer is gone; answers whether there was one that acknowledges. */
    boolean remove(String tag) {
        boolean acknowledges = byTag != null && Boolean.TRUE.equals(byTag.remove(tag));
        acknowledging -= acknowledges ? 1 : 0;
        return acknowledges;
    }

    private void add(String tag, boolean acknowledges) {
        if (byTag == null) {
            byTag = new HashMap<>();
        }
        byTag.put(tag, acknowledges);
        acknowledging += acknowledges ? 1 : 0;
    }
}
