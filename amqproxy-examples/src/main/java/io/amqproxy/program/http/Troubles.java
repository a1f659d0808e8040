package io.amqproxy.program.http;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happened lately that a client would complain of: one entry for each kind, reason, user and vhost, so that a
 * client that tries again and again pushes nobody else out. One thread at a time.
 */
final class Troubles {

    /**
     * What tells kinds of troubles apart, but for whose they are: a few words each.
     *
     * @param initiator who refused or closed the client, "proxy" or "broker"; "" of other troubles
     */
    record Kind(String what, String reason, String initiator, int code) {

        Kind(String what, String reason) {
            this(what, reason, "", 0);
        }
    }

    /** Who has it: a user in a vhost as far as it is about one, and the client where it is about one. */
    record Whose(
            @Nullable String user,
            @Nullable String vhost,
            @Nullable String route) {

        static Whose of(ClientInfo client) {
            return new Whose(client.user(), client.vhost(), client.route());
        }

        static Whose of(UpstreamInfo upstream) {
            return new Whose(upstream.user(), upstream.vhost(), upstream.route());
        }
    }

    /** The newest of its kind, how many there were, and how long they took in all where they take time. */
    record Trouble(
            Kind kind,
            Whose whose,
            Instant lastAt,
            long count,
            Duration time,
            @Nullable ClientInfo client,
            String why) {}

    private record Key(Kind kind, Whose whose) {}

    static final int MOST = 100;

    /** The one that is longest ago first. */
    private final Map<Key, Trouble> all = new LinkedHashMap<>();

    void add(Kind kind, Whose whose, @Nullable ClientInfo client, Duration time, String why) {
        Key key = new Key(kind, whose);
        Trouble before = all.remove(key);
        if (all.size() == MOST) {
            all.remove(all.keySet().iterator().next());
        }
        long count = before == null ? 1 : before.count() + 1;
        Duration sum = before == null ? time : before.time().plus(time);
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        all.put(key, new Trouble(kind, whose, now, count, sum, client, why));
    }

    /** What was told when it began is over, and took this time. */
    void took(Kind kind, Whose whose, Duration time) {
        all.computeIfPresent(
                new Key(kind, whose),
                (key, begun) -> new Trouble(
                        kind,
                        whose,
                        begun.lastAt(),
                        begun.count(),
                        begun.time().plus(time),
                        begun.client(),
                        begun.why()));
    }

    List<Trouble> lastFirst() {
        List<Trouble> list = new ArrayList<>(all.values());
        Collections.reverse(list);
        return list;
    }
}
