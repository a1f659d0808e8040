package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.UpstreamSession;

/** What a client sends on one session: counted, and passed on as soon as a delivery is complete. */
final class DeliveriesFromClient {

    private final SessionHost session;
    private final ClientWindows windows;
    private final ClientCredit flow;
    private long count;

    DeliveriesFromClient(SessionHost session, ClientWindows windows, ClientCredit flow) {
        this.session = session;
        this.windows = windows;
        this.flow = flow;
    }

    /** How many were passed on in the lease. */
    long count() {
        return count;
    }

    /** The same, as the lease ends. */
    long endCount() {
        long all = count;
        count = 0;
        return all;
    }

    /** A transfer comes that the link is no more there for. */
    void drop(Performative transfer) throws AmqpError {
        countTransfer();
        windows.onDropped(transfer);
    }

    /** A transfer is about to be taken. */
    void countTransfer() throws AmqpError {
        if (windows.onTransfer()) {
            flow.tellWindow();
        }
    }

    /** Takes a transfer, with its payload up to this offset. */
    void take(ClientLink entry, Performative transfer, int end, UpstreamSession bound) throws AmqpError {
        JudgedOutcome.onTransfer(session.session().judge(), session.number(), transfer, end, entry);
        switch (entry.take(transfer, end, bound, windows)) {
            case SENT -> {
                count++;
                session.session().backpressure().countMessage();
            }
            case GIVEN_UP -> flow.tell(entry.link());
            case REJECTED -> {
                reject(transfer, entry);
                flow.tell(entry.link());
            }
            case GATHERED -> {}
        }
    }

    /** Says in the broker's place that a message is rejected, which it does not get. */
    private void reject(Performative transfer, ClientLink entry) {
        if (!transfer.bool(Performative.TRANSFER_SETTLED)) {
            int id = transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0);
            session.write(session.composer(CompositeType.DISPOSITION)
                    .bool(true)
                    .uint(id)
                    .uint(id)
                    .bool(true)
                    .rejected(entry.rejection(), "unknown or malformed transaction, or one too many"));
        }
    }
}
