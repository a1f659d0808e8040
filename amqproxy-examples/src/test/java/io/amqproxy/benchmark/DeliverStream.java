package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * Deliveries without acknowledgement, as fast as they are taken.
 *
 * @param size of a message's body
 * @param connections with a consumer each
 */
record DeliverStream(int size, int connections) implements NullBrokerStream {

    private static final int CONSUME = 256;

    @Override
    public String name() {
        return "deliver " + Units.size(size) + " x" + connections;
    }

    @Override
    public Session open(MeasuredServer target, LoginScript login) throws IOException {
        Clients clients = Clients.open(target, index -> login, connections, false);
        List<Consumer> consumers = clients.all().stream().map(Consumer::new).toList();
        return SharedWork.consuming(clients::close, consumers, SelectionKey.OP_READ);
    }

    private final class Consumer implements SharedWork.Worker {
        private final AmqpClient client;
        private long expected;
        private int runs;

        Consumer(AmqpClient client) {
            this.client = client;
        }

        /** Does not wait for the answer, with which the deliveries come. */
        @Override
        public void begin(long count) throws IOException {
            runs++;
            expected += count;
            FrameBuilder frames = new FrameBuilder(ByteBuffer.allocate(CONSUME));
            String queue = new DeliveryPump.Order(size, count).queue();
            client.socket()
                    .write(Requests.consume(frames, AmqpClient.CHANNEL, queue, "c" + runs)
                            .buffer()
                            .flip());
        }

        @Override
        public SocketChannel socket() {
            return client.socket();
        }

        @Override
        public boolean onReady(SelectionKey key) throws IOException {
            if (!client.read()) {
                throw new IOException("A consumer's connection was closed");
            }
            if (client.messages() > expected) {
                throw new IOException("More messages than were asked for");
            }
            return client.messages() == expected;
        }
    }
}
