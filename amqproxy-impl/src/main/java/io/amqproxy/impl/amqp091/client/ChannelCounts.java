package io.amqproxy.impl.amqp091.client;

/** What a channel counts for in its client: consumers, which have a bound, and confirms, which set a pace. */
final class ChannelCounts {

    private int consumers;
    private boolean unconfirmed;

    /**
     * One more consumer, or one less where there are any.
     *
     * @return whether that was so
     */
    boolean countConsumer(int more) {
        boolean counts = consumers + more >= 0;
        consumers += counts ? more : 0;
        return counts;
    }

    /** {@return how many consumers there were} Now there are none. */
    int forgetConsumers() {
        int had = consumers;
        consumers = 0;
        return had;
    }

    /**
     * Whether the broker has yet to confirm something.
     *
     * @return whether that is new
     */
    boolean changeUnconfirmed(boolean awaits) {
        boolean isNew = awaits != unconfirmed;
        unconfirmed = awaits;
        return isNew;
    }
}
