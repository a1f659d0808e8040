package io.amqproxy.impl.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A port that is ours whether it is listened on or not. While the broker is down the proxy does not listen, so that
 * clients are refused by the kernel as they would be without the proxy; a socket that is bound, but never listens,
 * keeps the port meanwhile.
 *
 * <p>Where the system cannot share a port between two sockets of one process (no {@code SO_REUSEPORT}) the port is not
 * kept.
 */
public final class ReservedPort implements AutoCloseable {

    private static final int BACKLOG = 4096;

    private final InetSocketAddress address;
    private final @Nullable SocketChannel keeper;
    /** Somebody else's socket, which listens whatever we do; else null. */
    private final @Nullable ServerSocketChannel given;

    private ReservedPort(
            InetSocketAddress address, @Nullable SocketChannel keeper, @Nullable ServerSocketChannel given) {
        this.address = address;
        this.keeper = keeper;
        this.given = given;
    }

    /**
     * {@return the port of a socket that listens already, and that is not ours to close}
     *
     * @throws IllegalArgumentException if it is not bound, or not of TCP
     */
    public static ReservedPort of(ServerSocketChannel listening) {
        SocketAddress address;
        try {
            address = listening.getLocalAddress();
        } catch (IOException closed) {
            throw new IllegalArgumentException("the socket is closed", closed);
        }
        if (address instanceof InetSocketAddress bound) {
            return new ReservedPort(bound, null, listening);
        }
        throw new IllegalArgumentException(
                address == null ? "the socket is not bound" : "the socket is not of TCP: " + address);
    }

    /**
     * Takes a port.
     *
     * @throws IOException if another socket has it, or the address is not of this machine
     */
    public static ReservedPort take(InetSocketAddress wanted) throws IOException {
        InetSocketAddress address = wanted;
        // A socket that does not share finds out whether anyone else has the port. It is none of a server, which would
        // listen at once, and be taken for the proxy by whoever knocks in that moment.
        boolean canShare = supportsSharing();
        if (wanted.getPort() != 0 || !canShare) {
            try (SocketChannel alone = SocketChannel.open()) {
                alone.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                alone.bind(wanted);
                address = (InetSocketAddress) alone.getLocalAddress();
            }
        }
        if (!canShare) {
            return new ReservedPort(address, null, null);
        }
        SocketChannel keeper = SocketChannel.open();
        try {
            share(keeper);
            keeper.bind(address);
            address = (InetSocketAddress) keeper.getLocalAddress();
        } catch (IOException | RuntimeException | Error failure) {
            keeper.close();
            throw failure;
        }
        return new ReservedPort(address, keeper, null);
    }

    public InetSocketAddress address() {
        return address;
    }

    /** Whether somebody else has opened the socket, and will close it. */
    boolean isGiven() {
        return given != null;
    }

    /** {@return a socket that listens on the port} */
    public ServerSocketChannel listen() throws IOException {
        if (given != null) {
            given.configureBlocking(false);
            return given;
        }
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            share(server);
            server.bind(address, BACKLOG);
            server.configureBlocking(false);
            return server;
        } catch (IOException | RuntimeException | Error failure) {
            server.close();
            throw failure;
        }
    }

    private static boolean supportsSharing() throws IOException {
        try (SocketChannel any = SocketChannel.open()) {
            return any.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT);
        }
    }

    private static void share(NetworkChannel socket) throws IOException {
        if (socket.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
            socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        }
    }

    @Override
    public void close() throws IOException {
        if (keeper != null) {
            keeper.close();
        }
    }
}
