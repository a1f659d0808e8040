package io.amqproxy.program.http;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.LeaseInfo;
import io.amqproxy.LimitInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.program.http.Troubles.Kind;
import io.amqproxy.program.http.Troubles.Whose;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the status page has to know of a proxy beyond its figures, and whose troubles the metrics count. Any thread may
 * ask.
 */
final class StatusListener implements ProxyListener {

    private static final int MOST_REFUSED = 1024;

    private final Map<Release.Reason, Long> notReused = new EnumMap<>(Release.Reason.class);
    private final Map<String, Long> refusals = new TreeMap<>();
    private long reused;
    private final Troubles troubles = new Troubles();
    private final TroubleCounts counts;
    /** Clients that were refused and whose end is not told yet. */
    private final Set<Long> refused = new LinkedHashSet<>();

    StatusListener(TroubleCounts counts) {
        this.counts = counts;
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

    /** {@return what happened lately that a client would complain of, the last first} */
    synchronized List<Troubles.Trouble> troubles() {
        return troubles.lastFirst();
    }

    // Troubles.

    private void add(Kind kind, Whose whose, @Nullable ClientInfo client, Duration time, String why) {
        troubles.add(kind, whose, client, time, why);
        counts.add(PoolKey.of(whose), kind);
    }

    private void add(String what, ClientInfo client, CloseReason reason) {
        String why = reason.code() == 0 ? reason.text() : reason.code() + " " + reason.text();
        Kind kind = new Kind(what, Reasons.label(reason), Reasons.label(reason.initiator()), reason.code());
        add(kind, Whose.of(client), client, Duration.ZERO, why);
    }

    private void add(String what, String reason, ClientInfo client, Duration time, String why) {
        add(new Kind(what, reason), Whose.of(client), client, time, why);
    }

    private void add(String what, String reason, UpstreamInfo upstream, String why) {
        String words = "connection " + upstream.id() + " to " + upstream.endpoint() + ": " + why;
        add(new Kind(what, reason), Whose.of(upstream), null, Duration.ZERO, words);
    }

    @Override
    public synchronized void clientRefused(ClientInfo client, CloseReason reason) {
        refusals.merge(Reasons.label(reason), 1L, Long::sum);
        expectEnd(client);
        add("refused", client, reason);
    }

    private void expectEnd(ClientInfo client) {
        if (refused.add(client.id()) && refused.size() > MOST_REFUSED) {
            refused.remove(refused.iterator().next());
        }
    }

    /**
     * Clients that leave, or vanish, are in no trouble; those that the proxy or the broker ends are, and those that
     * have not got past TLS.
     */
    @Override
    public synchronized void clientDisconnected(ClientInfo client, CloseReason reason) {
        if (client.user() == null
                && reason.initiator() == Initiator.NETWORK
                && reason.text().startsWith("TLS: ")) {
            add("tls_failed", "handshake", client, Duration.ZERO, reason.text());
        }
        boolean isOwnEnd = reason.initiator() == Initiator.CLIENT || reason.initiator() == Initiator.NETWORK;
        if (!refused.remove(client.id()) && !isOwnEnd) {
            add("closed", client, reason);
        }
    }

    @Override
    public synchronized void clientSlowed(ClientInfo client, Duration time) {
        add(
                "slowed",
                "rate",
                client,
                time,
                "not read for a time: its user has sent more than it may in a second (messages-per-second,"
                        + " bytes-per-second)");
    }

    @Override
    public synchronized void loginsBlocked(ClientInfo client, Duration time) {
        add(
                "logins_blocked",
                "failed_logins",
                client,
                Duration.ZERO,
                "log-ins are refused for " + time.toSeconds() + " s");
    }

    @Override
    public synchronized void clientKeptApart(ClientInfo client, String reason) {
        add("kept_apart", "neighbours", client, Duration.ZERO, "kept apart from others for a while: " + reason);
    }

    @Override
    public synchronized void clientBehind(ClientInfo client, String effect) {
        add("behind", "reads_slowly", client, Duration.ZERO, "it reads too slowly: " + effect);
    }

    @Override
    public synchronized void foreignProtocol(ClientInfo client, String protocol) {
        expectEnd(client);
        add("foreign_protocol", protocol, client, Duration.ZERO, "it does not speak AMQP here, but: " + protocol);
    }

    @Override
    public synchronized void limitReached(LimitInfo limit) {
        String why = limit.limit() + " is reached: " + limit.effect();
        Whose whose = new Whose(limit.user(), limit.vhost(), limit.route());
        add(new Kind("limit", limit.limit()), whose, limit.client(), Duration.ZERO, why);
    }

    @Override
    public synchronized void memoryShort(long bytes) {
        String why = bytes + " bytes of buffers are in use: clients are not read, and new ones are closed";
        add(new Kind("memory", "max_buffer_bytes"), new Whose(null, null, null), null, Duration.ZERO, why);
    }

    @Override
    public synchronized void publishersHeldBack(UpstreamInfo upstream, String reason) {
        add("held_back", "broker", upstream, "publishers are held back: " + reason);
    }

    @Override
    public synchronized void publishersReleased(UpstreamInfo upstream, Duration time) {
        troubles.took(new Kind("held_back", "broker"), Whose.of(upstream), time);
    }

    @Override
    public synchronized void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
        if (reason.initiator() != Initiator.PROXY) {
            add("broker_lost", Reasons.label(reason), upstream, reason.text());
        }
    }

    @Override
    public synchronized void publishesLost(UpstreamInfo upstream, long messages) {
        add("messages_lost", "no_confirms", upstream, "up to " + messages + " message(s) without confirms were lost");
    }

    @Override
    public synchronized void channelReleased(LeaseInfo lease, Release release) {
        if (release.outcome() == Release.Outcome.REUSED) {
            reused++;
        } else {
            notReused.merge(release.reason(), 1L, Long::sum);
        }
    }
}
