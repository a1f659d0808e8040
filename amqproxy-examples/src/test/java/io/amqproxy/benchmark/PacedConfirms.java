package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Confirmed messages at a steady pace below what the ways can do, by turns over the connections. Each is timed from
 * when it was to be sent until its confirm is there, so that whoever holds one up is charged with those that wait
 * behind it.
 *
 * @param size of a message's body
 * @param connections with a channel each
 * @param perSecond messages of all connections together
 */
record PacedConfirms(int size, int connections, int perSecond) implements Work {

    /** So many at most in one run: the time of each is kept. */
    private static final int MOST = 1_000_000;

    private static final long NAP_NANOS = 20_000;

    @Override
    public String name() {
        return "confirmed publish of " + Units.size(size) + " x" + connections + ", " + Units.number(perSecond) + "/s";
    }

    @Override
    public long step() {
        return 100;
    }

    @Override
    public Session open(MeasuredServer target, LoginScript login) throws IOException {
        Clients clients = Clients.open(target, index -> login, connections, true);
        return new Running(clients, PublishStream.block(PublishStream.message(size), 0));
    }

    private final class Running implements Session {

        private final Clients clients;
        private final List<AmqpClient> all;
        private final ByteBuffer message;
        private long begin;
        private long[] nanos = {};
        private int done;
        /** Of each client in this run. */
        private final long[] confirmedBefore = new long[connections];

        private final int[] confirmed = new int[connections];

        private Running(Clients clients, ByteBuffer message) {
            this.clients = clients;
            this.all = clients.all();
            this.message = message;
        }

        @Override
        public Latencies run(long count) throws IOException {
            nanos = new long[(int) published(count)];
            done = 0;
            try (Selector selector = Selector.open()) {
                for (int i = 0; i < connections; i++) {
                    confirmedBefore[i] = all.get(i).confirmed();
                    confirmed[i] = 0;
                    all.get(i).socket().configureBlocking(false);
                    all.get(i).socket().register(selector, SelectionKey.OP_READ, i);
                }
                publish(selector);
            } finally {
                for (AmqpClient client : all) {
                    if (client.socket().isOpen()) {
                        client.socket().configureBlocking(true);
                    }
                }
            }
            return new Latencies(nanos, done);
        }

        private void publish(Selector selector) throws IOException {
            begin = System.nanoTime();
            int sent = 0;
            while (done < nanos.length) {
                while (sent < nanos.length && System.nanoTime() - due(sent) >= 0) {
                    send(all.get(sent++ % connections));
                }
                if (selector.selectNow() == 0) {
                    LockSupport.parkNanos(NAP_NANOS);
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    read((Integer) key.attachment());
                }
                selector.selectedKeys().clear();
            }
        }

        private long due(long index) {
            return begin + index * TimeUnit.SECONDS.toNanos(1) / perSecond;
        }

        private void send(AmqpClient client) throws IOException {
            message.rewind();
            while (message.hasRemaining()) {
                client.socket().write(message);
            }
        }

        /** Its messages are confirmed in their order, which is by turns that of all. */
        private void read(int index) throws IOException {
            AmqpClient client = all.get(index);
            if (!client.read()) {
                throw new IOException("The publisher's connection was closed");
            }
            long now = System.nanoTime();
            while (confirmed[index] < client.confirmed() - confirmedBefore[index]) {
                nanos[done++] = now - due((long) confirmed[index]++ * connections + index);
            }
        }

        @Override
        public long published(long count) {
            return Math.min(count, MOST);
        }

        @Override
        public void close() {
            clients.close();
        }
    }
}
