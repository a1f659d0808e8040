package io.amqproxy.impl.amqp091.channel;

/**
 * How a channel and the broker take leave of each other. Each may close the channel, or both at once; and the broker
 * goes on delivering until it has said its last word.
 */
final class ClosingHandshake {

    private final ClosedInTurn channel;
    private final Amqp091Connection session;
    private final ProxyMethods own;
    private int unanswered;
    private long begunAt;
    /** Whether the broker has not been told to close it yet, as it closes others. */
    private boolean awaitsTurn;

    private boolean isByBroker;
    /** Whether the broker may or may not know the number any more: nothing is said there again. */
    private boolean isNumberLost;

    ClosingHandshake(ClosedInTurn channel, Amqp091Connection session, ProxyMethods own) {
        this.channel = channel;
        this.session = session;
        this.own = own;
    }

    /** Tells the broker to close the channel; later, if it may be later and the broker closes others. */
    void begin(boolean mayBeLater) {
        begunAt = session.now();
        awaitsTurn = mayBeLater && !isByBroker && session.closesLater(channel);
        if (!awaitsTurn) {
            say();
        }
    }

    private void say() {
        unanswered++;
        own.close();
    }

    /**
     * It is the channel's turn.
     *
     * @return whether it waited for that
     */
    boolean sayInTurn() {
        boolean waited = awaitsTurn;
        awaitsTurn = false;
        if (waited) {
            begunAt = session.now();
            say();
        }
        return waited;
    }

    /** When the broker was told, in the loop's time. */
    long begunAt() {
        return begunAt;
    }

    /** The broker closes the channel, and has no answer yet. */
    void onBrokerClose() {
        isByBroker = true;
    }

    boolean isByBroker() {
        return isByBroker;
    }

    /** The broker's close comes behind ours, for this method. */
    void onCrossed(int methodId) {
        if (!sayInTurn()) {
            // For no method, as when an acknowledgement is overdue: RabbitMQ may have handled our close before.
            isNumberLost = methodId == 0;
            if (!isNumberLost) {
                say();
            }
        }
    }

    /** {@return whether that was the broker's last word} */
    boolean onCloseOk() {
        unanswered--;
        return unanswered == 0;
    }

    /** Nothing more comes: the broker gets its answer, if it has closed the channel. */
    void end() {
        if (isByBroker && !isNumberLost) {
            own.closeOk();
        }
    }

    boolean isNumberLost() {
        return isNumberLost;
    }
}
