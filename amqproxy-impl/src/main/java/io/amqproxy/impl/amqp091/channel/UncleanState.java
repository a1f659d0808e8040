package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.buffer.ShortName;
import java.nio.ByteBuffer;

/**
 * What a lease does on its channel that would be left there if it ended: consumers, messages that are not settled, a
 * transaction, a stopped flow, prefetch limits. Whoever tells has written, or is about to write, the method.
 */
public final class UncleanState {

    private final Consumers consumers;
    private final DeliveryTags deliveries = new DeliveryTags();
    private int getsWithAck;
    private int getsWithoutAck;
    private boolean prefetchPerConsumer;
    private boolean prefetchPerChannel;
    private boolean transactional;
    private boolean stopped;
    private int flowAnswersOwed;

    UncleanState(ShortName reader) {
        this.consumers = new Consumers(reader);
    }

    /** A lease begins whose client has seen delivery tags up to this one. */
    void begin(long lastDeliveryTag) {
        consumers.begin();
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

    // Consumers.

    public boolean hasConsumer(String tag) {
        return consumers.has(tag);
    }

    public void onConsume(String tag, Consumers.Kind kind) {
        consumers.onConsume(tag, kind);
    }

    public void onConsumeOk(String tag) {
        consumers.onConsumeOk(tag);
    }

    /** The client cancels a consumer; returns whether there is one, so that the broker's answer is needed. */
    public boolean onCancel(String tag, boolean quietly) {
        return consumers.cancel(tag, quietly);
    }

    /** The broker has cancelled what the client wanted cancelled; returns whether the client wants to know. */
    public boolean onCancelOk(String tag) {
        return consumers.onCancelOk(tag);
    }

    /** The broker cancels a consumer; returns false where the lease has none of that tag. */
    public boolean onCancelled(String tag) {
        return consumers.onCancelled(tag);
    }

    // Deliveries.

    /**
     * The broker delivers a message to the consumer whose tag is at this offset: from here on the delivery tag at the
     * other offset is the client's.
     *
     * @return whether it is what was to come; otherwise nothing is changed, and {@link #mayBeDelivered} tells more
     */
    public boolean onDelivered(ByteBuffer in, int consumerTagAt, int tagAt) {
        Consumers.Kind kind = consumers.at(in, consumerTagAt);
        if (kind == null || !deliveries.isNext(in, tagAt)) {
            return false;
        }
        deliveries.onDelivered(in, tagAt, kind);
        return true;
    }

    /** Whether the lease has the consumer whose tag is at this offset. */
    public boolean mayBeDelivered(ByteBuffer in, int consumerTagAt) {
        return consumers.at(in, consumerTagAt) != null;
    }

    /** A delivery has another tag than was to come: nothing can be said of what is settled, now or later. */
    void onOddTag(ByteBuffer in, int tagAt) {
        deliveries.onOddTag(in, tagAt);
    }

    public void onGet(boolean noAck) {
        if (noAck) {
            getsWithoutAck++;
        } else {
            getsWithAck++;
        }
    }

    /** Whether the broker still has to answer a get. */
    public boolean isGetting() {
        return getsWithAck + getsWithoutAck > 0;
    }

    /** The same as {@link #onDelivered}, for a message that a get asked for. */
    public boolean onGetOk(ByteBuffer in, int tagAt) {
        Consumers.Kind kind = getsWithAck == 0 ? Consumers.Kind.NOT_ACKNOWLEDGED : Consumers.Kind.ACKNOWLEDGED;
        onGetAnswered();
        if (!deliveries.isNext(in, tagAt)) {
            return false;
        }
        deliveries.onDelivered(in, tagAt, kind);
        return true;
    }

    /**
     * With gets of both kinds under way it is not known which one this answers; the safe guess is the one that is
     * acked.
     */
    public void onGetAnswered() {
        if (getsWithAck > 0) {
            getsWithAck--;
        } else if (getsWithoutAck > 0) {
            getsWithoutAck--;
        }
    }

    /** The client settles messages; returns what its tag is to the broker */
    public long onSettled(long tag, boolean multiple) {
        return deliveries.onSettled(tag, multiple);
    }

    /** All that was delivered goes back to its queues. */
    public void onRecovered() {
        deliveries.onRecovered();
    }

    /** The newest delivery tag as the client knows it. */
    public long lastDeliveryTag() {
        return deliveries.last();
    }

    /** What the broker says of a tag, with the client's own number. */
    String inWordsOfClient(int code, String text, int methodId) {
        return deliveries.inWordsOfClient(code, text, methodId);
    }

    // Prefetch limits.

    public void onQos(int prefetch, boolean global) {
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

    public void onTransaction() {
        transactional = true;
    }

    public boolean isTransactional() {
        return transactional;
    }

    /** The broker asks for a stop, or to go on. */
    public void onFlow(boolean active) {
        stopped = !active;
    }

    /** That question is passed on to the client. */
    public void oweFlowAnswer() {
        flowAnswersOwed++;
    }

    /** Whether the broker has asked the client to stop or to go on, and has no answer yet. */
    public boolean awaitsFlowAnswer() {
        return flowAnswersOwed > 0;
    }

    public void onFlowAnswer(boolean active) {
        flowAnswersOwed--;
        stopped = !active;
    }
}
