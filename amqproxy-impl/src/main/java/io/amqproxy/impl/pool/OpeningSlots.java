package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Slot;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The slots of one connection whose opening the broker has not answered. RabbitMQ opens one channel after the other,
 * and reads nothing else of the connection meanwhile: so a client that has one under way waits with the next while
 * there are many, and others are never behind hundreds of its channels. How many are many is found out: as long as the
 * broker answers about as quickly as it does to one there may be more.
 */
final class OpeningSlots {

    static final int FEW = 8;
    static final int MOST = 64;

    /** By so much longer than the quickest may an answer take. */
    private static final long LONGER = TimeUnit.MILLISECONDS.toNanos(20);

    private record Opening(InboundSession client, long since) {}

    private final Map<Slot, Opening> openings = new HashMap<>(0);
    private final Map<InboundSession, Integer> counts = new HashMap<>(0);
    private boolean refused;
    private int many = FEW;
    private long quickest = Long.MAX_VALUE;

    /** Whether one more may be opened for this client now; otherwise {@link #onOpened} tells when to ask again. */
    boolean mayOpen(InboundSession client) {
        boolean may = openings.size() < many || !counts.containsKey(client);
        refused |= !may;
        return may;
    }

    void onOpening(Slot slot, InboundSession client, long now) {
        openings.put(slot, new Opening(client, now));
        counts.merge(client, 1, Integer::sum);
    }

    /**
     * The broker has answered.
     *
     * @return whether somebody waits for that
     */
    boolean onOpened(Slot slot, long now) {
        boolean wasAlone = openings.size() == 1;
        Opening opening = remove(slot);
        if (opening == null) {
            return false;
        }
        learn(now - opening.since(), wasAlone);
        boolean wanted = refused;
        refused = false;
        return wanted;
    }

    /** What takes long by itself is no longer because of others. */
    private void learn(long took, boolean wasAlone) {
        quickest = wasAlone ? took : Math.min(took, quickest);
        boolean isQuick = took - quickest <= LONGER;
        many = isQuick ? Math.min(MOST, many + 1) : Math.max(FEW, many / 2);
    }

    /** There is no such slot any more. */
    void onGone(Slot slot) {
        remove(slot);
    }

    private @Nullable Opening remove(Slot slot) {
        Opening opening = openings.remove(slot);
        if (opening != null) {
            counts.computeIfPresent(opening.client(), (key, count) -> count == 1 ? null : count - 1);
        }
        return opening;
    }

    void clear() {
        openings.clear();
        counts.clear();
    }
}
