package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients that are kept apart from others for a while, since the broker closed a connection for what one of them may
 * have done. They are known again by their address and by how they introduce themselves, as many have one address.
 * Bounded: the one that has been here longest makes room.
 */
final class Quarantine {

    private static final Logger log = LoggerFactory.getLogger(Quarantine.class);

    static final long TIME = TimeUnit.MINUTES.toNanos(10);
    private static final int MAX = 1000;

    /** No more than this part of a pool's connections are for those that are kept apart; the rest of them share. */
    static final int SHARE = 4;

    private final Map<String, Long> until = new LinkedHashMap<>();

    static String key(InboundSession client) {
        return client.info().address().getHostString()
                + '#'
                + client.properties().hashCode();
    }

    boolean isEmpty() {
        return until.isEmpty();
    }

    /** This one is kept apart from now on, which is told. */
    void add(InboundSession client, String why, LoopContext loop) {
        loop.lines.debug(log, "{} is kept apart from others: {}", client.info(), why);
        loop.events.clientKeptApart(client.info(), why);
        add(key(client), loop.now);
    }

    void add(String client, long now) {
        until.remove(client);
        if (until.size() == MAX) {
            until.remove(until.keySet().iterator().next());
        }
        until.put(client, now + TIME);
    }

    boolean contains(String client, long now) {
        if (until.isEmpty()) {
            return false;
        }
        Long end = until.get(client);
        if (end != null && end - now <= 0) {
            until.remove(client);
            end = null;
        }
        return end != null;
    }
}
