package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.session.Amqp10Connection;
import io.amqproxy.impl.amqp10.session.RoomWaiter;
import io.amqproxy.impl.core.IncompleteTurn;
import io.amqproxy.impl.limit.UserQuota;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Throttle;
import org.jspecify.annotations.Nullable;

/** What a client that is not read waits for: it is read again when nothing is left to wait for. */
final class ClientBackpressure10 implements RoomWaiter, IncompleteTurn.Sender {

    private final InboundSession client;
    private final UnreadAnswers answers = new UnreadAnswers();
    private boolean lease;
    private boolean room;
    private boolean memory;
    private boolean reader;
    private @Nullable Throttle throttle;
    /** When it was last let go on after it had waited for memory; and for anything that is not its own doing. */
    private long memoryAt;

    private long resumedAt;

    ClientBackpressure10(InboundSession client) {
        this.client = client;
        this.memoryAt = client.loop().now;
        this.resumedAt = memoryAt;
    }

    boolean isWaiting() {
        return memory || reader || isHeldUp();
    }

    @Override
    public boolean isForMemory() {
        return memory;
    }

    /** Whether it waits for the pool, for the broker, or for its user's rate. */
    @Override
    public boolean isHeldUp() {
        return lease || room || (throttle != null && throttle.isHeld());
    }

    /** When the client was last let go on after it had waited for memory. */
    @Override
    public long memoryAt() {
        return memoryAt;
    }

    /** When it was last let go on after it had waited for anything but what it has to read. */
    @Override
    public long resumedAt() {
        return resumedAt;
    }

    private void resume() {
        resumedAt = client.loop().now;
        client.readAgain();
    }

    /** The client is gone, or takes leave, and waits for nothing. */
    void end() {
        lease = false;
        room = false;
        memory = false;
        reader = false;
        if (throttle != null) {
            throttle.end();
            throttle = null;
        }
    }

    void forLease(boolean waiting) {
        boolean resumes = lease && !waiting;
        lease = waiting;
        if (resumes) {
            resume();
        }
    }

    /** The client is not read until {@link #onRoom}: the connection tells of room, or the session of progress. */
    void forRoom(Amqp10Connection upstream) {
        room = true;
        upstream.tellWhenThereIsRoom(this);
    }

    /** The same where there is no room for anything more; returns whether that is so. */
    boolean forRoomIfFull(Amqp10Connection upstream) {
        if (upstream.isFull()) {
            forRoom(upstream);
        }
        return room;
    }

    @Override
    public void onRoom() {
        if (room) {
            room = false;
            resume();
        }
    }

    /** Stops or goes on taking bytes, as {@link IncompleteDeliveries} says. */
    void forMemory(boolean waiting) {
        boolean resumes = memory && !waiting;
        memory = waiting;
        if (resumes) {
            memoryAt = client.loop().now;
            resume();
        }
    }

    /** The client sends no faster than its part of this allows; {@code onEnd} gives that part back. */
    void share(UserQuota allowance, Runnable onEnd) {
        throttle = new Throttle(client, allowance, this::resume, onEnd);
    }

    /** The client has sent a message. */
    void countMessage() {
        if (throttle != null) {
            throttle.countMessage();
        }
    }

    /** So many octets of the client were taken. */
    void onTaken(int octets) {
        if (throttle != null) {
            throttle.onTaken(octets);
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
        answers.onSent(client.out().size());
        if (reader && !answers.areTooMany()) {
            reader = false;
            client.readAgain();
        }
    }
}
