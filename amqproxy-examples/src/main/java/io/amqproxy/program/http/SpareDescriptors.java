package io.amqproxy.program.http;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * File descriptors kept back for probes. When clients have used up all others a supervisor would get no answer from a
 * proxy that serves them well, and would end it with all of them.
 */
final class SpareDescriptors {

    private static final Logger log = LoggerFactory.getLogger(SpareDescriptors.class);

    private final int count;
    private final Queue<SocketChannel> kept = new ArrayDeque<>();

    SpareDescriptors(int count) {
        this.count = count;
    }

    /** Takes as many as are missing, or as there are. */
    synchronized void fill() {
        try {
            while (kept.size() < count) {
                kept.add(SocketChannel.open());
            }
        } catch (IOException none) {
            log.debug("There are no more file descriptors to keep back", none);
        }
    }

    /** {@return whether some are in use, so that whoever has one should not keep it} */
    synchronized boolean isShort() {
        return kept.size() < count;
    }

    /** Gives one back to the process; returns whether there was one */
    synchronized boolean release() {
        SocketChannel one = kept.poll();
        close(one);
        return one != null;
    }

    synchronized void close() {
        while (release()) {}
    }

    private static void close(@Nullable SocketChannel one) {
        if (one != null) {
            try {
                one.close();
            } catch (IOException e) {
                log.debug("Closing a socket failed", e);
            }
        }
    }
}
