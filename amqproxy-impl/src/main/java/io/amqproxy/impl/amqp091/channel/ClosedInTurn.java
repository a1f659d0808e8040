package io.amqproxy.impl.amqp091.channel;

/** A channel whose close may have to wait for those of others. */
public interface ClosedInTurn {

    /**
     * It is its turn.
     *
     * @return whether it waited for that
     */
    boolean closeInTurn();
}
