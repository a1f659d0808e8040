package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.buffer.ByteQueue;

/**
 * What the client of one session at the broker sends there: when it has to wait before it sends more, and what would be
 * lost if the session ended now.
 */
public final class SessionSender {

    private final Amqp10Connection connection;
    private final SentDeliveries sent;
    private final SessionLinks links;
    /** Whether the present client has sent something settled, of which the broker says nothing. */
    private boolean presettled;

    SessionSender(Amqp10Connection connection, SentDeliveries sent, SessionLinks links) {
        this.connection = connection;
        this.sent = sent;
        this.links = links;
    }

    /** Another client has the session. */
    void begin() {
        presettled = false;
    }

    /** Whether something that the client has sent may be lost with the session. */
    boolean isAtStake() {
        return !sent.ids().isSettled() || presettled;
    }

    /** Whether the client has to wait before it sends more. */
    public boolean isStalled() {
        return sent.isStalled();
    }

    /** Whether the broker takes nothing at present, of its own will: the session's window, or its socket, is full. */
    public boolean isHeldBack() {
        return sent.hasBacklog() || connection.isFull();
    }

    /**
     * Whether this delivery has to wait for what went before on the link: Qpid Broker-J closes the connection where
     * settled and unsettled deliveries of one link come in one read. On a link that the client had elsewhere it thinks
     * that it has credit. The client is told when to try again.
     */
    public boolean mustWait(BrokerLink link, boolean isSettled) {
        if (link.isBrought() && link.credit() == 0) {
            return true;
        }
        if (!connection.brokerOpen().isQpid() || !link.changes(isSettled)) {
            return false;
        }
        if (isSettled) {
            return link.unanswered() > 0;
        }
        return !proves();
    }

    /**
     * Whether the broker has handled all that was sent settled. Otherwise it is asked, and the client is told when to
     * try again.
     */
    public boolean proves() {
        links.prove();
        return links.barrier().isProved();
    }

    /**
     * Writes a transfer of a delivery that comes in parts as the broker gets it; the delivery's number is put in by
     * {@link #send}.
     *
     * @param isFirst whether it begins the delivery
     * @return how many frames there are
     */
    public int gather(BrokerLink link, Performative transfer, int end, boolean isFirst, ByteQueue into)
            throws AmqpError {
        return sent.gather(link, transfer, end, isFirst, into);
    }

    /** Sends a delivery that lies here as a whole, with its payload up to this offset. */
    public void send(BrokerLink link, Performative transfer, int end, int clientId, boolean isSettled)
            throws AmqpError {
        sent.send(link, transfer, end, clientId, isSettled);
        links.onSend(link, transfer, end);
        onSend(isSettled);
    }

    /** Sends a delivery that was gathered, of so many frames, and takes it over. */
    public void send(BrokerLink link, ByteQueue delivery, int frames, int clientId, boolean isSettled)
            throws AmqpError {
        sent.send(link, delivery, frames, clientId, isSettled);
        onSend(isSettled);
    }

    private void onSend(boolean isSettled) {
        if (isSettled) {
            presettled = true;
            links.barrier().onSettledSent();
        }
    }
}
