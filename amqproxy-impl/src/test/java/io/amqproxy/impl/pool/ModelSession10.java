package io.amqproxy.impl.pool;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A session of a {@link ModelClient10}, by its channel. */
final class ModelSession10 {

    /** A link, by the client's handle. */
    static final class Link {
        final String name;
        final boolean sends;
        boolean attached;
        int handleOfPeer = -1;
        int count;
        int limit;
        /** The rest of a message that is under way. */
        @Nullable
        String rest;

        int partId;

        Link(String name, boolean sends, int count) {
            this.name = name;
            this.sends = sends;
            this.count = count;
            this.limit = count;
        }
    }

    final Map<Integer, Link> links = new TreeMap<>();
    /** Those that the client has detached and the proxy has not. */
    final List<Link> leaving = new ArrayList<>();

    final Map<Integer, String> open = new HashMap<>();
    final Set<Integer> settledEarly = new HashSet<>();
    /** Those whose outcome is known, and that are not settled. */
    final List<Integer> answered = new ArrayList<>();

    final Map<Integer, String> received = new TreeMap<>();
    boolean ending;
    /** Whether nothing is sent in it. */
    boolean isListening;
    /** How often nothing is to be done in it. */
    int resting;

    int nextId;
    int nextReceived;
    int nextIncoming;
}
