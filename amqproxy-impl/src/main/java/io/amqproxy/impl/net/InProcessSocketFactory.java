package io.amqproxy.impl.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import javax.net.SocketFactory;

/** Makes sockets that are connected with a proxy of this JVM, whatever address they are told to connect to. */
public final class InProcessSocketFactory extends SocketFactory {

    private final Entrance entrance;

    /** Where the other ends of the sockets go. */
    public interface Entrance {

        /**
         * Takes the proxy's end of a connection.
         *
         * @return false if it is refused
         */
        boolean enter(SocketChannel channel);
    }

    public InProcessSocketFactory(Entrance entrance) {
        this.entrance = entrance;
    }

    private static final class InProcessSocket extends Socket {
        private InProcessSocket(Entrance entrance) throws SocketException {
            super(new InProcessSocketImpl(entrance));
        }
    }

    @Override
    public Socket createSocket() throws IOException {
        return new InProcessSocket(entrance);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(InetSocketAddress.createUnresolved(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return createSocket(address, port);
    }

    private Socket connected(InetSocketAddress address) throws IOException {
        Socket socket = createSocket();
        try {
            socket.connect(address);
        } catch (IOException | RuntimeException | Error failure) {
            socket.close();
            throw failure;
        }
        return socket;
    }
}
