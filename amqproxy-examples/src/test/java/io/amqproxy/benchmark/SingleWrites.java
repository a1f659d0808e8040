package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Messages as fast as they are taken, each in a write of its own, by turns over the connections.
 *
 * @param size of a message's body
 * @param connections with a channel each
 */
record SingleWrites(int size, int connections) implements Work {

    private static final int BARRIER = 256;

    @Override
    public String name() {
        return "publish " + Units.size(size) + " x" + connections + ", one write each";
    }

    @Override
    public long step() {
        return 1_000;
    }

    @Override
    public Session open(MeasuredServer target, LoginScript login) throws IOException {
        Clients clients = Clients.open(target, index -> login, connections, false);
        ByteBuffer message = PublishStream.block(PublishStream.message(size), 0);
        return new Session() {
            @Override
            public Latencies run(long count) throws IOException {
                publish(clients.all(), message, count);
                return Latencies.NONE;
            }

            @Override
            public long published(long count) {
                return count;
            }

            @Override
            public void close() {
                clients.close();
            }
        };
    }

    private static void publish(List<AmqpClient> all, ByteBuffer message, long count) throws IOException {
        for (long i = 0; i < count; i++) {
            AmqpClient client = all.get((int) (i % all.size()));
            message.rewind();
            while (message.hasRemaining()) {
                client.socket().write(message);
            }
        }
        for (AmqpClient client : all) {
            FrameBuilder barrier = new FrameBuilder(ByteBuffer.allocate(BARRIER));
            client.call(Requests.queueDeclare(barrier, AmqpClient.CHANNEL), Amqp.QUEUE_DECLARE_OK);
        }
    }
}
