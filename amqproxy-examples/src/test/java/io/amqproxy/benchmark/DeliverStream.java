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
record DeliverStream(int size, int connections) implements Work {

    private static final int CONSUME = 256;

    @Override
    public String name() {
        return "deliver " + Units.size(size) + " x" + connections;
    }

    @Override
    public long step() {
        return Work.stepOfStream(size) * connections;
    }

    @Override
    public boolean isForAnyBroker() {
        return false;
    }

    @Override
    public Session open(MeasuredServer target, LoginScript login) throws IOException {
        return new Running(Clients.open(target, index -> login, connections, false));
    }

    private static final class Consumer implements Peers.Peer {
        final AmqpClient client;
        long expected;

        Consumer(AmqpClient client) {
            this.client = client;
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

    private final class Running implements Session {

        private final Clients clients;
        private final List<Consumer> consumers;
        private int runs;

        Running(Clients clients) {
            this.clients = clients;
            consumers = clients.all().stream().map(Consumer::new).toList();
        }

        @Override
        public Latencies run(long count) throws IOException {
            runs++;
            for (int i = 0; i < consumers.size(); i++) {
                Consumer consumer = consumers.get(i);
                long share = Peers.share(count, i, consumers.size());
                consumer.expected += share;
                consume(consumer.client, share);
            }
            Peers.serve(consumers, SelectionKey.OP_READ);
            return Latencies.NONE;
        }

        /** Does not wait for the answer, with which the deliveries come. */
        private void consume(AmqpClient client, long count) throws IOException {
            FrameBuilder frames = new FrameBuilder(ByteBuffer.allocate(CONSUME));
            String queue = new DeliveryPump.Order(size, count).queue();
            client.socket()
                    .write(Requests.consume(frames, AmqpClient.CHANNEL, queue, "c" + runs)
                            .buffer()
                            .flip());
        }

        @Override
        public void close() {
            clients.close();
        }
    }
}
