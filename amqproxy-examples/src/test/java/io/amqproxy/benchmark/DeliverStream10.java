package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * Settled deliveries over AMQP 1.0, as fast as they are taken.
 *
 * @param size of a message's body
 * @param connections with a session and a link each, which share the messages
 */
record DeliverStream10(int size, int connections) implements Work {

    @Override
    public String name() {
        return "deliver " + Units.size(size) + " x" + connections + " (1.0)";
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
        String source = new DeliveryPump.Order(size, 0).queue();
        return new Running(Clients10.open(target, login, connections, source));
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

        private final Clients10 clients;
        private final List<Receiver> receivers;

        Running(Clients10 clients) {
            this.clients = clients;
            receivers = clients.all().stream().map(Receiver::new).toList();
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
            clients.close();
        }
    }
}
