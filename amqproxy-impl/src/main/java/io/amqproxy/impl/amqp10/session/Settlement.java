package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Type;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the deliveries of one session, both ways (part 2, section 2.6.12): of those that clients send, whose
 * numbers are others at the broker, and of those that the present client gets, which are numbered from 0 on for it.
 * Whatever range is said, it is looked at, and passed on, as far as there is something in it that is not settled.
 */
final class Settlement {

    private final Amqp10Connection connection;
    private final int channel;
    private final DeliveryIds ids;
    private boolean hasReceived;
    private int firstDelivery;
    private final ReceivedDeliveries received = new ReceivedDeliveries();

    Settlement(Amqp10Connection connection, int channel, DeliveryIds ids) {
        this.connection = connection;
        this.channel = channel;
        this.ids = ids;
    }

    private FrameComposer disposition(boolean isReceiver, int first, int last) {
        return connection
                .composer()
                .begin(channel, Type.DISPOSITION)
                .bool(isReceiver)
                .uint(first)
                .uint(last);
    }

    private void write(FrameComposer frame) {
        frame.to(connection.out());
        connection.flush();
    }

    /** A client begins to use the session. */
    void begin() {
        ids.beginClient();
    }

    /** Whether the client has to settle some of what it got before it gets more. */
    boolean isFull() {
        return received.isFull();
    }

    /** The client says what became of deliveries that it got; these are its numbers. */
    void settle(int firstSaid, int lastSaid, Performative disposition) throws AmqpError {
        if (!received.isAnyOpen(firstSaid, lastSaid)) {
            return;
        }
        int first = received.firstOpen(firstSaid, lastSaid);
        int last = received.lastOpen(firstSaid, lastSaid);
        write(disposition(true, first + firstDelivery, last + firstDelivery)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE)
                .within(connection.brokerOpen().maxFrameSize()));
        if (disposition.bool(Performative.DISPOSITION_SETTLED)) {
            received.settle(first, last);
        }
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
            if (count > 0 && id != firstId + count) {
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

    private void tellSettled(int first, int count, Performative disposition) {
        write(disposition(false, first, first + count - 1)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE));
    }

    /** The broker begins a delivery to the client, or goes on with one. */
    void onDelivery(Performative transfer) throws AmqpError {
        int id = transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0);
        if (!hasReceived) {
            hasReceived = true;
            firstDelivery = id;
        }
        received.add(clientDelivery(id), transfer.bool(Performative.TRANSFER_SETTLED));
    }

    int clientDelivery(int id) {
        return id - firstDelivery;
    }

    void onDisposition(Performative disposition, @Nullable SessionHolder to) {
        int first = disposition.uint(Performative.DISPOSITION_FIRST, 0);
        int last = disposition.uint(Performative.DISPOSITION_LAST, first);
        if (disposition.bool(Performative.DISPOSITION_ROLE)) {
            onOutcome(first, last, disposition, to);
        } else {
            onSettled(clientDelivery(first), clientDelivery(last), disposition, to);
        }
    }

    private void onSettled(int firstSaid, int lastSaid, Performative disposition, @Nullable SessionHolder to) {
        if (!received.isAnyOpen(firstSaid, lastSaid)) {
            return;
        }
        int first = received.firstOpen(firstSaid, lastSaid);
        int last = received.lastOpen(firstSaid, lastSaid);
        if (disposition.bool(Performative.DISPOSITION_SETTLED)) {
            received.settle(first, last);
        }
        if (to != null) {
            to.onSettled(first, last, disposition);
        }
    }

    private void onOutcome(int first, int last, Performative disposition, @Nullable SessionHolder to) {
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
        return ids.isOpen(id) && ids.isAwaited(id) == isAwaited && ids.clientId(id) == ids.clientId(id - 1) + 1;
    }
}
