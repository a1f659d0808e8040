package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.pool.spi.InboundSession;

/** How a client reads what it is sent, and what it waits for, as its sources need to know. */
public interface ClientFlow {

    /** A connection to the broker that is left unread for a client. */
    interface Source {

        /** The client is not waited for any more. */
        void onReaderGone(ClientFlow client);

        /**
         * The client has read something.
         *
         * @return whether the broker is read now
         */
        boolean goesOnFor(ClientFlow client);
    }

    /** How many octets the client has not read. */
    long unread();

    /** When the client has read something last, in the loop's time. */
    long takenAt();

    /** Since when it has left something unread, in the loop's time; meaningless while there is nothing. */
    long behindSince();

    /** Who it is. */
    InboundSession reader();

    /** How many octets the client has read since it came. */
    long taken();

    /** What went back to the broker for its sake, and may come again. */
    SurplusBudget surplus();

    /** The client has read nothing for too long, while others waited, or next to nothing. */
    void onUnread(boolean nothing);

    /** Tries to write what the client has not read. */
    void flush();

    /** The connection that the client waited for has room for more. */
    void onRoom();

    /**
     * It reads too slowly for others, which is told now and then.
     *
     * @param effect what becomes of that; one of few
     */
    void tellBehind(String effect);

    /** This connection is left unread until the client has read what it was sent. */
    void catchUpFor(Source upstream);

    /** The connection is over, or read again. */
    void forget(Source upstream);
}
