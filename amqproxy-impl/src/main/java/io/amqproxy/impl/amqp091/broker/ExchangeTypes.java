package io.amqproxy.impl.amqp091.broker;

import java.util.HashSet;
import java.util.Set;

/** The types of exchanges that the broker is known to have: those of the specification, and what it has accepted. */
public final class ExchangeTypes {

    /** Plugins add a few; what exceeds this is taken to be unknown each time. */
    private static final int MAX = 100;

    private final Set<String> known = new HashSet<>(Set.of("direct", "fanout", "topic", "headers"));

    public boolean contains(String type) {
        return known.contains(type);
    }

    public void add(String type) {
        if (known.size() < MAX) {
            known.add(type);
        }
    }
}
