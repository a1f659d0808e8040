package io.amqproxy.impl.trace;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names of the composite types that lie in performatives and messages, and of their fields, in order (OASIS AMQP
 * 1.0, part 2, section 2.8.14, part 3, sections 3.2, 3.4 and 3.5, part 4, section 4.5).
 *
 * @param name what it is called
 * @param fields the names of its fields
 */
record Composites10(String name, List<String> fields) {

    private static final Map<Long, Composites10> BY_CODE = Map.ofEntries(
            entry(0x1D, "error", "condition", "description", "info"),
            entry(0x23, "received", "section-number", "section-offset"),
            entry(0x24, "accepted"),
            entry(0x25, "rejected", "error"),
            entry(0x26, "released"),
            entry(0x27, "modified", "delivery-failed", "undeliverable-here", "message-annotations"),
            entry(
                    0x28,
                    "source",
                    "address",
                    "durable",
                    "expiry-policy",
                    "timeout",
                    "dynamic",
                    "dynamic-node-properties",
                    "distribution-mode",
                    "filter",
                    "default-outcome",
                    "outcomes",
                    "capabilities"),
            entry(
                    0x29,
                    "target",
                    "address",
                    "durable",
                    "expiry-policy",
                    "timeout",
                    "dynamic",
                    "dynamic-node-properties",
                    "capabilities"),
            entry(0x30, "coordinator", "capabilities"),
            entry(0x31, "declare", "global-id"),
            entry(0x32, "discharge", "txn-id", "fail"),
            entry(0x33, "declared", "txn-id"),
            entry(0x34, "transactional-state", "txn-id", "outcome"),
            entry(0x70, "header", "durable", "priority", "ttl", "first-acquirer", "delivery-count"),
            entry(
                    0x73,
                    "properties",
                    "message-id",
                    "user-id",
                    "to",
                    "subject",
                    "reply-to",
                    "correlation-id",
                    "content-type",
                    "content-encoding",
                    "absolute-expiry-time",
                    "creation-time",
                    "group-id",
                    "group-sequence",
                    "reply-to-group-id"));

    private static Map.Entry<Long, Composites10> entry(int code, String name, String... fields) {
        return Map.entry((long) code, new Composites10(name, List.of(fields)));
    }

    /** {@return the type with this descriptor, a code or a symbol, or null for none of these} */
    static @Nullable Composites10 of(@Nullable Object descriptor) {
        if (descriptor instanceof Long code) {
            return BY_CODE.get(code);
        }
        return BY_CODE.values().stream()
                .filter(one -> ("amqp:" + one.name + ":list").equals(descriptor))
                .findFirst()
                .orElse(null);
    }
}
