package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.Amqp10Connection;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps clients that share a connection to the broker out of each other's transactions (part 4). Brokers number those
 * by connection, and let whoever says such a number work in the transaction and some discharge it; for one that they do
 * not know, or a message to a coordinator that they cannot read, some close the connection. Here a client hears what
 * the broker would say. On a connection that is its alone the broker says so itself.
 */
final class TransactionGuard {

    /** The condition of Classic for what failed, and of Artemis for what it could not read. */
    private static final String FAILED = "failed";

    /** Classic reads so many octets of what a transaction is called. */
    private static final int CLASSIC_ID = 8;

    /** Transactions of one session. */
    private static final int MOST = 1024;

    /** The transactions of the client, on all its sessions. */
    interface Declared {
        /** Whether one of this connection has the id at this offset, or -1 for none, and is open. */
        boolean hasTransaction(Amqp10Connection connection, ByteBuffer in, int id);
    }

    private final InboundSession client;
    private final Declared declared;

    TransactionGuard(InboundSession client, Declared declared) {
        this.client = client;
        this.declared = declared;
    }

    /** Whether the broker may be left to say what it thinks. */
    private boolean isAlone(UpstreamSession bound) {
        return bound.session().isOnlyOf(client);
    }

    private boolean isKnown(UpstreamSession bound, Performative what, int id) {
        return declared.hasTransaction(bound.session(), what.buffer(), id);
    }

    /**
     * Looks at a transfer that begins a delivery.
     *
     * @param end where its payload ends
     * @return the condition with which it is rejected, or null where the broker may get it
     */
    @Nullable
    String rejection(BrokerLink link, Performative transfer, int end, UpstreamSession bound) throws AmqpError {
        boolean isWhole = !transfer.bool(Performative.TRANSFER_MORE);
        if (link.isToCoordinator()) {
            return isWhole ? rejectionOfControl(transfer, end, bound) : refuseParts(bound);
        }
        if (!transfer.isTransactional()) {
            return null;
        }
        int id = transfer.transaction();
        if (isKnown(bound, transfer, id) || isAlone(bound)) {
            return null;
        }
        BrokerOpen broker = bound.session().brokerOpen();
        if (isWhole && broker.isClassic() && id >= 0 && transfer.idLength(id) >= CLASSIC_ID) {
            return FAILED;
        }
        throw unknown(broker);
    }

    private @Nullable String refuseParts(UpstreamSession bound) throws AmqpError {
        if (bound.session().brokerOpen().keepsTransactions() || !isAlone(bound)) {
            throw AmqpError.link(AmqpError.NOT_IMPLEMENTED, "a message to a coordinator has to come in one frame");
        }
        return null;
    }

    private @Nullable String rejectionOfControl(Performative transfer, int end, UpstreamSession bound)
            throws AmqpError {
        if (transfer.declares(end)) {
            return bound.links().transactions() < MOST ? null : AmqpError.RESOURCE_LIMIT_EXCEEDED;
        }
        int id = transfer.discharged(end);
        if (isKnown(bound, transfer, id) && isReadable(bound, transfer, end)) {
            return null;
        }
        BrokerOpen broker = bound.session().brokerOpen();
        if (isAlone(bound) || (id < 0 && broker.keepsTransactions())) {
            return null; // Artemis rejects what it cannot read.
        }
        if (id < 0 && broker.isQpid()) {
            bound.session()
                    .messageReader(true)
                    .check(transfer.buffer(), transfer.end(), end); // It detaches the link for what is malformed.
        }
        if (id < 0 || (broker.isClassic() && transfer.idLength(id) < CLASSIC_ID)) {
            throw AmqpError.connection(
                    broker.isQpid() ? AmqpError.INTERNAL_ERROR : AmqpError.DECODE_ERROR,
                    "a message to a coordinator that neither declares nor discharges");
        }
        if (broker.keepsTransactions()) {
            return AmqpError.ILLEGAL_STATE;
        }
        return broker.isClassic() ? FAILED : AmqpError.UNKNOWN_TRANSACTION;
    }

    private static boolean isReadable(UpstreamSession bound, Performative transfer, int end) {
        try {
            bound.session().messageReader(true).check(transfer.buffer(), transfer.end(), end);
            return true;
        } catch (AmqpError malformed) {
            return false;
        }
    }

    /**
     * Looks at what becomes of deliveries by the client's numbers.
     *
     * @throws AmqpError of the link of the first of them, or of the connection
     */
    void check(Performative disposition, int first, int last, UpstreamSession bound) throws AmqpError {
        if (bound.settlement().isAnyInTransaction(first, last) && !isAlone(bound)) {
            throw AmqpError.connection(
                    AmqpError.INTERNAL_ERROR, "another outcome of a delivery that was accepted in a transaction");
        }
        if (!disposition.isTransactional()) {
            return;
        }
        int id = disposition.transaction();
        if (isKnown(bound, disposition, id) || bound.settlement().linkOf(first, last) == null || isAlone(bound)) {
            return;
        }
        throw unknown(bound.session().brokerOpen());
    }

    private static AmqpError unknown(BrokerOpen broker) {
        String text = "a transaction that was not declared, or has been discharged";
        if (broker.keepsTransactions()) {
            return AmqpError.connection(AmqpError.INTERNAL_ERROR, text);
        }
        return broker.isClassic()
                ? AmqpError.connection(AmqpError.DECODE_ERROR, text)
                : AmqpError.link(AmqpError.UNKNOWN_TRANSACTION, text);
    }
}
