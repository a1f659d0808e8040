package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/**
 * The delivery tags of one channel to the broker over all its leases, and what they are for the client of the present
 * one, which counts from where its own channel stands.
 */
final class DeliveryTags {

    /** A tag that no broker gives out: it stands for what a client says that can be no tag of its lease. */
    private static final long IMPOSSIBLE = Long.MIN_VALUE;

    private static final String UNKNOWN_TAG = "unknown delivery tag ";

    private final TagWindow window = new TagWindow();
    /** The broker's tag less the client's. */
    private long base;
    /** Messages that the client did not get, and that are still the channel's at the broker. */
    private int withheld;
    /** Whether there have been such in this lease. */
    private boolean hasGaps;
    /** What the client said when {@link #IMPOSSIBLE} was said to the broker, 0 for nothing. */
    private long refused;

    /** A lease begins whose client has seen tags up to this one. */
    void begin(long lastOfClient) {
        base = window.last() - lastOfClient;
        refused = 0;
        withheld = 0;
        hasGaps = false;
    }

    /** The newest tag as the client knows it. */
    long last() {
        return window.last() - base;
    }

    boolean isSettled() {
        return window.isSettled() && withheld == 0;
    }

    /** Whether the tag at this offset is the one that is to come. */
    boolean isNext(ByteBuffer in, int tagAt) {
        return in.getLong(tagAt) == window.last() + 1;
    }

    /** The broker delivers a message whose tag is at this offset: from here on the tag is the client's. */
    void onDelivered(ByteBuffer in, int tagAt, Consumers.Kind kind) {
        switch (kind) {
            case ACKNOWLEDGED -> window.open();
            case NOT_ACKNOWLEDGED -> window.openSettled();
            case REPLIES -> {} // RabbitMQ does not use the tag up: the next message has it too.
        }
        tellClient(in, tagAt);
    }

    /** The tag at this offset is not the one that was to come, so that nothing is known of any from now on. */
    void onOddTag(ByteBuffer in, int tagAt) {
        window.giveUp(in.getLong(tagAt));
        tellClient(in, tagAt);
    }

    private void tellClient(ByteBuffer in, int tagAt) {
        if (base != 0) {
            in.putLong(tagAt, in.getLong(tagAt) - base);
        }
    }

    /** Whether the broker takes it when the client settles a tag of its own, for which it says nothing. */
    boolean maySettle(long tag, boolean multiple) {
        return tag == 0 ? multiple : tag > 0 && window.isOpen(tag + base);
    }

    /**
     * The client settles a tag of its own.
     *
     * @return the broker's; 0 stays "all"
     */
    long onSettled(long tag, boolean multiple) {
        long ofBroker = tag == 0 ? 0 : tag + base;
        boolean isGap = hasGaps && tag > 0 && !window.isOpen(ofBroker);
        if (tag != 0 && (tag < 0 || ofBroker <= 0 || isGap)) {
            if (refused == 0) {
                refused = tag;
            }
            return IMPOSSIBLE;
        }
        window.settle(ofBroker, multiple);
        return ofBroker;
    }

    /** {@return the broker's tag for one of the client's} */
    long ofBroker(long ofClient) {
        return ofClient + base;
    }

    /** Tells the broker's tags of what the client has and has not settled, up to this tag of its own; 0 is all. */
    void forEachOpen(long ofClient, LongConsumer told) {
        long end = ofClient == 0 ? window.last() : ofClient + base;
        for (long tag = window.low() + 1; tag <= end; tag++) {
            if (window.isOpen(tag)) {
                told.accept(tag);
            }
        }
    }

    /** Whether the message with this tag of the broker's can be kept from the client. */
    boolean mayWithhold(long ofBroker) {
        return window.canMark(ofBroker);
    }

    /** The client does not get the message with this tag of the broker's, and cannot settle it. */
    void withhold(long ofBroker) {
        window.settle(ofBroker, false);
        withheld++;
        hasGaps = true;
    }

    /** So many of those that the client did not get go back to their queues. */
    void onGivenBack(int count) {
        withheld -= count;
    }

    /** All that was delivered goes back to its queues. */
    void onRecovered() {
        window.settle(0, true);
    }

    /** What the broker says of a tag, with the client's own number. */
    String inWordsOfClient(int code, String text, int methodId) {
        boolean isOfSettling = methodId == Method.BASIC_ACK.id()
                || methodId == Method.BASIC_NACK.id()
                || methodId == Method.BASIC_REJECT.id();
        int at = text.lastIndexOf(UNKNOWN_TAG) + UNKNOWN_TAG.length();
        if (code != ReplyCode.PRECONDITION_FAILED.code() || !isOfSettling || at < UNKNOWN_TAG.length()) {
            return text;
        }
        try {
            long ofBroker = Long.parseUnsignedLong(text, at, text.length(), 10);
            long ofClient = ofBroker == IMPOSSIBLE ? refused : ofBroker == 0 ? 0 : ofBroker - base;
            return text.substring(0, at) + Long.toUnsignedString(ofClient);
        } catch (NumberFormatException other) {
            return text;
        }
    }
}
