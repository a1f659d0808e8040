package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Messages over AMQP 1.0 as fast as credit and sockets allow, in writes of many at once.
 *
 * @param size of a message's body
 * @param connections with a session and a link each, which share the messages
 * @param settled whether they are sent settled; otherwise the work is done when the broker has accepted all
 */
record SendStream10(int size, int connections, boolean settled) implements Work {

    private static final int READ_BUFFER = 256 * 1024;

    @Override
    public String name() {
        return "send " + Units.size(size) + " x" + connections + (settled ? ", settled" : ", unsettled");
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
            for (int i = 0; i < connections; i++) {
                running.add(AmqpClient10.open(target, login, i, readBuffer));
            }
            return running;
        } catch (IOException | RuntimeException e) {
            running.close();
            throw e;
        }
    }

    private final class Running implements Session {

        private final List<AmqpClient10> clients = new CopyOnWriteArrayList<>();
        private final List<LoadSender10> senders = new ArrayList<>();

        void add(AmqpClient10 client) {
            clients.add(client);
            senders.add(new LoadSender10(client, settled, size));
        }

        @Override
        public Latencies run(long count) throws IOException {
            for (int i = 0; i < senders.size(); i++) {
                senders.get(i).begin(Peers.share(count, i, senders.size()));
            }
            Peers.serve(senders, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            return Latencies.NONE;
        }

        @Override
        public long published(long count) {
            return count;
        }

        @Override
        public void close() {
            clients.forEach(AmqpClient10::close);
        }
    }
}
