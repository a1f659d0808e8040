package io.amqproxy.impl.net;

import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The links of one loop's clients, by the clients' numbers. It is a table of open addressing, which takes some octets
 * for each link where a map would take the most of a hundred: most links are there for long and idle.
 */
final class ClientLinkTable {

    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    /** A power of two, and less than two thirds of them taken. */
    private @Nullable SocketLink[] places = new SocketLink[16];

    private int count;

    int size() {
        return count;
    }

    /** {@return those that are here now} */
    List<SocketLink> all() {
        List<SocketLink> all = new ArrayList<>(count);
        for (SocketLink link : places) {
            if (link != null) {
                all.add(link);
            }
        }
        return all;
    }

    /** {@return the link of this client, or null where it is not here} */
    @Nullable
    SocketLink get(long id) {
        return places[place(id)];
    }

    /** Adds the link of a client that is not here. */
    void add(SocketLink link) {
        if (3 * (count + 1) > 2 * places.length) {
            List<SocketLink> all = all();
            places = new SocketLink[2 * places.length];
            all.forEach(this::put);
        }
        put(link);
        count++;
    }

    private void put(SocketLink link) {
        places[place(id(link))] = link;
    }

    /** Takes a link out, if it is here. */
    void remove(SocketLink link) {
        int free = place(id(link));
        if (places[free] != link) {
            return;
        }
        places[free] = null;
        count--;
        // Those behind it may have been kept from their places by it.
        int at = next(free);
        for (SocketLink moved = places[at]; moved != null; moved = places[at]) {
            places[at] = null;
            put(moved);
            at = next(at);
        }
    }

    /** Where the link of this client is, or would be. */
    private int place(long id) {
        int at = (int) ((id * SPREAD) >>> Integer.SIZE) & (places.length - 1);
        for (SocketLink link = places[at]; link != null && id(link) != id; link = places[at]) {
            at = next(at);
        }
        return at;
    }

    private int next(int at) {
        return (at + 1) & (places.length - 1);
    }

    private static long id(SocketLink link) {
        return ((InboundSession) link.session()).id();
    }
}
