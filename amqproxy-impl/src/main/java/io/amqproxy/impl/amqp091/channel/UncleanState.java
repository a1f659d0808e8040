package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.buffer.ShortName;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * What a lease does on its channel that would be left there if it ended: consumers, messages that are not settled, a
 * transaction, a stopped flow, prefetch limits. Whoever tells has written, or is about to write, the method.
 */
public final class UncleanState {

    private final Consumers consumers;
    private final DeliveryTags deliveries = new DeliveryTags();
    /** Those that are not answered yet. */
    private int gets;
    /** Whether the message of one of them may have to be acknowledged. */
    private boolean getsToAcknowledge;

    private boolean prefetchPerConsumer;
    private boolean prefetchPerChannel;
    private boolean transactional;
    /** Commits that are not answered yet. */
    private int commits;

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
        commits = 0;
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
        return deliveries.isSettled() && !getsToAcknowledge ? Reason.CLEAN : Reason.UNACKED;
    }

    // Consumers.

    public boolean hasConsumer(String tag) {
        return consumers.has(tag);
    }

    public void onConsume(String tag, Consumers.Kind kind, String queue) {
        consumers.onConsume(tag, kind, queue);
    }

    public void onConsumeOk(String tag) {
        consumers.onConsumeOk(tag);
    }

    /** A queue answers the beginning of the consumer that was asked for last, at some time. */
    public void awaitConsumeOk() {
        consumers.awaitConsumeOk();
    }

    /**
     * Whether a queue has yet to answer the beginning of a consumer. RabbitMQ fails over that answer, with all of the
     * connection, where the channel no longer has the consumer then: as it was cancelled, or by an error.
     */
    private boolean awaitsConsumeOk() {
        return consumers.awaitsConsumeOk();
    }

    /** {@return the tags of the lease's consumers} */
    public List<String> consumerTags() {
        return consumers.tags();
    }

    /** {@return what the consumer with this tag consumes from, as far as that is known, otherwise empty} */
    public String queueOf(String tag) {
        return consumers.queue(tag);
    }

    /**
     * A consumer is cancelled.
     *
     * @return whether there is one, so that the broker's answer is needed
     */
    public boolean onCancel(String tag, Cancelling how) {
        return consumers.cancel(tag, how);
    }

    /**
     * The broker has cancelled a consumer as it was asked to.
     *
     * @return what the client hears
     */
    public Cancelling onCancelOk(String tag) {
        return consumers.onCancelOk(tag);
    }

    /**
     * The broker cancels a consumer.
     *
     * @return false where the lease has none of that tag
     */
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
        gets++;
        getsToAcknowledge |= !noAck;
    }

    /** Whether the broker still has to answer a get. */
    public boolean isGetting() {
        return gets > 0;
    }

    /**
     * The same as {@link #onDelivered}, for a message that a get asked for. Where gets of both kinds have been under
     * way together all of them are taken for those that are acknowledged, until none is: the safe guess.
     */
    public boolean onGetOk(ByteBuffer in, int tagAt) {
        Consumers.Kind kind = getsToAcknowledge ? Consumers.Kind.ACKNOWLEDGED : Consumers.Kind.NOT_ACKNOWLEDGED;
        onGetAnswered();
        if (!deliveries.isNext(in, tagAt)) {
            return false;
        }
        deliveries.onDelivered(in, tagAt, kind);
        return true;
    }

    /** A get is answered, with a message or without. */
    public void onGetAnswered() {
        gets -= gets > 0 ? 1 : 0;
        getsToAcknowledge &= gets > 0;
    }

    /** Whether the client may settle so; for anything else the broker closes the channel. */
    public boolean maySettle(long tag, boolean multiple) {
        return deliveries.maySettle(tag, multiple);
    }

    /**
     * The client settles messages.
     *
     * @return what its tag is to the broker
     */
    public long onSettled(long tag, boolean multiple) {
        return deliveries.onSettled(tag, multiple);
    }

    /** {@return the broker's tag for one of the client's} */
    long tagOfBroker(long ofClient) {
        return deliveries.ofBroker(ofClient);
    }

    /** Tells the broker's tags of what the client has and has not settled, up to this tag of its own; 0 is all. */
    void forEachOpen(long ofClient, LongConsumer told) {
        deliveries.forEachOpen(ofClient, told);
    }

    /** Whether messages that are delivered here can be given back, and this one be kept from the client until then. */
    boolean mayWithhold(long ofBroker) {
        return mayWithhold() && deliveries.mayWithhold(ofBroker);
    }

    /** Whether messages that are delivered here can be given back. */
    boolean mayWithhold() {
        return !transactional && consumers.allAcknowledge();
    }

    /** The client does not get the message with this tag of the broker's. */
    void withhold(long ofBroker) {
        deliveries.withhold(ofBroker);
    }

    /** So many of those that the client did not get go back to their queues. */
    void onGivenBack(int count) {
        deliveries.onGivenBack(count);
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

    /** A transaction is about to be committed. */
    public void onCommit() {
        commits++;
    }

    /** The broker has committed one. */
    public void onCommitted() {
        commits -= commits > 0 ? 1 : 0;
    }

    /**
     * Whether the broker is committing a transaction. For anything that comes on the channel meanwhile, but for its
     * closing, RabbitMQ closes the connection.
     */
    boolean isCommitting() {
        return commits > 0;
    }

    /** Whether what the client says next has to wait for an answer of the broker, as others would suffer from it. */
    public boolean holdsUp() {
        return isCommitting() || awaitsConsumeOk();
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
