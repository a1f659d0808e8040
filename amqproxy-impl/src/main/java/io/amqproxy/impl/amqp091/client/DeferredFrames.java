package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.LoopContext;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client has sent on channels that wait for an answer of the broker, while its other channels go on: a queue
 * without a leader answers a consumer late or never, which is the affair of one channel. It is taken in its order once
 * the answer is there, inside of no other call. Beyond a bound the client is not read.
 */
final class DeferredFrames implements LoopContext.TurnWork {

    /** Octets of one client, of all its channels. */
    static final int MOST = 64 * 1024;

    /** Whose frames they are. */
    interface Client {

        /** The loop that it is on: a client moves. */
        LoopContext loop();

        boolean isOpen();

        /** Whether it is not read, whatever it waits for. */
        boolean isPaused();

        /** Whether a channel of this number still waits for the broker. */
        boolean isHeldUp(int number);

        /** It is not read while too much waits, or may be read. */
        void setWaitingForDeferred(boolean waiting);

        void readAgain();

        /**
         * Takes frames of one channel that had to wait, up to the first that has to wait for something else.
         *
         * @return where that begins
         */
        int takeAgain(ByteBuffer frames) throws AmqpException;

        /** What came may not be sent. */
        void onOffence(AmqpException offence);

        void onFault(RuntimeException fault);
    }

    private final Client client;
    private @Nullable Map<Integer, ByteQueue> byNumber;
    private int octets;
    /** Whether it will be looked at before the present turn is over. */
    private boolean putOff;
    /** Whether the client is not read until some of it is taken. */
    private boolean awaited;

    DeferredFrames(Client client) {
        this.client = client;
    }

    boolean isEmpty() {
        return byNumber == null;
    }

    /** Whether frames of this channel wait, so that those behind them have to. */
    boolean has(int number) {
        return byNumber != null && byNumber.containsKey(number);
    }

    /**
     * Puts a frame aside.
     *
     * @return whether there is room for it; otherwise the client is not read, and it comes again
     */
    boolean add(int number, ByteBuffer in, int at, int length) {
        if (octets + length > MOST) {
            await();
            return false;
        }
        if (byNumber == null) {
            byNumber = new HashMap<>();
        }
        byNumber.computeIfAbsent(number, channel -> ByteQueue.tight(client.loop().chunks))
                .append(in, at, at + length);
        octets += length;
        return true;
    }

    /** The client is not read until some of what waits is taken: there is more than there may be, or it is leaving. */
    void await() {
        awaited = true;
        client.setWaitingForDeferred(true);
    }

    /** Something that a channel waits for may be there. */
    void goOn() {
        if ((awaited || byNumber != null) && !putOff) {
            putOff = true;
            client.loop().putOff(this);
        }
    }

    @Override
    public void onTurn() {
        putOff = false;
        boolean resumes = awaited;
        if (resumes) {
            awaited = false;
            client.setWaitingForDeferred(false);
        }
        List<Integer> numbers = byNumber == null ? List.of() : new ArrayList<>(byNumber.keySet());
        for (int number : numbers) {
            if (!client.isPaused() && client.isOpen() && has(number) && !client.isHeldUp(number)) {
                take(number);
            }
        }
        if (resumes && !awaited && client.isOpen()) {
            client.readAgain();
        }
    }

    /** What still has to wait is put aside again. */
    private void take(int number) {
        ByteBuffer frames = ByteBuffer.wrap(remove(number));
        int at = 0;
        try {
            at = client.takeAgain(frames);
        } catch (AmqpException offence) {
            client.onOffence(offence);
            return;
        }
        if (at < frames.limit() && client.isOpen()) {
            add(number, frames, at, frames.limit() - at);
        }
    }

    private byte[] remove(int number) {
        ByteQueue queue = byNumber == null ? null : byNumber.remove(number);
        if (queue == null) {
            return new byte[0];
        }
        if (byNumber != null && byNumber.isEmpty()) {
            byNumber = null;
        }
        byte[] frames = queue.toArray();
        queue.clear();
        octets -= frames.length;
        return frames;
    }

    /** The client is gone. */
    void end() {
        if (byNumber != null) {
            byNumber.values().forEach(ByteQueue::clear);
            byNumber = null;
        }
        octets = 0;
        awaited = false;
    }

    @Override
    public void onFault(RuntimeException fault) {
        client.onFault(fault);
    }
}
