package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Slot;
import java.util.HashMap;
import java.util.Map;

/**
 * The slots of one connection whose opening the broker has not answered. RabbitMQ opens one channel after the other,
 * and reads nothing else of the connection meanwhile: so a client that has one under way waits with the next while
 * there are many, and others are never behind hundreds of its channels.
 */
final class OpeningSlots {

    static final int MOST = 8;

    private final Map<Slot, InboundSession> clients = new HashMap<>(0);
    private final Map<InboundSession, Integer> counts = new HashMap<>(0);
    private boolean refused;

    /** Whether one more may be opened for this client now; otherwise {@link #onDone} tells when to ask again. */
    boolean mayOpen(InboundSession client) {
        boolean may = clients.size() < MOST || !counts.containsKey(client);
        refused |= !may;
        return may;
    }

    void onOpening(Slot slot, InboundSession client) {
        clients.put(slot, client);
        counts.merge(client, 1, Integer::sum);
    }

    /** The broker has answered, or there is no slot any more; returns whether somebody waits for that. */
    boolean onDone(Slot slot) {
        InboundSession client = clients.remove(slot);
        if (client == null) {
            return false;
        }
        counts.computeIfPresent(client, (key, count) -> count == 1 ? null : count - 1);
        boolean wanted = refused;
        refused = false;
        return wanted;
    }

    void clear() {
        clients.clear();
        counts.clear();
    }
}
