package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Settled deliveries over AMQP 1.0, as fast as they are taken.
 *
 * @param size of a message's body
 * @param connections with a session and a link each, which share the messages
 */
record DeliverStream10(int size, int connections) implements Work {

    private static final int READ_BUFFER = 256 * 1024;

    @Override
    public String name() {
        return "deliver " + Units.size(size) + " x" + connections + " (1.0)";
    }

    @Override
    public long step() {
        return Math.max(10, 2_000_000L / (size + 100)) * connections;
    }

    @Override
    public boolean isForAnyBroker() {
        return false;
    }

    @Override
    public Session open(MeasuredServer target, LoginScript login) throws IOException {
        Running running = new Running();
        try {
            ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER);
            String source = new DeliveryPump.Order(size, 0).queue();
            for (int i = 0; i < connections; i++) {
                running.add(AmqpClient10.open(target, login, i, readBuffer, source));
            }
            return running;
        } catch (IOException | RuntimeException e) {
            running.close();
            throw e;
        }
    }

    private static final class Receiver implements Peers.Peer {
        private final AmqpClient10 client;
        private long expected;

        Receiver(AmqpClient10 client) {
            this.client = client;
        }

        void begin(long count) throws IOException {
            expected += count;
            client.grant(count);
        }

        @Override
        public SocketChannel socket() {
            return client.socket();
        }

        @Override
        public boolean onReady(SelectionKey key) throws IOException {
            if (!client.read()) {
                throw new IOException("A receiver's connection was closed");
            }
            if (client.received() > expected) {
                throw new IOException("More messages than there was credit for");
            }
            return client.received() == expected;
        }
    }

    private static final class Running implements Session {

        private final List<Receiver> receivers = new ArrayList<>();
        private final List<AmqpClient10> clients = new CopyOnWriteArrayList<>();

        void add(AmqpClient10 client) {
            clients.add(client);
            receivers.add(new Receiver(client));
        }

        @Override
        public Latencies run(long count) throws IOException {
            for (int i = 0; i < receivers.size(); i++) {
                receivers.get(i).begin(Peers.share(count, i, receivers.size()));
            }
            Peers.serve(receivers, SelectionKey.OP_READ);
            return Latencies.NONE;
        }

        @Override
        public long published(long count) {
            return 0;
        }

        @Override
        public void close() {
            clients.forEach(AmqpClient10::close);
        }
    }
}
