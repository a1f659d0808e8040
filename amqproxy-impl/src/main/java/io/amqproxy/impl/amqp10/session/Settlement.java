package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the deliveries of one session, both ways (part 2, section 2.6.12): of those that clients send, whose
 * numbers are others at the broker, and of those that the present client gets, which go on from those that its session
 * had before. Whatever range is said, it is looked at, and passed on, as far as there is something in it that is not
 * settled.
 */
public final class Settlement {

    /** The code of the outcome (part 3, section 3.4.3). */
    private static final int REJECTED = 0x25;

    private final Amqp10Connection connection;
    private final int channel;
    private final DeliveryIds ids;
    private final ReceivedDeliveries received;
    private boolean isEnded;
    private boolean hasReceived;
    /** Whether something was accepted in a transaction that was not settled with that. */
    private boolean hasTransactional;
    /** The client's number of the first delivery. */
    private int first;
    /** What the broker's numbers are more than the client's. */
    private int offset;

    Settlement(Amqp10Connection connection, int channel, DeliveryIds ids, ReceivedDeliveries received) {
        this.connection = connection;
        this.channel = channel;
        this.ids = ids;
        this.received = received;
    }

    private FrameComposer disposition(boolean isReceiver, int first, int last) {
        return connection
                .composer()
                .begin(channel, CompositeType.DISPOSITION)
                .bool(isReceiver)
                .uint(first)
                .uint(last);
    }

    private void write(FrameComposer frame) {
        if (!isEnded) {
            frame.to(connection.out());
            connection.flush();
        }
    }

    /** The session's end is said, behind which nothing may be: perhaps for what a client heard of a part of a range. */
    void end() {
        isEnded = true;
    }

    /** A client begins to use the session; what it gets is numbered from here on. */
    void begin(int firstDelivery) {
        received.begin(firstDelivery);
        first = firstDelivery;
        hasTransactional = false;
    }

    /** Whether the client has to settle some of what it got before it gets more. */
    boolean isFull() {
        return received.isFull();
    }

    /** The client says what became of deliveries that it got; these are its numbers. */
    void settle(int firstSaid, int lastSaid, Performative disposition) throws AmqpError {
        boolean isSettled = disposition.bool(Performative.DISPOSITION_SETTLED)
                || (connection.brokerOpen().settlesWithOutcome() && disposition.isOutcome());
        if (!isSettled && connection.brokerOpen().closesForSecondOutcomes() && disposition.acceptsInTransaction()) {
            hasTransactional = true;
            received.acceptInTransaction(firstSaid, lastSaid);
        }
        int from = firstSaid;
        while (received.isAnyOpen(from, lastSaid)) {
            int first = received.firstOpen(from, lastSaid);
            int last = endAlike(first + offset, received.lastTogether(first, lastSaid) + offset) - offset;
            write(said(disposition(true, first + offset, last + offset), disposition, isSettled)
                    .within(connection.brokerOpen().maxFrameSize()));
            if (isSettled) {
                received.settle(first, last);
            }
            from = last + 1;
        }
    }

    /**
     * Whether the client has accepted one of these in a transaction, by its numbers, and the broker has not settled it.
     */
    public boolean isAnyInTransaction(int firstSaid, int lastSaid) {
        return hasTransactional && received.isAnyInTransaction(firstSaid, lastSaid);
    }

    /** The link of the first of these that is not settled, by the client's numbers, or null where all are. */
    public @Nullable BrokerLink linkOf(int firstSaid, int lastSaid) {
        return received.link(firstSaid, lastSaid);
    }

    /** A rejection that waits for its settlement is said without its error to a broker that would fall over that. */
    private FrameComposer said(FrameComposer begun, Performative disposition, boolean isSettled) {
        if (!isSettled && disposition.isRejection() && connection.brokerOpen().isQpid()) {
            return begun.bool(false)
                    .state(REJECTED)
                    .copy(disposition, Performative.DISPOSITION_BATCHABLE, Performative.DISPOSITION_BATCHABLE);
        }
        return begun.bool(isSettled)
                .copy(disposition, Performative.DISPOSITION_STATE, Performative.DISPOSITION_BATCHABLE);
    }

    /**
     * The client settles deliveries that it has sent, by its numbers. Those whose outcome it does not know are settled
     * when the broker has said that: some brokers end the session, or the connection, of who settles before. What
     * settles nothing says nothing.
     */
    void settleSent(int first, int last, Performative disposition) throws AmqpError {
        if (!disposition.bool(Performative.DISPOSITION_SETTLED) || last - first < 0) {
            return;
        }
        disposition(false, 0, 0)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE)
                .within(connection.brokerOpen().maxFrameSize());
        int end = ids.endOfClient(last);
        int firstId = 0;
        int count = 0;
        for (int one = ids.firstAwaited(first, last); end - one > 0; one = ids.firstAwaited(one + 1, last)) {
            int id = ids.id(one);
            ids.leave(one);
            if (!ids.isAnswered(id)) {
                continue;
            }
            if (count > 0 && (id != firstId + count || !isAlike(firstId, id))) {
                tellSettled(firstId, count, disposition);
                count = 0;
            }
            firstId = count == 0 ? id : firstId;
            count++;
            ids.settle(id);
        }
        if (count > 0) {
            tellSettled(firstId, count, disposition);
        }
        ids.forgetSettled();
    }

    /** The link of a delivery that the client has sent and not settled, by its number. */
    public @Nullable BrokerLink linkOfSent(int number) {
        return ids.link(ids.id(number));
    }

    /**
     * The client does not hear what the broker has said of a delivery that it has sent and not settled, by its number:
     * it is settled in its place.
     */
    public void settleUnheard(int number) {
        int id = ids.id(number);
        ids.settle(id);
        write(disposition(false, id, id).bool(true));
    }

    private void tellSettled(int first, int count, Performative disposition) {
        write(disposition(false, first, first + count - 1)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE));
    }

    /** The broker begins a delivery to the client, or goes on with one, which is settled by whatever part says so. */
    void onTransfer(BrokerLink link, Performative transfer) throws AmqpError {
        boolean isSettled =
                transfer.bool(Performative.TRANSFER_SETTLED) || transfer.bool(Performative.TRANSFER_ABORTED);
        if (transfer.has(Performative.TRANSFER_DELIVERY_ID)) {
            int id = transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0);
            if (!hasReceived) {
                hasReceived = true;
                offset = id - first;
            }
            link.beginDelivery(clientDelivery(id));
            received.add(link.delivery(), isSettled, link);
        } else if (isSettled && link.isDelivering()) {
            received.settle(link.delivery(), link.delivery());
        }
        if (!transfer.bool(Performative.TRANSFER_MORE) || transfer.bool(Performative.TRANSFER_ABORTED)) {
            link.endDelivery();
        }
    }

    /** The client's number of a delivery of the broker. */
    int clientDelivery(int id) {
        return id - offset;
    }

    void onDisposition(Performative disposition, @Nullable DispositionReceiver to) {
        int first = disposition.uint(Performative.DISPOSITION_FIRST, 0);
        int last = disposition.uint(Performative.DISPOSITION_LAST, first);
        if (disposition.bool(Performative.DISPOSITION_ROLE)) {
            onOutcome(first, last, disposition, to);
        } else {
            onSettled(clientDelivery(first), clientDelivery(last), disposition, to);
        }
    }

    private void onSettled(int firstSaid, int lastSaid, Performative disposition, @Nullable DispositionReceiver to) {
        int from = firstSaid;
        while (received.isAnyOpen(from, lastSaid)) {
            int first = received.firstOpen(from, lastSaid);
            int last = endAlike(first, received.lastTogether(first, lastSaid));
            if (disposition.bool(Performative.DISPOSITION_SETTLED)) {
                received.settle(first, last);
            }
            if (to != null) {
                to.onSettled(first, last, disposition);
            }
            from = last + 1;
        }
    }

    private void onOutcome(int first, int last, Performative disposition, @Nullable DispositionReceiver to) {
        if (last - first < 0) {
            return;
        }
        boolean isSettled = disposition.bool(Performative.DISPOSITION_SETTLED);
        int end = ids.endOf(last);
        for (int id = ids.firstOpen(first, last); end - id > 0; id = ids.firstOpen(id, last)) {
            boolean isAwaited = ids.isAwaited(id);
            int from = id++;
            while (id != end && goesOn(id, isAwaited)) {
                id++;
            }
            if (isAwaited && to != null) {
                to.onOutcome(ids.clientId(from), ids.clientId(id - 1), disposition);
            } else if (!isAwaited && !isSettled) {
                write(disposition(false, from, id - 1).bool(true));
            }
            for (int one = from; one != id; one++) {
                if (isSettled || !isAwaited) {
                    ids.settle(one);
                } else {
                    ids.answer(one);
                }
            }
        }
        ids.forgetSettled();
    }

    /** Whether a delivery belongs to the same range of the client as the one before. */
    private boolean goesOn(int id, boolean isAwaited) {
        return ids.isOpen(id)
                && ids.isAwaited(id) == isAwaited
                && ids.clientId(id) == ids.clientId(id - 1) + 1
                && isAlike(id - 1, id)
                && isAlike(ids.clientId(id - 1), ids.clientId(id));
    }

    /**
     * Whether two numbers are in the same order with a sign, without one, and as they are counted: some peers go
     * through a range by the one, some by the other, and find nothing in one that wraps.
     */
    private static boolean isAlike(int first, int last) {
        return (first ^ last) >= 0;
    }

    /** The last of a range up to where its numbers are {@link #isAlike}. */
    private static int endAlike(int first, int last) {
        return isAlike(first, last) ? last : first < 0 ? -1 : Integer.MAX_VALUE;
    }
}
