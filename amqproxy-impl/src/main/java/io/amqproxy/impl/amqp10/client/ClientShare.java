package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.core.ClientObjectBudget;
import io.amqproxy.impl.pool.spi.InboundSession;

/** What one client takes of what is bounded for all of them: sessions, links, octets of incomplete deliveries. */
final class ClientShare {

    private final InboundSession client;
    private final ClientBackpressure10 backpressure;
    /** Sessions and links that count in what all clients have. */
    private int taken;

    private int links;
    private boolean endsForHandles;
    /** Octets of deliveries of which a part has come. */
    private long incomplete;

    /** @param backpressure the client's */
    ClientShare(InboundSession client, ClientBackpressure10 backpressure) {
        this.client = client;
        this.backpressure = backpressure;
    }

    InboundSession client() {
        return client;
    }

    ClientBackpressure10 backpressure() {
        return backpressure;
    }

    /** Takes a part of what all clients may have together. */
    void take(String what) throws AmqpError {
        ClientObjectBudget all = client.loop().belongings;
        if (!all.take(taken)) {
            throw AmqpError.connection(
                    AmqpError.RESOURCE_LIMIT_EXCEEDED,
                    "too many " + what + ": this client has " + taken + ", all clients more than " + all.most()
                            + " together (maxBufferBytes)");
        }
        taken++;
    }

    void giveBack(int count) {
        taken -= count;
        client.loop().belongings.giveBack(count);
    }

    /**
     * Whether a handle above what one side takes ends the session, as at RabbitMQ, and not the connection.
     *
     * @param ends as the client's broker does it
     */
    void endForHandles(boolean ends) {
        endsForHandles = ends;
    }

    boolean endsForHandles() {
        return endsForHandles;
    }

    /** What tells one link of this client from all others. */
    int nextLink() {
        return ++links;
    }

    /**
     * Deliveries of which a part has come take so many octets more, or less.
     *
     * @return how many they take
     */
    long addIncomplete(long octets) {
        incomplete += octets;
        return incomplete;
    }
}
