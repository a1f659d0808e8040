package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.List;

/**
 * Messages as fast as they are taken, in writes of many at once.
 *
 * @param size of a message's body
 * @param connections with a channel each, which share the messages
 * @param confirms whether the broker confirms them; nobody waits for it before the end
 * @param tenants how many users, each with a vhost of its own, the connections belong to
 */
record PublishStream(int size, int connections, boolean confirms, int tenants) implements MessageStream {

    private static final int BLOCK = 128 * 1024;

    @Override
    public String name() {
        return "publish " + Units.size(size) + " x" + connections + (confirms ? ", confirmed" : "");
    }

    @Override
    public Session open(MeasuredServer target, LoginScript login) throws IOException {
        Clients clients = Clients.open(
                target, index -> tenants == 1 ? login : login.tenant(index % tenants), connections, confirms);
        ByteBuffer message = message(size);
        ByteBuffer block = block(message, BLOCK);
        List<LoadPublisher> publishers = clients.all().stream()
                .map(client -> new LoadPublisher(client, confirms, block, message.remaining()))
                .toList();
        return SharedWork.publishing(clients::close, publishers, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }

    /** Messages one after the other. */
    static ByteBuffer block(ByteBuffer message, int blockSize) {
        int count = Math.max(1, blockSize / message.remaining());
        ByteBuffer block = ByteBuffer.allocateDirect(count * message.remaining());
        for (int i = 0; i < count; i++) {
            block.put(message.duplicate());
        }
        return block.flip();
    }

    static ByteBuffer message(int size) {
        FrameBuilder frames = new FrameBuilder(ByteBuffer.allocate(size + 256));
        return frames.publish(AmqpClient.CHANNEL, Requests.ROUTING_KEY, size)
                .buffer()
                .flip();
    }
}
