package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A connection of the null broker: moves what {@link BrokerProtocol} hears and says. */
final class BrokerConnection {

    private static final int BLOCKS_PER_TURN = 4;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final BrokerProtocol protocol = new BrokerProtocol();
    private final FrameScanner scanner = new FrameScanner(protocol);

    /** Replies that the socket did not take. Nothing is read while there are any, so they are few. */
    private @Nullable ByteBuffer pending;

    BrokerConnection(SocketChannel channel, SelectionKey key) {
        this.channel = channel;
        this.key = key;
    }

    /** The number of messages that came since the last call. */
    long takeCount() {
        return protocol.takeCount();
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }

    /**
     * Reads once.
     *
     * @param buffer to read with
     * @param answers to collect the answers in
     * @return false at the end of the connection
     */
    boolean read(ByteBuffer buffer, FrameBuilder answers) throws IOException {
        answers.buffer().clear();
        protocol.answerTo(answers);
        return scanner.read(channel, buffer) >= 0;
    }

    /**
     * Answers what was read.
     *
     * @return whether the connection goes on
     */
    boolean answer(FrameBuilder answers) throws IOException {
        protocol.confirm();
        ByteBuffer out = answers.buffer().flip();
        if (out.hasRemaining()) {
            write(out);
        }
        if (pending != null || !protocol.pumps().isEmpty()) {
            return onWritable();
        }
        return !protocol.isClosing();
    }

    /** Sends a heartbeat, unless there is something to send anyway. */
    void beat() {
        if (protocol.beats() && pending == null && protocol.pumps().isEmpty()) {
            FrameBuilder frames = new FrameBuilder(ByteBuffer.allocate(Amqp.OVERHEAD));
            try {
                write(frames.frame(Amqp.HEARTBEAT, 0).end().buffer().flip());
                if (pending != null) {
                    waitForRoom();
                }
            } catch (IOException e) {
                // The next read will tell.
            }
        }
    }

    private void write(ByteBuffer out) throws IOException {
        if (protocol.pumps().isEmpty() || !protocol.pumps().element().isWithinBlock()) {
            channel.write(out);
        }
        if (out.hasRemaining()) {
            pending = ByteBuffer.allocate(out.remaining()).put(out).flip();
        }
    }

    /** Writes what waits, and deliveries, until the socket is full. */
    boolean onWritable() throws IOException {
        ArrayDeque<DeliveryPump> pumps = protocol.pumps();
        DeliveryPump current = pumps.peek();
        if (current != null && current.isWithinBlock() && !current.write(channel)) {
            return waitForRoom();
        }
        if (pending != null) {
            channel.write(pending);
            if (pending.hasRemaining()) {
                return waitForRoom();
            }
            pending = null;
        }
        for (int i = 0; i < BLOCKS_PER_TURN && (current = pumps.poll()) != null; i++) {
            if (current.next()) {
                if (!current.write(channel)) {
                    pumps.addFirst(current);
                    return waitForRoom();
                }
                // To the end of the queue, so that all consumers of a connection have their turn.
                pumps.addLast(current);
            }
        }
        if (!pumps.isEmpty()) {
            return waitForRoom();
        }
        key.interestOps(SelectionKey.OP_READ);
        return !protocol.isClosing();
    }

    private boolean waitForRoom() {
        key.interestOps(pending == null ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_WRITE);
        return true;
    }
}
