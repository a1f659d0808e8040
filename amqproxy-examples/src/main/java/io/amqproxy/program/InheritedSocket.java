package io.amqproxy.program;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;

/** What the standard input is. */
enum InheritedSocket {
    NONE,
    PLAIN,
    TLS;

    /**
     * {@return the socket that the program was started with}
     *
     * @throws IllegalStateException if there is none
     */
    static ServerSocketChannel channel() throws IOException {
        if (System.inheritedChannel() instanceof ServerSocketChannel listening) {
            return listening;
        }
        throw new IllegalStateException("inherited-socket: the standard input is no socket that listens (<&3)");
    }
}
