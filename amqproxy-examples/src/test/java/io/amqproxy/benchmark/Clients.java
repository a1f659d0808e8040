package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntFunction;

/** The clients of one session: opened one after the other, closed all together, by any thread. */
final class Clients implements AutoCloseable {

    private static final int READ_BUFFER = 256 * 1024;

    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER);
    private final List<AmqpClient> clients = new CopyOnWriteArrayList<>();

    /** Connects, logs in, and opens a channel, so many times. */
    static Clients open(MeasuredServer target, IntFunction<LoginScript> logins, int count, boolean confirms)
            throws IOException {
        Clients opened = new Clients();
        try {
            for (int i = 0; i < count; i++) {
                AmqpClient client = AmqpClient.connect(target, opened.readBuffer);
                opened.clients.add(client);
                client.open(logins.apply(i), confirms);
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    List<AmqpClient> all() {
        return new ArrayList<>(clients);
    }

    @Override
    public void close() {
        clients.forEach(AmqpClient::close);
    }
}
