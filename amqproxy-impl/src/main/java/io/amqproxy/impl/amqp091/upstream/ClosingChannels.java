package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.channel.ClosedInTurn;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;

/**
 * Channels that are closed although nobody waits for it, as their client is gone. RabbitMQ closes one after the other,
 * and reads nothing else of the connection meanwhile: so of the hundreds that one client may have left a few are closed
 * at a time, and what others send comes in between.
 */
final class ClosingChannels {

    static final int MOST = 8;

    private final Set<ClosedInTurn> closing = new HashSet<>(0);
    private final ArrayDeque<ClosedInTurn> waiting = new ArrayDeque<>(0);

    /** Whether it has to wait for its turn. */
    boolean closesLater(ClosedInTurn channel) {
        boolean later = closing.size() >= MOST;
        if (later) {
            waiting.add(channel);
        } else {
            closing.add(channel);
        }
        return later;
    }

    /** The channel is no more. */
    void onClosed(ClosedInTurn channel) {
        closing.remove(channel);
        while (closing.size() < MOST && !waiting.isEmpty()) {
            ClosedInTurn next = waiting.remove();
            if (next.closeInTurn()) {
                closing.add(next);
            }
        }
    }

    void clear() {
        closing.clear();
        waiting.clear();
    }
}
