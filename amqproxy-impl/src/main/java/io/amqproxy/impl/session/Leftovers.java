package io.amqproxy.impl.session;

import io.amqproxy.Release.Reason;
import java.nio.ByteBuffer;

/**
 * What a lease does on its channel that would be left there if it ended: consumers, messages that are not settled, a
 * transaction, a stopped flow, prefetch limits. Whoever tells has written, or is about to write, the method.
 */
final class Leftovers {

    private final Consumers consumers = new Consumers();
    private final DeliveryTags deliveries = new DeliveryTags();
    private int getsWithAck;
    private int getsWithoutAck;
    private boolean prefetchPerConsumer;
    private boolean prefetchPerChannel;
    private boolean transactional;
    private boolean stopped;
    private int flowAnswersOwed;

    /** A lease begins whose client has seen delivery tags up to this one. */
    void begin(long lastDeliveryTag) {
        deliveries.begin(lastDeliveryTag);
        transactional = false;
        stopped = false;
        flowAnswersOwed = 0;
    }

    /** What would be left if the lease ended now; a prefetch limit is nothing that could not be taken back. */
    Reason reason() {
        if (stopped) {
            return Reason.FLOW;
        }
        if (transactional) {
            return Reason.TRANSACTION;
        }
        if (!consumers.isEmpty()) {
            return Reason.CONSUMER;
        }
        return deliveries.isSettled() && getsWithAck == 0 ? Reason.CLEAN : Reason.UNACKED;
    }

    /** The broker has handled all that was sent. */
    void onAllHandled() {
        consumers.onAllHandled();
    }

    // Consumers.

    boolean hasConsumer(String tag) {
        return consumers.has(tag);
    }

    void onConsume(String tag, boolean noAck) {
        consumers.onConsume(tag, !noAck);
    }

    void onConsumeOk(String tag) {
        consumers.onConsumeOk(tag);
    }

    /** The client cancels a consumer. */
    void onCancel(String tag) {
        consumers.cancel(tag);
    }

    /** The broker cancels a consumer. */
    void onCancelled(String tag) {
        consumers.remove(tag);
    }

    // Deliveries.

    /** Whether no message that is delivered now needs to be acknowledged. */
    boolean neverAcknowledges() {
        return consumers.neverAcknowledge();
    }

    /** The broker delivers a message whose tag is at this offset: from here on the tag is the client's. */
    void onDelivered(boolean needsNoAck, ByteBuffer in, int tagAt) {
        deliveries.onDelivered(in, tagAt, needsNoAck);
    }

    void onGet(boolean noAck) {
        if (noAck) {
            getsWithoutAck++;
        } else {
            getsWithAck++;
        }
    }

    /** The same as {@link #onDelivered}, for a message that a get asked for. */
    void onGetOk(ByteBuffer in, int tagAt) {
        boolean needsNoAck = getsWithAck == 0;
        onGetAnswered();
        onDelivered(needsNoAck, in, tagAt);
    }

    /**
     * With gets of both kinds under way it is not known which one this answers; the safe guess is the one that is
     * acked.
     */
    void onGetAnswered() {
        if (getsWithAck > 0) {
            getsWithAck--;
        } else if (getsWithoutAck > 0) {
            getsWithoutAck--;
        }
    }

    /** The client settles messages; {@return what its tag is to the broker} */
    long onSettled(long tag, boolean multiple) {
        return deliveries.onSettled(tag, multiple);
    }

    /** All that was delivered goes back to its queues. */
    void onRecovered() {
        deliveries.onRecovered();
    }

    /** The newest delivery tag as the client knows it. */
    long lastDeliveryTag() {
        return deliveries.last();
    }

    /** What the broker says of a tag, with the client's own number. */
    String inWordsOfClient(int code, String text, int methodId) {
        return deliveries.inWordsOfClient(code, text, methodId);
    }

    // Prefetch limits.

    void onQos(int prefetch, boolean global) {
        if (global) {
            prefetchPerChannel = prefetch > 0;
        } else {
            prefetchPerConsumer = prefetch > 0;
        }
    }

    boolean hasPrefetch(boolean global) {
        return global ? prefetchPerChannel : prefetchPerConsumer;
    }

    // Transactions and flow.

    void onTransaction() {
        transactional = true;
    }

    boolean isTransactional() {
        return transactional;
    }

    /** The broker asks for a stop, or to go on. */
    void onFlow(boolean active) {
        stopped = !active;
    }

    /** That question is passed on to the client. */
    void oweFlowAnswer() {
        flowAnswersOwed++;
    }

    /** Whether the broker has asked the client to stop or to go on, and has no answer yet. */
    boolean awaitsFlowAnswer() {
        return flowAnswersOwed > 0;
    }

    void onFlowAnswer(boolean active) {
        flowAnswersOwed--;
        stopped = !active;
    }
}
