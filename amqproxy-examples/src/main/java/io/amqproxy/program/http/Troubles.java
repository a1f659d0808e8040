package io.amqproxy.program.http;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happened to clients lately that a client would complain of: one entry for each kind, code, user and vhost, so
 * that a client that tries again and again pushes nobody else out. One thread at a time.
 */
final class Troubles {

    /** The newest of its kind, and how many there were. */
    record Trouble(String what, int code, Instant lastAt, long count, ClientInfo client, String why) {}

    private record Kind(
            String what,
            int code,
            @Nullable String user,
            @Nullable String vhost) {}

    static final int MOST = 100;

    /** The one that is longest ago first. */
    private final Map<Kind, Trouble> all = new LinkedHashMap<>();

    void add(String what, ClientInfo client, CloseReason reason) {
        String why = reason.code() == 0 ? reason.text() : reason.code() + " " + reason.text();
        add(what, reason.code(), client, why);
    }

    void add(String what, ClientInfo client, String why) {
        add(what, 0, client, why);
    }

    private void add(String what, int code, ClientInfo client, String why) {
        Kind kind = new Kind(what, code, client.user(), client.vhost());
        Trouble before = all.remove(kind);
        if (all.size() == MOST) {
            all.remove(all.keySet().iterator().next());
        }
        long count = before == null ? 1 : before.count() + 1;
        all.put(kind, new Trouble(what, code, Instant.now().truncatedTo(ChronoUnit.SECONDS), count, client, why));
    }

    List<Trouble> lastFirst() {
        List<Trouble> list = new ArrayList<>(all.values());
        Collections.reverse(list);
        return list;
    }
}
