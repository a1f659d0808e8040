package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Type;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the deliveries of one session, both ways (part 2, section 2.6.12): of those that clients send, whose
 * numbers are others at the broker, and of those that the present client gets, which are numbered from 0 on for it.
 */
final class Settlement {

    private final Amqp10Connection connection;
    private final int channel;
    private final DeliveryIds ids;
    private boolean awaitsSettling;
    private boolean hasReceived;
    private int firstDelivery;
    private final ReceivedDeliveries received = new ReceivedDeliveries();

    Settlement(Amqp10Connection connection, int channel, DeliveryIds ids) {
        this.connection = connection;
        this.channel = channel;
        this.ids = ids;
    }

    private FrameComposer composer(Type type) {
        return connection.composer().begin(channel, type);
    }

    private void write(FrameComposer frame) {
        frame.to(connection.out());
        connection.flush();
    }

    /** A client begins to use the session. */
    void begin() {
        awaitsSettling = false;
    }

    /**
     * The client says what became of deliveries that it got; these are its numbers. A range goes no further than what
     * it got and may not have settled: brokers look at each number of one.
     */
    void settle(int firstSaid, int lastSaid, Performative disposition) throws AmqpError {
        int first = received.firstOf(firstSaid);
        int last = received.lastOf(lastSaid);
        if (!hasReceived || last - first < 0) {
            return;
        }
        write(composer(Type.DISPOSITION)
                .bool(true)
                .uint(first + firstDelivery)
                .uint(last + firstDelivery)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE)
                .within(connection.brokerOpen().maxFrameSize()));
        if (disposition.bool(Performative.DISPOSITION_SETTLED)) {
            received.settle(first, last);
        }
    }

    /** The client settles deliveries whose outcome it knows, by its numbers; each that is kept is looked at once. */
    void settleSent(int first, int last, Performative disposition) throws AmqpError {
        if (!awaitsSettling) {
            return; // Some brokers end the session or the connection of who settles before the outcome.
        }
        int id = ids.oldest();
        while (id != ids.next()) {
            int from = id;
            while (id != ids.next() && ids.isOpenIn(id, first, last)) {
                ids.settle(id++);
            }
            if (id == from) {
                id++;
            } else {
                tellSettled(from, id - 1, disposition);
            }
        }
        ids.forgetSettled();
    }

    private void tellSettled(int first, int last, Performative disposition) throws AmqpError {
        write(composer(Type.DISPOSITION)
                .bool(false)
                .uint(first)
                .uint(last)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE)
                .within(connection.brokerOpen().maxFrameSize()));
    }

    /** The broker begins a delivery to the client. */
    void onDelivery(Performative transfer) {
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
        } else if (to != null) {
            to.onSettled(clientDelivery(first), clientDelivery(last), disposition);
        }
    }

    private void onOutcome(int first, int last, Performative disposition, @Nullable SessionHolder to) {
        boolean isSettled = disposition.bool(Performative.DISPOSITION_SETTLED);
        awaitsSettling |= !isSettled;
        int from = ids.firstOf(first);
        int end = ids.endOf(last);
        while (end - from > 0) {
            int next = from + 1;
            while (next != end && ids.clientId(next) == ids.clientId(next - 1) + 1) {
                next++;
            }
            if (to != null) {
                to.onOutcome(ids.clientId(from), ids.clientId(next - 1), disposition);
            }
            for (int id = from; isSettled && id != next; id++) {
                ids.settle(id);
            }
            from = next;
        }
        ids.forgetSettled();
    }
}
