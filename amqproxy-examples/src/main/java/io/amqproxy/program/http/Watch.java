package io.amqproxy.program.http;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.LeaseInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the status page has to know of a proxy beyond its figures. Any thread may ask. */
final class Watch implements ProxyListener {

    private final Map<Release.Reason, Long> notReused = new EnumMap<>(Release.Reason.class);
    private final Map<String, Long> refusals = new TreeMap<>();
    private long reused;
    private final Troubles troubles = new Troubles();

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

    /** {@return clients that were refused, closed or slowed lately, the last first} */
    synchronized List<Troubles.Trouble> troubles() {
        return troubles.lastFirst();
    }

    @Override
    public synchronized void clientRefused(ClientInfo client, CloseReason reason) {
        refusals.merge(Reasons.label(reason), 1L, Long::sum);
        troubles.add("refused", client, reason);
    }

    /** Clients that leave, or vanish, are in no trouble; those that the proxy or the broker ends are. */
    @Override
    public synchronized void clientDisconnected(ClientInfo client, CloseReason reason) {
        boolean isOwnEnd = reason.initiator() == Initiator.CLIENT || reason.initiator() == Initiator.NETWORK;
        if (!isOwnEnd && client.vhost() != null) {
            troubles.add("closed", client, reason);
        }
    }

    @Override
    public synchronized void clientSlowed(ClientInfo client, Duration time) {
        troubles.add("slowed", client, "not read for a time: its user has sent more than it may in a second");
    }

    @Override
    public synchronized void loginsBlocked(ClientInfo client, Duration time) {
        troubles.add("logins_blocked", client, "log-ins are refused for " + time.toSeconds() + " s");
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
