package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Settled deliveries on one link of AMQP 1.0: a block of them is built once, and numbered each time it is written. */
final class DeliveryPump10 {

    private static final int BLOCK = 128 * 1024;

    private final ByteBuffer block;
    private final int length;
    private long sent;
    private long limit;

    DeliveryPump10(int channel, int handle, int size) {
        ByteBuffer one = new FrameBuilder10(ByteBuffer.allocate(size + 256))
                .begin(Amqp10.AMQP_FRAME, channel, Amqp10.TRANSFER)
                .number(handle)
                .number(0)
                .binary((byte) 1, (byte) 2, (byte) 3, (byte) 4)
                .number(0)
                .flag(true)
                .payload()
                .data(size)
                .endWithPayload()
                .buffer()
                .flip();
        length = one.remaining();
        block = PublishStream.block(one, BLOCK);
    }

    /** The link may have sent so many messages at the most, since it was attached. */
    void limit(long messages) {
        limit = messages;
    }

    /**
     * Writes what credit and window allow, and waits for the socket.
     *
     * @param firstId the number of the next delivery
     * @param window so many transfers the session takes
     * @return how many messages were written
     */
    long write(SocketChannel channel, long firstId, long window) throws IOException {
        long most = Math.min(limit - sent, window);
        long written = 0;
        while (written < most) {
            int count = (int) Math.min(most - written, block.capacity() / length);
            block.clear();
            for (int i = 0; i < count; i++) {
                block.putInt(i * length + Amqp10.DELIVERY_ID_AT, (int) (firstId + written + i));
            }
            block.limit(count * length);
            while (block.hasRemaining()) {
                channel.write(block);
            }
            written += count;
        }
        sent += written;
        return written;
    }
}
