package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.pool.spi.ClientQueue;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The clients that need one upstream and no other: its owner, for whom it is reserved, and those that have exclusive
 * queues there, which are the owner, as a rule, or had to stay where others are. While there are any it is neither
 * given away nor closed when it is retired.
 */
final class UpstreamTies implements ExclusiveQueues.Connection {

    /** The upstream, by which its pool hears of them. */
    interface Host {

        /**
         * The client has an exclusive queue there from now on.
         *
         * @return false where it has left meanwhile, and nobody comes to the upstream before the queue is gone
         */
        boolean tie(InboundSession client);

        /** The client has no exclusive queue there any more. */
        void untie(InboundSession client);

        /** Whether the client has not left. */
        boolean isHere(InboundSession client);

        /** The exclusive queues of a client that left are gone. */
        void onQueuesDeleted(InboundSession client);

        /** It takes no new leases, as it ends when the present ones have ended. */
        void replace();
    }

    private final Host host;
    private final UpstreamConnection session;
    private final UpstreamSlots slots;
    private final ExclusiveQueues queues = new ExclusiveQueues(this);
    private @Nullable InboundSession owner;

    UpstreamTies(Host host, UpstreamConnection session, UpstreamSlots slots) {
        this.host = host;
        this.session = session;
        this.slots = slots;
    }

    /** Whether a client needs the upstream although it may have no channel there. */
    boolean isAny() {
        return owner != null || !queues.holders().isEmpty();
    }

    /**
     * Whether a client that is still there may be about to get an exclusive queue there, on a channel that it has left.
     */
    boolean mayBecome() {
        return session.isDeclaringExclusivelyFor(host::isHere);
    }

    // Its owner.

    /** It is set aside for this client; whose pool keeps that in mind. */
    void reserveFor(InboundSession client) {
        owner = client;
    }

    /** The client it was set aside for is gone. */
    void unreserve() {
        owner = null;
    }

    @Nullable
    InboundSession owner() {
        return owner;
    }

    /** The owner's number, 0 for none. */
    long ownerId() {
        return owner == null ? 0 : owner.id();
    }

    /**
     * Whether what the upstream told the broker of itself is right for this client.
     *
     * @param byItsOwnName whether the client needs a connection that introduced itself as the client does
     */
    boolean suits(InboundSession client, boolean byItsOwnName) {
        ClientProperties said = session.introducedAs();
        if (byItsOwnName) {
            return said.equals(client.properties());
        }
        return said.equals(ClientProperties.NONE) || owner == client || said.equals(client.properties());
    }

    // Those that have exclusive queues there.

    /** Whether the broker has exclusive queues of this client, which only this upstream can use. */
    boolean holdsQueues(InboundSession client) {
        return queues.areOf(client);
    }

    /** The clients that have exclusive queues here. */
    List<InboundSession> holders() {
        return queues.holders();
    }

    /** The broker has such a queue, which the client had asked for. */
    void onExclusiveQueue(ClientQueue queue, InboundSession declarer) {
        if (host.tie(declarer)) {
            tellOfThose(queues.add(queue, declarer));
        } else {
            queues.delete(queue, declarer); // It left before the broker had answered.
        }
    }

    void onQueueDeleted(String queue) {
        InboundSession client = queues.remove(queue);
        if (client != null) {
            host.untie(client);
        }
    }

    /** Deletes the exclusive queues of a client that left, where the upstream has to live on for others. */
    void deleteQueues(InboundSession client) {
        if (queues.deleteAll(client)) {
            host.replace();
        }
        session.onShared();
    }

    /** Whether the broker may still have queues of a client that left. */
    boolean isDeletingQueues() {
        return queues.areBeingDeleted();
    }

    /** Whether the broker may still have queues of this client, which left. */
    boolean isDeletingQueues(InboundSession client) {
        return queues.areBeingDeleted(client);
    }

    /** Whether a queue of this name is about to be deleted, for which the channel waits then. */
    boolean isDeleting(String queue, LeaseHolder waiting) {
        return queues.isBeingDeleted(queue, waiting);
    }

    /** The broker owes nothing on this channel any more. */
    void onDone(Slot channel) {
        tellOfThose(queues.onDone(channel));
    }

    private void tellOfThose(List<InboundSession> withoutQueues) {
        withoutQueues.forEach(host::onQueuesDeleted);
    }

    @Override
    public UpstreamConnection session() {
        return session;
    }

    @Override
    public Set<Slot> outstanding() {
        return slots.owed().outstanding();
    }

    @Override
    public @Nullable Slot takeSpareChannel() {
        return slots.takeSpare();
    }
}
