package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.TransferWriter;
import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What clients send on one session at the broker: the window that the broker has for it, the transfers that wait for
 * that, and the deliveries that are not settled.
 */
final class SentDeliveries {

    /** Where {@link #gather} leaves room for the delivery's number: behind the handle and a constructor. */
    private static final int ID_AT = FrameComposer.FIRST_FIELD + 6;

    /** What waits for the broker's window. */
    private static final class Backlog {
        private final ByteQueue transfers;
        /** What has to come behind transfers that wait, and behind how many it does. */
        private final ByteQueue behind;

        private final ArrayDeque<Long> places = new ArrayDeque<>(2);

        Backlog(Amqp10Connection connection) {
            transfers = connection.newQueue();
            behind = connection.newQueue();
        }
    }

    private final Amqp10Connection connection;
    private final int channel;
    private final DeliveryIds ids = new DeliveryIds();
    /** There from the first transfer on that has to wait. */
    private @Nullable Backlog backlog;

    private long queued;
    private long moved;
    private final SentFrames said;
    /** A delivery that waits, of which it is noted when it is written, and behind how many transfers it is. */
    private int awaited;

    private long awaitedPlace;
    private boolean isAwaiting;
    private boolean isHeldBack;

    private int nextOutgoingId;
    private int remoteWindow;

    SentDeliveries(Amqp10Connection connection, int channel, SentFrames said) {
        this.connection = connection;
        this.channel = channel;
        this.said = said;
    }

    DeliveryIds ids() {
        return ids;
    }

    int nextOutgoingId() {
        return nextOutgoingId;
    }

    boolean hasBacklog() {
        return backlog != null && !backlog.transfers.isEmpty();
    }

    private Backlog backlog() {
        backlog = backlog == null ? new Backlog(connection) : backlog;
        return backlog;
    }

    void dropBacklog() {
        if (backlog != null) {
            backlog.transfers.clear();
            backlog.behind.clear();
            backlog.places.clear();
        }
        isAwaiting = false;
        tellOfBacklog();
    }

    private void tellOfBacklog() {
        if (isHeldBack != hasBacklog()) {
            isHeldBack = !isHeldBack;
            connection.onHeldBack(isHeldBack);
        }
    }

    /**
     * Sends a frame of another kind behind the transfers that were sent until now.
     *
     * @return what {@link #isWaiting} tells by whether it has yet to be written
     */
    long sendBehind(FrameComposer frame) {
        if (!hasBacklog()) {
            frame.to(connection.out());
            connection.flush();
            return moved;
        }
        frame.to(backlog().behind);
        backlog().places.add(queued);
        return queued;
    }

    boolean isWaiting(long place) {
        return place - moved > 0;
    }

    boolean isStalled() {
        return hasBacklog() || ids.isFull();
    }

    /** Whether the broker takes a transfer now. */
    boolean hasWindow() {
        return !hasBacklog() && remoteWindow > 0;
    }

    /** The broker takes so many transfers, those included that it had not got when it said so. */
    void onWindow(int window, int nextIncomingId) {
        remoteWindow = TransferWindow.left(window, nextOutgoingId - nextIncomingId);
        drain();
    }

    private int most() {
        return connection.brokerOpen().maxFrameSize();
    }

    /** Writes a transfer of a delivery that comes in parts; its number is put in by {@link #send}. */
    int gather(BrokerLink link, Performative transfer, int end, boolean isFirst, ByteQueue into) throws AmqpError {
        TransferWriter writer = connection.transferWriter();
        int frames = writer.begin(channel, link.handle(), isFirst, 0, transfer, end, most());
        writer.to(into);
        return frames;
    }

    /** Sends a delivery that lies here as a whole, with its payload up to this offset. */
    void send(BrokerLink link, Performative transfer, int end, int clientId, boolean isSettled) throws AmqpError {
        TransferWriter writer = connection.transferWriter();
        int frames = writer.begin(channel, link.handle(), true, ids.next(), transfer, end, most());
        check(clientId);
        int id = count(link, clientId, isSettled);
        boolean mayGo = !hasBacklog() && remoteWindow >= frames;
        ByteQueue into = mayGo ? connection.out() : backlog().transfers;
        long before = into.size();
        writer.to(into);
        connection.traffic().bytesIn += into.size() - before;
        if (mayGo) {
            onWritten(frames, id, isSettled);
        } else {
            onQueued(frames, id, isSettled);
        }
    }

    private void onWritten(int frames, int id, boolean isSettled) {
        remoteWindow -= frames;
        nextOutgoingId += frames;
        connection.flush();
        said.say();
        if (!isSettled) {
            said.ask(id);
        }
    }

    private void onQueued(int frames, int id, boolean isSettled) {
        queued += frames;
        if (!isSettled && !isAwaiting) {
            isAwaiting = true;
            awaited = id;
            awaitedPlace = queued;
        }
        drain();
    }

    private void check(int clientId) throws AmqpError {
        if (!ids.canAdd(clientId)) {
            throw AmqpError.link(
                    AmqpError.RESOURCE_LIMIT_EXCEEDED, "too many deliveries since the oldest that is not settled");
        }
    }

    private int count(BrokerLink link, int clientId, boolean isSettled) {
        link.onSent(isSettled);
        connection.traffic().published++;
        return ids.add(clientId, isSettled, link);
    }

    /** Sends a delivery that was gathered, of so many frames, and takes it over. */
    void send(BrokerLink link, ByteQueue delivery, int frames, int clientId, boolean isSettled) throws AmqpError {
        check(clientId);
        int id = count(link, clientId, isSettled);
        delivery.putInt(ID_AT, id);
        connection.traffic().bytesIn += delivery.size();
        if (!hasBacklog() && remoteWindow >= frames) {
            connection.out().take(delivery);
            onWritten(frames, id, isSettled);
        } else {
            backlog().transfers.take(delivery);
            onQueued(frames, id, isSettled);
        }
    }

    /**
     * Sends a message of the proxy's own, for which there is credit and a window, and whose outcome is nobody's here.
     *
     * @return its number
     */
    int sendOwn(BrokerLink link, FrameComposer begun, ByteBuffer message) {
        link.onSent(true);
        int id = ids.add(0, true, link);
        begun.uint(link.handle())
                .uint(id)
                .binary(new byte[] {(byte) id})
                .uint(0)
                .bool(false)
                .to(connection.out(), message, 0, message.limit());
        remoteWindow--;
        nextOutgoingId++;
        connection.flush();
        said.say();
        return id;
    }

    void drain() {
        if (backlog != null) {
            drain(backlog);
            tellOfBacklog();
        }
    }

    private void drain(Backlog waiting) {
        while (remoteWindow > 0 && !waiting.transfers.isEmpty()) {
            remoteWindow--;
            nextOutgoingId++;
            moveFirst(waiting.transfers);
            moved++;
            said.say();
            if (isAwaiting && awaitedPlace == moved) {
                isAwaiting = false;
                said.ask(awaited);
            }
            while (!waiting.places.isEmpty() && waiting.places.peek() == moved) {
                waiting.places.remove();
                moveFirst(waiting.behind);
                said.say();
            }
        }
    }

    private void moveFirst(ByteQueue from) {
        from.moveFirst(from.firstInt() & 0xFFFF_FFFFL, connection.out());
        connection.flush();
    }
}
