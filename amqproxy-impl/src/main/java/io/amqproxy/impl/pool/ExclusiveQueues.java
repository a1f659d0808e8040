package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.spi.ClientQueue;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The exclusive queues on one upstream, whose they are, and how those of a client that left end where the upstream
 * lives on for others. Most upstreams have none, and end with the one client that has.
 *
 * <p>A name is no proof: the queue may have expired, or have been deleted by an operator, and the name may be somebody
 * else's by now. So a queue is deleted in a way that hits nothing but a queue of this connection ({@link ClientQueue}),
 * when everything that its client has sent is handled, and where no other client of the connection has it or is about
 * to.
 */
final class ExclusiveQueues {

    /** What is kept of one client's queues, in octets; one that has more keeps them until the connection ends. */
    static final int MOST_OCTETS = 64 * 1024;

    /** Queues that are deleted at a time, each on a channel of its own. */
    private static final int AT_ONCE = 4;

    /** What one client has. */
    private static final class Held {
        private final Map<String, ClientQueue> byName = new LinkedHashMap<>(2);
        private int octets;
        /** Whether there are others that are not listed here. */
        private boolean more;

        void add(ClientQueue queue) {
            remove(queue.name());
            if (more || octets + queue.octets() > MOST_OCTETS) {
                more = true;
                byName.clear();
                octets = 0;
            } else {
                byName.put(queue.name(), queue);
                octets += queue.octets();
            }
        }

        void remove(String name) {
            ClientQueue removed = byName.remove(name);
            octets -= removed == null ? 0 : removed.octets();
        }

        boolean isEmpty() {
            return byName.isEmpty() && !more;
        }
    }

    /** A queue of a client that left, which is deleted when nothing is owed on some channels any more. */
    private static final class Deletion {
        private final InboundSession client;
        private final ClientQueue queue;
        private final Set<Slot> after;
        private @Nullable Slot channel;

        Deletion(InboundSession client, ClientQueue queue, Set<Slot> after) {
            this.client = client;
            this.queue = queue;
            this.after = after;
        }
    }

    /** The connection that has the queues, with channels to delete some on. */
    interface Connection {

        UpstreamConnection session();

        /** The channels on which the broker owes an answer now. */
        Set<Slot> outstanding();

        /** A channel that no client has, or null where there is no room for one. */
        @Nullable
        Slot takeSpareChannel();
    }

    private final Connection connection;
    private final Map<InboundSession, Held> held = new LinkedHashMap<>(2);
    private final List<Deletion> deletions = new ArrayList<>(0);
    /** Channels that wait for a deletion. */
    private final List<LeaseHolder> waiting = new ArrayList<>(0);

    ExclusiveQueues(Connection connection) {
        this.connection = connection;
    }

    // Who has some.

    /**
     * A client has one more. Where it was to be deleted for another client, which left, it is not: answers the clients
     * of which nothing remains with that.
     */
    List<InboundSession> add(ClientQueue queue, InboundSession client) {
        held.computeIfAbsent(client, one -> new Held()).add(queue);
        List<InboundSession> done = new ArrayList<>(0);
        for (Deletion one : List.copyOf(deletions)) {
            if (one.channel == null && one.queue.name().equals(queue.name())) {
                deletions.remove(one);
                done.add(one.client);
            }
        }
        start();
        done.removeIf(this::areBeingDeleted);
        return done;
    }

    /**
     * The broker has none of that name any more.
     *
     * @return the client that has none at all now, if there is one
     */
    @Nullable
    InboundSession remove(String queue) {
        for (Map.Entry<InboundSession, Held> one : held.entrySet()) {
            one.getValue().remove(queue);
            if (one.getValue().isEmpty()) {
                held.remove(one.getKey());
                return one.getKey();
            }
        }
        return null;
    }

    boolean areOf(InboundSession client) {
        return held.containsKey(client);
    }

    List<InboundSession> holders() {
        return List.copyOf(held.keySet());
    }

    // Deleting.

    /**
     * A client left.
     *
     * @return whether it has queues that end with the connection only
     */
    boolean deleteAll(InboundSession client) {
        Held left = held.remove(client);
        if (left == null) {
            return false;
        }
        Set<Slot> after = connection.outstanding();
        left.byName.values().forEach(queue -> delete(queue, client, after));
        start();
        return left.more;
    }

    /** A client left before the broker had answered. */
    void delete(ClientQueue queue, InboundSession client) {
        delete(queue, client, connection.outstanding());
        start();
    }

    private void delete(ClientQueue queue, InboundSession client, Set<Slot> after) {
        if (!isHeld(queue.name())) {
            deletions.add(new Deletion(client, queue, new HashSet<>(after)));
        }
    }

    private boolean isHeld(String queue) {
        return held.values().stream().anyMatch(one -> one.byName.containsKey(queue));
    }

    /** Whether the broker may still have queues of clients that left. */
    boolean areBeingDeleted() {
        return !deletions.isEmpty();
    }

    /** Whether the broker may still have queues of this client, which left. */
    boolean areBeingDeleted(InboundSession client) {
        return deletions.stream().anyMatch(one -> one.client == client);
    }

    /** Whether a queue of this name is about to be deleted, for which the channel waits then. */
    boolean isBeingDeleted(String queue, LeaseHolder channel) {
        boolean is = deletions.stream().anyMatch(one -> one.queue.name().equals(queue));
        if (is) {
            waiting.add(channel);
        }
        return is;
    }

    /**
     * Nothing is owed on the channel.
     *
     * @return the clients of which nothing remains with that
     */
    List<InboundSession> onDone(Slot channel) {
        if (deletions.isEmpty()) {
            return List.of();
        }
        List<InboundSession> done = new ArrayList<>(0);
        for (Deletion one : List.copyOf(deletions)) {
            one.after.remove(channel);
            if (one.channel == channel) {
                deletions.remove(one);
                done.add(one.client);
            }
        }
        start();
        done.removeIf(this::areBeingDeleted);
        wake();
        return done;
    }

    /** Deletes what may be deleted now, as far as there are channels for it. */
    private void start() {
        int running = 0;
        for (Deletion one : List.copyOf(deletions)) {
            if (one.channel == null && mayBegin(one) && running < AT_ONCE) {
                begin(one);
            }
            running += one.channel == null ? 0 : 1;
        }
    }

    private boolean mayBegin(Deletion one) {
        return one.after.isEmpty() && !connection.session().isDeclaringExclusively(one.queue.name());
    }

    private void begin(Deletion one) {
        Slot channel = connection.takeSpareChannel();
        if (channel != null) {
            one.channel = channel;
            connection.session().deleteQueue(one.queue, channel);
        }
    }

    private void wake() {
        if (!waiting.isEmpty()) {
            List<LeaseHolder> woken = List.copyOf(waiting);
            waiting.clear();
            woken.forEach(LeaseHolder::goOn);
        }
    }
}
