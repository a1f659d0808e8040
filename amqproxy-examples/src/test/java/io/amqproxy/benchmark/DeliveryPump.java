package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Deliveries to one consumer: a block of them is built once, and gets new delivery tags each time it is written. */
final class DeliveryPump {

    /**
     * What a consumer wants, which the name of the queue says.
     *
     * @param size of each message's body
     * @param count of messages
     */
    record Order(int size, long count) {

        private static final String PREFIX = "deliver";

        String queue() {
            return PREFIX + "." + size + "." + count;
        }

        /** Other queues are empty. */
        static Order parse(String queue) {
            String[] parts = queue.split("\\.", -1);
            return parts.length == 3 && parts[0].equals(PREFIX)
                    ? new Order(Integer.parseInt(parts[1]), Long.parseLong(parts[2]))
                    : new Order(0, 0);
        }
    }

    private static final int BLOCK = 128 * 1024;

    private final ByteBuffer block;
    private final int tagOffset;
    private final int length;
    private final int perBlock;
    private long left;
    private long tag;

    DeliveryPump(int channel, String consumerTag, Order order, long firstTag) {
        this.left = order.count();
        this.tag = firstTag;
        ByteBuffer one = ByteBuffer.allocate(order.size() + 1024);
        tagOffset = Amqp.PAYLOAD + Amqp.ARGUMENTS + 1 + consumerTag.length();
        new FrameBuilder(one)
                .method(channel, Amqp.BASIC_DELIVER)
                .shortString(consumerTag)
                .longLong(0)
                .octet(0)
                .shortString("")
                .shortString("q")
                .end()
                .content(channel, order.size());
        length = one.flip().remaining();
        perBlock = (int) Math.max(1, Math.min(BLOCK / length, left));
        block = ByteBuffer.allocateDirect(perBlock * length);
        for (int i = 0; i < perBlock; i++) {
            block.put(one.duplicate());
        }
    }

    /** Whether a block is not written as a whole, so that nothing else may be written. */
    boolean isWithinBlock() {
        return block.hasRemaining();
    }

    /** Prepares the next block; false where there is none. */
    boolean next() {
        int count = (int) Math.min(perBlock, left);
        left -= count;
        block.clear().limit(count * length);
        for (int i = 0; i < count; i++) {
            block.putLong(i * length + tagOffset, tag++);
        }
        return count > 0;
    }

    /** Writes the block, and tells whether it is written as a whole. */
    boolean write(SocketChannel channel) throws IOException {
        channel.write(block);
        return !block.hasRemaining();
    }
}
