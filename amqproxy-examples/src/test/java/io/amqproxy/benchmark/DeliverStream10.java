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
record DeliverStream10(int size, int connections) implements NullBrokerStream {

    @Override
    public String name() {
        return "deliver " + Units.size(size) + " x" + connections + " (1.0)";
    }

    @Override
    public Session open(MeasuredServer target, LoginScript login) throws IOException {
        String source = new DeliveryPump.Order(size, 0).queue();
        Clients10 clients = Clients10.open(target, login, connections, source);
        List<Receiver> receivers = clients.all().stream().map(Receiver::new).toList();
        return SharedWork.consuming(clients::close, receivers, SelectionKey.OP_READ);
    }

    private static final class Receiver implements SharedWork.Worker {
        private final AmqpClient10 client;
        private long expected;

        Receiver(AmqpClient10 client) {
            this.client = client;
        }

        @Override
        public void begin(long count) throws IOException {
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
}
