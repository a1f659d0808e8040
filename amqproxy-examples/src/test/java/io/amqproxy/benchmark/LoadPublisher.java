package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** One connection of a {@link PublishStream}: writes blocks of messages as fast as the socket takes them. */
final class LoadPublisher implements SharedWork.Worker {

    private static final int BLOCKS_PER_TURN = 4;

    private final AmqpClient client;
    private final boolean confirms;
    private final ByteBuffer block;
    private final int messageLength;
    private final ByteBuffer barrier;
    private long left;
    private long toConfirm;
    private boolean declared;
    private boolean barrierSent;

    /** @param block messages one after the other; shared, only its content is used */
    LoadPublisher(AmqpClient client, boolean confirms, ByteBuffer block, int messageLength) {
        this.client = client;
        this.confirms = confirms;
        this.block = block.duplicate();
        this.messageLength = messageLength;
        FrameBuilder frames = new FrameBuilder(ByteBuffer.allocate(256));
        this.barrier =
                Requests.queueDeclare(frames, AmqpClient.CHANNEL).buffer().flip();
    }

    @Override
    public SocketChannel socket() {
        return client.socket();
    }

    @Override
    public void begin(long count) {
        left = count;
        toConfirm += count;
        declared = false;
        barrierSent = confirms;
        barrier.rewind();
        next();
    }

    private void next() {
        block.rewind().limit((int) Math.min(block.capacity(), left * messageLength));
    }

    /** Writes and reads what can be; true when the broker has answered for all of it. */
    @Override
    public boolean onReady(SelectionKey key) throws IOException {
        if (key.isWritable()) {
            write(key);
        }
        if (key.isReadable()) {
            if (!client.read()) {
                throw new IOException("A publisher's connection was closed");
            }
            declared |= client.heard() == Amqp.QUEUE_DECLARE_OK;
        }
        return isDone();
    }

    private boolean isDone() {
        if (left > 0 || !barrierSent) {
            return false;
        }
        return confirms ? client.confirmed() == toConfirm : declared;
    }

    private void write(SelectionKey key) throws IOException {
        for (int i = 0; i < BLOCKS_PER_TURN && left > 0; i++) {
            client.socket().write(block);
            if (block.hasRemaining()) {
                return;
            }
            left -= block.limit() / messageLength;
            next();
        }
        if (left == 0 && !barrierSent) {
            client.socket().write(barrier);
            barrierSent = !barrier.hasRemaining();
        }
        if (left == 0 && barrierSent) {
            key.interestOps(SelectionKey.OP_READ);
        }
    }
}
