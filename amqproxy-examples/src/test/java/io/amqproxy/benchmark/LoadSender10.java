package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** One connection of a {@link SendStream10}: writes blocks of transfers as far as its credit goes. */
final class LoadSender10 implements SharedWork.Worker {

    private static final int BLOCK = 128 * 1024;
    private static final int BLOCKS_PER_TURN = 4;

    private final AmqpClient10 client;
    private final boolean settled;
    private final ByteBuffer block;
    private final int messageLength;

    private long sent;
    private long goal;
    private long toSettle;

    LoadSender10(AmqpClient10 client, boolean settled, int size) {
        this.client = client;
        this.settled = settled;
        ByteBuffer message = Requests10.transfer(new FrameBuilder10(ByteBuffer.allocate(size + 256)), settled, size)
                .buffer()
                .flip();
        block = PublishStream.block(message, BLOCK).limit(0);
        messageLength = message.remaining();
    }

    @Override
    public SocketChannel socket() {
        return client.socket();
    }

    @Override
    public void begin(long count) {
        goal = sent + count;
        toSettle += settled ? 0 : count;
    }

    @Override
    public boolean onReady(SelectionKey key) throws IOException {
        if (key.isReadable() && !client.read()) {
            throw new IOException("A sender's connection was closed");
        }
        write(key);
        return sent == goal && !block.hasRemaining() && client.settled() >= toSettle;
    }

    private void write(SelectionKey key) throws IOException {
        for (int i = 0; i < BLOCKS_PER_TURN; i++) {
            if (!block.hasRemaining() && !next()) {
                key.interestOps(SelectionKey.OP_READ);
                return;
            }
            client.socket().write(block);
            if (block.hasRemaining()) {
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
                return;
            }
        }
        key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }

    /** Numbers the deliveries of the next block; false where there is nothing to send, or no credit. */
    private boolean next() {
        long count = Math.min(Math.min(goal, client.limit()) - sent, block.capacity() / messageLength);
        if (count <= 0) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            block.clear();
            block.putInt(i * messageLength + Amqp10.DELIVERY_ID_AT, (int) sent++);
        }
        block.clear().limit((int) count * messageLength);
        return true;
    }
}
