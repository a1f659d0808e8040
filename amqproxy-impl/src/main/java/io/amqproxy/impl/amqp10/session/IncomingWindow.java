package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;

/**
 * How many transfers the broker may send on one session (part 2, section 2.5.6): as many as its client takes, so that
 * one that reads slowly slows itself.
 */
public final class IncomingWindow {

    /**
     * What the broker may send before the client has said how much it takes, and before it is known how large that is.
     */
    public static final int FIRST = 64;

    /** What the proxy may send, as far as it is concerned. */
    static final int OUTGOING = Integer.MAX_VALUE;

    private final Amqp10Connection connection;
    private final int channel;
    private final SentDeliveries sent;
    private boolean begun;
    private int nextIncomingId;
    /** What the broker may send yet; less than 0 where it sent what was under way when that became less. */
    private int window = FIRST;

    IncomingWindow(Amqp10Connection connection, int channel, SentDeliveries sent) {
        this.connection = connection;
        this.channel = channel;
        this.sent = sent;
    }

    void onBegin(Performative begin) {
        begun = true;
        nextIncomingId = begin.uint(Performative.BEGIN_NEXT_OUTGOING_ID, 0);
    }

    void onTransfer() {
        nextIncomingId++;
        window--;
    }

    /** The window is this large now; a flow follows. */
    void take(int wanted) {
        window = wanted;
    }

    /** Tells the broker of a larger window, if that is worth it. */
    void widen(int wanted) {
        if (wanted > 0 && wanted - window >= (wanted + 1) / 2) {
            window = wanted;
            flow().to(connection.out());
            connection.flush();
        }
    }

    /** Tells the broker of a window that is no larger than this, if it has had a larger one. */
    void narrow(int most) {
        if (most < window) {
            window = most;
            flow().to(connection.out());
            connection.flush();
        }
    }

    /** A flow with the session's part of its fields. */
    FrameComposer flow() {
        FrameComposer frame = connection.composer().begin(channel, CompositeType.FLOW);
        if (begun) {
            frame.uint(nextIncomingId);
        } else {
            frame.none();
        }
        return frame.uint(Math.max(0, window)).uint(sent.nextOutgoingId()).uint(OUTGOING);
    }
}
