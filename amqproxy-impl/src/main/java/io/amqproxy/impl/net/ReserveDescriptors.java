package io.amqproxy.impl.net;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets kept back for the time when the process has no file descriptors left: with them clients that cannot be served
 * are accepted and closed at once rather than left waiting, and connections to the broker are opened all the same.
 */
final class ReserveDescriptors {

    private static final Logger log = LoggerFactory.getLogger(ReserveDescriptors.class);
    private static final int COUNT = 16;

    private final Queue<SocketChannel> spare = new ConcurrentLinkedQueue<>();

    /** Takes as many as are missing, or as there are. */
    void fill() {
        try {
            for (int missing = COUNT - spare.size(); missing > 0; missing--) {
                spare.add(SocketChannel.open());
            }
        } catch (IOException none) {
            log.debug("There are no more file descriptors to keep back", none);
        }
    }

    /** {@return a socket, one of those kept back if there is no other} */
    SocketChannel open() throws IOException {
        try {
            return SocketChannel.open();
        } catch (IOException none) {
            SocketChannel kept = spare.poll();
            if (kept == null) {
                throw none;
            }
            return kept;
        }
    }

    /**
     * Gives one descriptor back to the process.
     *
     * @return whether there was one
     */
    boolean release() {
        SocketChannel kept = spare.poll();
        if (kept != null) {
            close(kept);
        }
        return kept != null;
    }

    void close() {
        for (@Nullable SocketChannel kept = spare.poll(); kept != null; kept = spare.poll()) {
            close(kept);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("Closing a socket failed", e);
        }
    }
}
