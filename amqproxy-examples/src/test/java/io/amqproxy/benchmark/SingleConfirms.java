package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One message at a time on one connection: the next is published when the last is confirmed.
 *
 * @param size of a message's body
 */
record SingleConfirms(int size) implements Work {

    /** So many at most in one run: the time of each is kept. */
    private static final int MOST = 1_000_000;

    @Override
    public String name() {
        return "confirmed publish of " + Units.size(size) + ", one at a time";
    }

    @Override
    public long step() {
        return 100;
    }

    @Override
    public Session open(MeasuredServer target, LoginScript login) throws IOException {
        Clients clients = Clients.open(target, index -> login, 1, true);
        ByteBuffer message = PublishStream.block(PublishStream.message(size), 0);
        return new Session() {
            @Override
            public Latencies run(long count) throws IOException {
                return publish(clients.all().get(0), message, (int) Math.min(count, MOST));
            }

            @Override
            public long published(long count) {
                return Math.min(count, MOST);
            }

            @Override
            public void close() {
                clients.close();
            }
        };
    }

    private static Latencies publish(AmqpClient client, ByteBuffer message, int count) throws IOException {
        long[] nanos = new long[count];
        long confirmed = client.confirmed();
        for (int i = 0; i < count; i++) {
            long begin = System.nanoTime();
            message.rewind();
            while (message.hasRemaining()) {
                client.socket().write(message);
            }
            confirmed++;
            while (client.confirmed() < confirmed) {
                if (!client.read()) {
                    throw new IOException("The publisher's connection was closed");
                }
            }
            nanos[i] = System.nanoTime() - begin;
        }
        return new Latencies(nanos, count);
    }
}
