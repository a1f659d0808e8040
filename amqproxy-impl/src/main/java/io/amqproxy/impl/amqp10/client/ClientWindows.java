package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.IncomingWindow;
import io.amqproxy.impl.amqp10.session.TransferWindow;

/** The transfers of one session of a client, as far as they are numbered and bounded, both ways (section 2.5.6). */
final class ClientWindows {

    /** The most transfers that the broker may have under way to a client that reads, large ones apart. */
    private static final int MOST_IN_FLIGHT = 1024;

    /** So many numbers may be left out before a delivery. */
    private static final int MOST_LEFT_OUT = 1024;

    private static final int LEAST_IN_FLIGHT = 8;
    /** Of large ones there are fewer. */
    private static final int OCTETS_IN_FLIGHT = 2 * 1024 * 1024;

    /** What the client may have under way to the proxy; it is told anew when half of it is used. */
    private static final int INCOMING = 2048;

    // From the client.
    private int nextIncomingId;
    private int incomingWindow = INCOMING;

    private boolean hasDelivered;
    private int nextDeliveryId;

    // Towards the client.
    private int nextOutgoingId;
    private int remoteWindow;
    /** Octets of a transfer that is among the largest of late; before there was one it is taken for a large one. */
    private int largest = OCTETS_IN_FLIGHT / IncomingWindow.FIRST;

    void onBegin(Performative begin) {
        nextIncomingId = begin.uint(Performative.BEGIN_NEXT_OUTGOING_ID, 0);
        remoteWindow = TransferWindow.left(begin.uint(Performative.BEGIN_INCOMING_WINDOW, 0), 0);
    }

    /**
     * The client says how many transfers it takes, by what it had got when it said so; it cannot have got more than
     * there was.
     */
    void onFlow(Performative flow) throws AmqpError {
        int known = flow.uint(Performative.FLOW_NEXT_INCOMING_ID, 0);
        if (nextOutgoingId - known < 0) {
            throw AmqpError.session(
                    AmqpError.WINDOW_VIOLATION,
                    "next-incoming-id " + Integer.toUnsignedString(known) + " of transfers that were not sent");
        }
        remoteWindow = TransferWindow.left(flow.uint(Performative.FLOW_INCOMING_WINDOW, 0), nextOutgoingId - known);
    }

    /**
     * A transfer of the client.
     *
     * @return whether it has to be told of its window anew
     */
    boolean onTransfer() throws AmqpError {
        nextIncomingId++;
        incomingWindow--;
        if (incomingWindow < 0) {
            throw AmqpError.session(AmqpError.WINDOW_VIOLATION, "incoming window violated");
        }
        return incomingWindow <= INCOMING / 2;
    }

    /**
     * A transfer begins a delivery; their numbers grow, of which the first is any. Some brokers let clients leave
     * numbers out, and the proxy numbers anew.
     */
    void onDelivery(Performative transfer) throws AmqpError {
        if (!count(transfer)) {
            throw AmqpError.session(
                    AmqpError.INVALID_FIELD,
                    "delivery-id " + Integer.toUnsignedString(transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0))
                            + " where " + Integer.toUnsignedString(nextDeliveryId) + " or one soon behind it is next");
        }
    }

    /** A transfer is dropped as its link is gone; it may begin a delivery. */
    void onDropped(Performative transfer) {
        count(transfer);
    }

    private boolean count(Performative transfer) {
        if (!transfer.has(Performative.TRANSFER_DELIVERY_ID)) {
            return true;
        }
        int id = transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0);
        if (hasDelivered && Integer.compareUnsigned(id - nextDeliveryId, MOST_LEFT_OUT) > 0) {
            return false;
        }
        hasDelivered = true;
        nextDeliveryId = id + 1;
        return true;
    }

    /** A delivery, or a part of one, went to the client in so many transfers. */
    void onSent(int frames, int octets) {
        largest = Math.max(octets / frames, largest - largest / 16);
        nextOutgoingId += frames;
        remoteWindow -= frames;
    }

    /** Whether the client takes so many transfers more. */
    boolean hasRoomFor(int frames) {
        return remoteWindow >= frames;
    }

    /**
     * How many transfers the broker may send.
     *
     * @param framesForOne so many each of them may become for the client
     * @param isTight whether there is little memory
     */
    int most(int framesForOne, boolean isTight) {
        int most = isTight ? LEAST_IN_FLIGHT : MOST_IN_FLIGHT;
        int inFlight = Math.max(LEAST_IN_FLIGHT, Math.min(OCTETS_IN_FLIGHT / largest, most));
        return Math.min(bound(framesForOne), inFlight);
    }

    /** The same, however many the proxy wants to be under way. */
    int bound(int framesForOne) {
        return remoteWindow <= 0 ? 0 : Math.max(1, remoteWindow / framesForOne);
    }

    /** Appends the first fields of a flow. */
    FrameComposer appendToFlow(FrameComposer flow) {
        incomingWindow = INCOMING;
        return flow.uint(nextIncomingId)
                .uint(incomingWindow)
                .uint(nextOutgoingId)
                .uint(Integer.MAX_VALUE);
    }

    /** Appends the fields of a begin behind its channel. */
    FrameComposer appendToBegin(FrameComposer begin) {
        return begin.uint(nextOutgoingId).uint(incomingWindow).uint(Integer.MAX_VALUE);
    }
}
