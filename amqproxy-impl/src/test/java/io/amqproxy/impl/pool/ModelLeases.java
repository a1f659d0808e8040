package io.amqproxy.impl.pool;

import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import io.amqproxy.UpstreamInfo;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What listeners are told of leases in a {@link PoolModel} makes sense: each is released once, all of them before their
 * connection is said to have ended, and of one that has ended nothing is used again.
 */
final class ModelLeases implements ProxyListener {

    private record Place(long upstream, int channel) {}

    private final Map<Place, LeaseInfo> held = new HashMap<>();
    private final Set<Long> ended = new HashSet<>();
    private final Set<String> failures = new HashSet<>();

    @Override
    public void channelLeased(LeaseInfo lease, Duration waited) {
        Place place = place(lease);
        if (held.put(place, lease) != null) {
            failures.add("leased twice: " + place);
        }
        live(place.upstream(), "leased");
    }

    @Override
    public void channelReleased(LeaseInfo lease, Release release) {
        Place place = place(lease);
        if (!lease.equals(held.remove(place))) {
            failures.add("released, but not leased: " + lease);
        }
        live(place.upstream(), "released");
    }

    @Override
    public void channelFenced(UpstreamInfo upstream, int channel, Duration took) {
        live(upstream.id(), "fenced");
        if (held.containsKey(new Place(upstream.id(), channel))) {
            failures.add("fenced while it is leased: " + channel);
        }
    }

    @Override
    public void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
        ended.add(upstream.id());
        held.keySet().stream()
                .filter(place -> place.upstream() == upstream.id())
                .forEach(place -> failures.add("still leased when its connection has ended: " + place));
    }

    private void live(long upstream, String what) {
        if (ended.contains(upstream)) {
            failures.add(what + " on a connection that has ended");
        }
    }

    private static Place place(LeaseInfo lease) {
        return new Place(lease.upstream().id(), lease.upstreamChannel());
    }

    /** Whether it is this client's, or nobody's. */
    boolean isNobodysBut(long client, UpstreamInfo upstream, int channel) {
        LeaseInfo lease = held.get(new Place(upstream.id(), channel));
        return lease == null || lease.client().id() == client;
    }

    /** After all clients have left. */
    void check() {
        if (!failures.isEmpty() || !held.isEmpty()) {
            throw new AssertionError("events: " + failures + ", still leased: " + held.keySet());
        }
    }
}
