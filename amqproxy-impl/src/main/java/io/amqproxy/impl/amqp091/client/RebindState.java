package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.UpstreamChannel;

/**
 * What a client has set on one channel, and how far it has counted there: a new binding has to bring it along, wherever
 * it is.
 */
final class RebindState {

    /** That of a channel on which nothing was set or counted yet, which has none of its own; it is never written to. */
    static final RebindState NOTHING = new RebindState();

    private int prefetchPerConsumer;
    private int prefetchPerChannel;
    private String lastQueue = "";
    private long lastDeliveryTag;
    private long lastConfirmTag;
    private boolean inConfirmMode;

    /** {@return this, or one that may be written to} */
    RebindState orNew() {
        return this == NOTHING ? new RebindState() : this;
    }

    /** A lease begins on a channel that nobody has set anything on. */
    void bringTo(UpstreamChannel to) {
        if (inConfirmMode) {
            to.select();
        }
        if (prefetchPerConsumer > 0) {
            to.writeQos(prefetchPerConsumer, false);
        }
        if (prefetchPerChannel > 0) {
            to.writeQos(prefetchPerChannel, true);
        }
    }

    /** A lease ends, and another one is to go on from there. */
    void takeFrom(UpstreamChannel left) {
        lastDeliveryTag = left.leftovers().lastDeliveryTag();
        lastConfirmTag = left.outstanding().lastConfirmTag();
    }

    void onQos(int prefetch, boolean global) {
        if (global) {
            prefetchPerChannel = prefetch;
        } else {
            prefetchPerConsumer = prefetch;
        }
    }

    /** Whether a prefetch limit bounds the deliveries of a consumer that is begun now. */
    boolean hasPrefetch() {
        return prefetchPerConsumer > 0 || prefetchPerChannel > 0;
    }

    /** Whether a prefetch limit is that of all consumers of the channel. */
    boolean hasGlobalPrefetch() {
        return prefetchPerChannel > 0;
    }

    /** The client has been told that the channel is in confirm mode; every later binding has to be. */
    void onSelected() {
        inConfirmMode = true;
    }

    boolean isInConfirmMode() {
        return inConfirmMode;
    }

    void onDeclared(String queue) {
        lastQueue = queue;
    }

    /** The queue that was declared last, empty for none. */
    String lastQueue() {
        return lastQueue;
    }

    /** The newest delivery tag of earlier leases: the next one goes on from there. */
    long lastDeliveryTag() {
        return lastDeliveryTag;
    }

    /** How many publishes were confirmed in earlier leases: the next one goes on from there. */
    long lastConfirmTag() {
        return lastConfirmTag;
    }
}
