package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import org.jspecify.annotations.Nullable;

/**
 * A link at the broker, as one client has it. Each side of each hop has its own handle for it. A link on which clients
 * send may be kept for the next one; its delivery-count then goes on at the broker, and is told to the client with an
 * offset.
 */
public final class BrokerLink {

    /** Where the link is in its life (part 2, section 2.6.1 to 2.6.6). */
    public enum State {
        /** The broker has not answered the attach. */
        ATTACHING,
        ATTACHED,
        /** The client has detached it, and the broker has not. */
        DETACH_SENT,
        /** The broker has detached it, and the client has not. */
        DETACH_RECEIVED,
        /** No client has it, and the next one that asks for the like may. */
        KEPT,
        /** It was attached and detached in one go, and the broker has not answered the latter. */
        BARRIER
    }

    static final @Nullable BrokerLink[] NONE = {};

    private final int handle;
    private final String name;
    private final boolean isClientSending;
    private final @Nullable SenderRequest request;
    private final long since;
    private State state = State.ATTACHING;

    private byte[] clientName = {};
    private int handleToClient;

    private long askedAt;
    private boolean hasBrokerHandle;
    private int brokerHandle;
    private @Nullable AttachAnswer answer;

    /** How many deliveries were sent, by the broker's count. */
    private int deliveryCount;
    /** Up to which count there may be deliveries. */
    private int limit;

    /** The client's delivery-count less the broker's. */
    private int countOffset;

    private int unsettled;
    private int unanswered;
    private long detachedAt;
    private boolean isOver;
    private boolean isClosed;
    private boolean isDetachHeld;
    private boolean isDelivering;
    private int delivery;
    private boolean hasSent;
    private boolean lastWasSettled;
    private boolean hasClient = true;
    /** Whether the client has it from another session, and is not told that it is attached. */
    private boolean isBrought;

    private boolean toCoordinator;
    /** Whether the client, or the broker to it, has said more of it than what every one does. */
    private boolean isTied;

    /**
     * @param handle in the proxy's direction towards the broker
     * @param name what it is called at the broker
     * @param request what was asked for where another client may have the link later, or null
     * @param since when it was asked for
     */
    public BrokerLink(int handle, String name, boolean isClientSending, @Nullable SenderRequest request, long since) {
        this.handle = handle;
        this.name = name;
        this.isClientSending = isClientSending;
        this.request = request;
        this.since = since;
    }

    /** A kept link for its next client. */
    private BrokerLink(BrokerLink kept) {
        this(kept.handle, kept.name, kept.isClientSending, kept.request, kept.since);
        hasBrokerHandle = kept.hasBrokerHandle;
        brokerHandle = kept.brokerHandle;
        answer = kept.answer;
        deliveryCount = kept.deliveryCount;
        limit = kept.limit;
        hasSent = kept.hasSent;
        lastWasSettled = kept.lastWasSettled;
        state = State.ATTACHED;
    }

    BrokerLink next() {
        return new BrokerLink(this);
    }

    /** What the client has on another session, to be asked for here. */
    public BrokerLink brought(int newHandle, String newName, long now) {
        BrokerLink link = new BrokerLink(newHandle, newName, isClientSending, request, now);
        link.belongTo(clientName, handleToClient);
        link.beginCount(countOfClient(), true);
        link.isBrought = true;
        return link;
    }

    /** Whether the client has it from another session, and knows that it is attached. */
    boolean isBrought() {
        return isBrought;
    }

    /**
     * Whose it is from now on.
     *
     * @param encodedName as the client encoded it
     * @param outgoing the handle in the proxy's direction towards the client
     */
    public void belongTo(byte[] encodedName, int outgoing) {
        clientName = encodedName;
        handleToClient = outgoing;
    }

    /** Whether its client has heard that it is attached. */
    public boolean isToldOf() {
        return hasBrokerHandle || isBrought;
    }

    /** The broker's coordinator of transactions is at its other end. */
    void toCoordinator() {
        toCoordinator = true;
    }

    public boolean isToCoordinator() {
        return toCoordinator;
    }

    /** Whether some brokers fail where its session ends now, before they have answered its attach. */
    boolean isAwaitedAtEnd() {
        return !hasBrokerHandle && (!isClientSending() || toCoordinator || isDetachHeld());
    }

    /** The client that has it, or had it, has left it, and hears no more of it. */
    void disown() {
        hasClient = false;
    }

    boolean hasClient() {
        return hasClient;
    }

    public int handle() {
        return handle;
    }

    public byte[] clientName() {
        return clientName;
    }

    public int handleToClient() {
        return handleToClient;
    }

    String name() {
        return name;
    }

    public boolean isClientSending() {
        return isClientSending;
    }

    @Nullable
    SenderRequest request() {
        return request;
    }

    long since() {
        return since;
    }

    public State state() {
        return state;
    }

    void become(State next) {
        state = next;
    }

    boolean hasBrokerHandle() {
        return hasBrokerHandle;
    }

    int brokerHandle() {
        return brokerHandle;
    }

    /** It is attached at this position of what is said on the connection. */
    void askedAt(long position) {
        askedAt = position;
    }

    long askedAt() {
        return askedAt;
    }

    /** Its detach is at this place among what is sent. */
    void detachedAt(long place) {
        detachedAt = place;
    }

    long detachedAt() {
        return detachedAt;
    }

    /** The client detaches it, and closes it or not. */
    void onDetachOfClient(Performative detach) {
        isClosed = detach.bool(Performative.DETACH_CLOSED);
    }

    /** It is closed, rather than detached only. */
    void close() {
        isClosed = true;
    }

    public boolean isClosed() {
        return isClosed;
    }

    /** Whether its detach is to be said when the broker has answered its attach. */
    boolean isDetachHeld() {
        return isDetachHeld;
    }

    void holdDetach(boolean isHeld) {
        isDetachHeld = isHeld;
    }

    void onAnswer(Performative attach) {
        hasBrokerHandle = true;
        brokerHandle = attach.uint(Performative.ATTACH_HANDLE, 0);
        answer = request == null ? null : AttachAnswer.of(attach, request);
        state = state == State.ATTACHING ? State.ATTACHED : state;
    }

    /** Writes the broker's answer to the client's attach. */
    public FrameComposer tellAttached(FrameComposer frame, Performative attach) {
        return frame.raw(clientName)
                .uint(handleToClient)
                .copy(attach, Performative.ATTACH_ROLE, Performative.ATTACH_PROPERTIES);
    }

    /** Some brokers fail over a receiver that does not say its credit, or a sender its count (section 2.7.4). */
    void checkThatItIsWhole(Performative flow, BrokerOpen broker) throws AmqpError {
        if (broker.failsOverGapsInFlows()
                && !flow.has(isClientSending ? Performative.FLOW_DELIVERY_COUNT : Performative.FLOW_LINK_CREDIT)) {
            throw AmqpError.connection(
                    broker.isClassic() ? AmqpError.DECODE_ERROR : AmqpError.INTERNAL_ERROR,
                    isClientSending
                            ? "flow of a sender without delivery-count"
                            : "flow of a receiver without link-credit");
        }
    }

    /** What the broker answered, of a link that may be kept. */
    public @Nullable AttachAnswer answer() {
        return answer;
    }

    // Credit.

    /** The client begins to count here; a new link counts as its first client does. */
    void beginCount(int ofClient, boolean isNew) {
        deliveryCount = isNew ? ofClient : deliveryCount;
        limit = isNew ? ofClient : limit;
        countOffset = ofClient - deliveryCount;
    }

    /** The client has given up a delivery, which it has counted and the broker will never see. */
    public void onGivenUp() {
        countOffset++;
    }

    void onCredit(Performative flow) {
        int credit = flow.uint(Performative.FLOW_LINK_CREDIT, 0);
        isTied |= flow.bool(Performative.FLOW_DRAIN);
        limit = flow.uint(Performative.FLOW_DELIVERY_COUNT, deliveryCount) + (credit < 0 ? Integer.MAX_VALUE : credit);
    }

    /**
     * The client says something of its own: a drained credit, whatever is available, a question, changes what the
     * broker knows of the link, or goes on to be answered.
     */
    void onFlowOfClient(Performative flow, int pending) {
        int counted = countOfClient() + pending;
        isTied |= flow.bool(Performative.FLOW_DRAIN)
                || flow.bool(Performative.FLOW_ECHO)
                || flow.has(Performative.FLOW_PROPERTIES)
                || flow.uint(Performative.FLOW_AVAILABLE, 0) != 0
                || flow.uint(Performative.FLOW_DELIVERY_COUNT, counted) != counted;
    }

    int deliveryCount() {
        return deliveryCount;
    }

    /** How many deliveries the client may send. */
    public int credit() {
        return Math.max(0, limit - deliveryCount);
    }

    /** The client's count for one of the broker's. */
    public int countOfClient(int ofBroker) {
        return ofBroker + countOffset;
    }

    /** The present count as the client has it. */
    public int countOfClient() {
        return countOfClient(deliveryCount);
    }

    int countOfBroker(int ofClient) {
        return ofClient - countOffset;
    }

    void onSent(boolean isSettled) {
        deliveryCount++;
        unsettled += isSettled ? 0 : 1;
        unanswered += isSettled ? 0 : 1;
        hasSent = true;
        lastWasSettled = isSettled;
    }

    /** A delivery that is not settled has come from the broker. */
    void onReceived() {
        unsettled++;
    }

    /**
     * It is gone, and what was not settled on it is of no interest.
     *
     * @return how much that was
     */
    int end() {
        int left = unsettled;
        unsettled = 0;
        isOver = true;
        return left;
    }

    boolean isOver() {
        return isOver;
    }

    /** The broker sends a delivery with this number of the client, or goes on with it. */
    void beginDelivery(int number) {
        delivery = number;
        isDelivering = true;
    }

    /** What comes next belongs to another delivery. */
    void endDelivery() {
        isDelivering = false;
    }

    boolean isDelivering() {
        return isDelivering;
    }

    /** The client's number of the delivery that the broker sends, if it does. */
    int delivery() {
        return delivery;
    }

    void onSettled() {
        unsettled--;
    }

    void onAnswered() {
        unanswered--;
    }

    /** Deliveries that were sent and of which the broker has said nothing. */
    int unanswered() {
        return unanswered;
    }

    /** Deliveries that were sent, or received, and are not settled. */
    int unsettled() {
        return unsettled;
    }

    /** Whether the last delivery differs from this one in being settled. */
    boolean changes(boolean isSettled) {
        return hasSent && lastWasSettled != isSettled;
    }

    /** Whether it can serve another client once this one has left it. */
    public boolean isKeepable() {
        return request != null
                && answer != null
                && !isTied
                && unsettled == 0
                && (state == State.ATTACHED || state == State.KEPT);
    }

    /** The same as soon as the broker has answered what was sent, without any more of the client. */
    public boolean isKeepableSoon() {
        boolean isThere = state == State.ATTACHING || (state == State.ATTACHED && answer != null);
        return request != null && isThere && !isTied && unsettled == unanswered;
    }

    @Override
    public String toString() {
        return "link " + handle + " (" + state + ")";
    }
}
