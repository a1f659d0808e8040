package io.amqproxy.impl.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The options of sockets, which are the same towards clients and brokers. */
final class Sockets {

    private static final Logger log = LoggerFactory.getLogger(Sockets.class);

    private Sockets() {}

    /** For a loop: without waiting, without Nagle's algorithm, and noticing in the end that a peer is gone. */
    static void prepare(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        // A connection within this machine has neither.
        if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        }
    }

    /** {@return the address of who is at the other end; the loopback one, without a port, within this machine} */
    static InetSocketAddress peer(SocketChannel channel) throws IOException {
        return channel.getRemoteAddress() instanceof InetSocketAddress address
                ? address
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    static boolean canAcknowledgeAtOnce(SocketChannel channel) {
        return channel.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK);
    }

    /** The kernel forgets it, so that it is said again. */
    static void acknowledgeAtOnce(SocketChannel channel) throws IOException {
        channel.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
    }

    /** Closes a socket that has no owner. */
    static void discard(SocketChannel channel) {
        resetAtEnd(channel);
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("Closing a socket failed", e);
        }
    }

    /** The end of the connection will be a reset, where it knows one: one within this machine does not. */
    static void resetAtEnd(SocketChannel channel) {
        if (!channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
            return;
        }
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            log.debug("A socket cannot be reset", e);
        }
    }
}
