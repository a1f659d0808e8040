package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.session.Amqp10Connection;
import io.amqproxy.impl.amqp10.session.RoomWaiter;
import io.amqproxy.impl.pool.spi.InboundBackpressure;
import io.amqproxy.impl.pool.spi.InboundSession;

/** What a client of AMQP 1.0 waits for: to be read itself, too. */
final class ClientBackpressure10 extends InboundBackpressure implements RoomWaiter {

    private final UnreadAnswers answers = new UnreadAnswers();
    private boolean reader;

    ClientBackpressure10(InboundSession client) {
        super(client);
    }

    boolean isWaiting() {
        return isForMemory() || reader || isHeldUp();
    }

    @Override
    public void end() {
        super.end();
        reader = false;
    }

    /** The client is not read until {@link #onRoom}: the connection tells of room, or the session of progress. */
    void forRoom(Amqp10Connection upstream) {
        awaitRoom();
        upstream.tellWhenThereIsRoom(this);
    }

    /**
     * The same where there is no room for anything more.
     *
     * @return whether that is so
     */
    boolean forRoomIfFull(Amqp10Connection upstream) {
        if (upstream.isFull()) {
            forRoom(upstream);
        }
        return isForRoom();
    }

    /** The client is not read until {@link #onRoom}: it is to hear of the end of a session before it goes on. */
    void forEndingSession() {
        awaitRoom();
    }

    /** Stops or goes on taking bytes, as {@link IncompleteDeliveries} says. */
    void forMemory(boolean waiting) {
        if (waiting) {
            awaitMemory();
        } else {
            onMemory();
        }
    }

    /** The client is told something in so many octets, which it may have asked for without end. */
    void onAnswer(long octets) {
        answers.add(octets);
        reader |= answers.areTooMany();
    }

    /** It is sent so many octets of messages, for which it has a window. */
    void onDelivery(long octets) {
        answers.addOthers(octets);
    }

    void onSent() {
        answers.onSent(client().out().size());
        if (reader && !answers.areTooMany()) {
            reader = false;
            client().readAgain();
        }
    }
}
