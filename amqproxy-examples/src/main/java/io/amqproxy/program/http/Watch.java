package io.amqproxy.program.http;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import io.amqproxy.UpstreamInfo;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the status page has to know of a proxy beyond its figures. Any thread may ask. */
final class Watch implements ProxyListener {

    /** An open connection to the broker. */
    record Upstream(UpstreamInfo info, Instant since, int leases) {

        private Upstream withLeases(int change) {
            return new Upstream(info, since, leases + change);
        }
    }

    private final Map<Long, Upstream> upstreams = new TreeMap<>();
    private final Map<Release.Reason, Long> notReused = new EnumMap<>(Release.Reason.class);
    private final Map<String, Long> refusals = new TreeMap<>();
    private long reused;
    private @Nullable String address;
    private final Set<String> reachable = new TreeSet<>();

    synchronized String broker() {
        return reachable.isEmpty() ? "none" : String.join(", ", reachable);
    }

    synchronized String address() {
        return address == null ? "" : address;
    }

    /** {@return the open connections, oldest first} */
    synchronized List<Upstream> upstreams() {
        return List.copyOf(upstreams.values());
    }

    synchronized long reused() {
        return reused;
    }

    /** {@return why channels were closed after their lease, the most frequent first} */
    synchronized List<Map.Entry<Release.Reason, Long>> notReused() {
        List<Map.Entry<Release.Reason, Long>> all = new ArrayList<>();
        notReused.forEach((reason, count) -> all.add(Map.entry(reason, count)));
        all.sort(Map.Entry.comparingByValue(Comparator.reverseOrder()));
        return all;
    }

    synchronized Map<String, Long> refusals() {
        return new TreeMap<>(refusals);
    }

    @Override
    public synchronized void proxyStarted(InetSocketAddress listening) {
        address = listening.getHostString() + ':' + listening.getPort();
    }

    @Override
    public synchronized void brokerReachable(String endpoint) {
        reachable.add(endpoint);
    }

    @Override
    public synchronized void brokerUnreachable(String endpoint, String reason) {
        reachable.remove(endpoint);
    }

    @Override
    public synchronized void clientRefused(ClientInfo client, CloseReason reason) {
        refusals.merge(Reasons.label(reason), 1L, Long::sum);
    }

    @Override
    public synchronized void upstreamOpened(UpstreamInfo upstream, Duration took) {
        upstreams.put(upstream.id(), new Upstream(upstream, Instant.now(), 0));
    }

    @Override
    public synchronized void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
        upstreams.remove(upstream.id());
    }

    @Override
    public synchronized void channelLeased(LeaseInfo lease, Duration waited) {
        upstreams.computeIfPresent(lease.upstream().id(), (id, upstream) -> upstream.withLeases(1));
    }

    @Override
    public synchronized void channelReleased(LeaseInfo lease, Release release) {
        upstreams.computeIfPresent(lease.upstream().id(), (id, upstream) -> upstream.withLeases(-1));
        if (release.outcome() == Release.Outcome.REUSED) {
            reused++;
        } else {
            notReused.merge(release.reason(), 1L, Long::sum);
        }
    }
}
