package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The clients of AMQP 1.0 of one session: opened one after the other, closed all together, by any thread. */
final class Clients10 implements AutoCloseable {

    private static final int READ_BUFFER = 256 * 1024;

    private final List<AmqpClient10> clients = new CopyOnWriteArrayList<>();

    /**
     * Connects, logs in, and opens a session with a link, so many times.
     *
     * @param source the address of a node that the clients receive from; null where they send
     */
    static Clients10 open(MeasuredServer target, LoginScript login, int count, @Nullable String source)
            throws IOException {
        Clients10 opened = new Clients10();
        try {
            ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER);
            for (int i = 0; i < count; i++) {
                opened.clients.add(AmqpClient10.open(target, login, i, readBuffer, source));
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    List<AmqpClient10> all() {
        return new ArrayList<>(clients);
    }

    @Override
    public void close() {
        clients.forEach(AmqpClient10::close);
    }
}
