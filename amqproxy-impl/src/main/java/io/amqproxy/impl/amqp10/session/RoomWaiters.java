package io.amqproxy.impl.amqp10.session;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Who is told when a connection to the broker has room again. */
final class RoomWaiters {

    private final Set<RoomWaiter> waiting = new LinkedHashSet<>();

    void add(RoomWaiter client) {
        waiting.add(client);
    }

    void wake() {
        if (waiting.isEmpty()) {
            return;
        }
        List<RoomWaiter> woken = List.copyOf(waiting);
        waiting.clear();
        woken.forEach(RoomWaiter::onRoom);
    }
}
