package io.amqproxy.impl.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A socket of the host application, whose other end is a proxy's in the same JVM. What is a matter of TCP (its options,
 * urgent data, resets) it takes and forgets; a time-out of reads it keeps.
 *
 * <p>One thread may read while another writes, and any may close it meanwhile, as with all sockets.
 */
final class InProcessSocketImpl extends SocketImpl {

    private static final long NANOS_OF_MILLI = 1_000_000;
    /** What such a socket usually has; nobody asks the kernel. */
    private static final int BUFFER = 64 * 1024;

    private final InProcessSocketFactory.Entrance entrance;
    private final Map<Integer, Object> options = new HashMap<>();
    private volatile int readTimeout;
    private volatile @Nullable Streams streams;
    private volatile boolean isClosed;

    InProcessSocketImpl(InProcessSocketFactory.Entrance entrance) {
        this.entrance = entrance;
    }

    @Override
    protected void create(boolean stream) throws IOException {
        if (!stream) {
            throw new SocketException("only for streams");
        }
    }

    @Override
    protected void connect(String host, int port) throws IOException {
        connect(InetSocketAddress.createUnresolved(host, port), 0);
    }

    @Override
    protected void connect(InetAddress host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }

    /** The address is only remembered. */
    @Override
    protected void connect(SocketAddress wanted, int timeout) throws IOException {
        if (isClosed) {
            throw new SocketException("Socket closed");
        }
        if (wanted instanceof InetSocketAddress internet) {
            address = internet.isUnresolved() ? InetAddress.getLoopbackAddress() : internet.getAddress();
            port = internet.getPort();
        }
        SocketPair pair = SocketPair.open();
        boolean entered = false;
        try {
            streams = new Streams(pair.near());
            if (isClosed) {
                throw new SocketException("Socket closed");
            }
            entered = entrance.enter(pair.far());
            if (!entered) {
                throw new ConnectException("Connection refused: the proxy accepts no clients now");
            }
        } finally {
            if (!entered) {
                pair.far().close();
                pair.near().close();
                close();
            }
        }
    }

    @Override
    protected void bind(InetAddress host, int port) {
        localport = port;
    }

    @Override
    protected void listen(int backlog) throws IOException {
        throw new SocketException("it is a client's");
    }

    @Override
    protected void accept(SocketImpl accepted) throws IOException {
        throw new SocketException("it is a client's");
    }

    private Streams streams() throws IOException {
        Streams both = streams;
        if (isClosed || both == null) {
            throw new SocketException(isClosed ? "Socket closed" : "Socket is not connected");
        }
        return both;
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        return streams().input;
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        return streams().output;
    }

    @Override
    protected int available() {
        return 0;
    }

    @Override
    protected void close() throws IOException {
        isClosed = true;
        Streams both = streams;
        if (both != null) {
            both.close();
        }
    }

    @Override
    protected void shutdownInput() throws IOException {
        streams().channel.shutdownInput();
    }

    @Override
    protected void shutdownOutput() throws IOException {
        streams().channel.shutdownOutput();
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("Urgent data is not supported");
    }

    @Override
    public void setOption(int option, Object value) {
        synchronized (options) {
            options.put(option, value);
        }
        if (option == SocketOptions.SO_TIMEOUT) {
            readTimeout = (Integer) value;
        }
    }

    @Override
    public Object getOption(int option) {
        if (option == SocketOptions.SO_BINDADDR) {
            return InetAddress.getLoopbackAddress();
        }
        synchronized (options) {
            Object value = options.get(option);
            if (value != null) {
                return value;
            }
        }
        return switch (option) {
            case SocketOptions.SO_TIMEOUT, SocketOptions.IP_TOS -> 0;
            case SocketOptions.SO_SNDBUF, SocketOptions.SO_RCVBUF -> BUFFER;
            case SocketOptions.SO_LINGER -> -1;
            default -> false;
        };
    }

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    /** Reads and writes of a connection, each with a selector of its own so that neither waits for the other. */
    private final class Streams {
        private final SocketChannel channel;
        private final Selector readable;
        private final Selector writable;
        private final InputStream input = new Input();
        private final OutputStream output = new Output();

        private Streams(SocketChannel channel) throws IOException {
            this.channel = channel;
            channel.configureBlocking(false);
            readable = selector(channel, SelectionKey.OP_READ);
            try {
                writable = selector(channel, SelectionKey.OP_WRITE);
            } catch (IOException | RuntimeException | Error failure) {
                readable.close();
                throw failure;
            }
        }

        private static Selector selector(SocketChannel channel, int operation) throws IOException {
            Selector selector = Selector.open();
            try {
                channel.register(selector, operation);
                return selector;
            } catch (IOException | RuntimeException | Error failure) {
                selector.close();
                throw failure;
            }
        }

        private int read(ByteBuffer target) throws IOException {
            long deadline = System.nanoTime() + readTimeout * NANOS_OF_MILLI;
            boolean isTimed = readTimeout > 0;
            try {
                int count = channel.read(target);
                while (count == 0 && target.hasRemaining()) {
                    long left = isTimed ? (deadline - System.nanoTime() + NANOS_OF_MILLI - 1) / NANOS_OF_MILLI : 0;
                    if (isTimed && left <= 0) {
                        throw new SocketTimeoutException("Read timed out");
                    }
                    await(readable, left);
                    count = channel.read(target);
                }
                return count;
            } catch (ClosedChannelException | ClosedSelectorException closed) {
                throw closed(closed);
            }
        }

        private void write(ByteBuffer source) throws IOException {
            try {
                while (source.hasRemaining()) {
                    if (channel.write(source) == 0) {
                        await(writable, 0);
                    }
                }
            } catch (ClosedChannelException | ClosedSelectorException closed) {
                throw closed(closed);
            }
        }

        /** An interrupt would make each select return at once; sockets do not know it. */
        private void await(Selector selector, long millis) throws IOException {
            boolean wasInterrupted = Thread.interrupted();
            try {
                selector.select(millis);
                selector.selectedKeys().clear();
            } finally {
                if (wasInterrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private SocketException closed(Exception cause) {
            SocketException told = new SocketException("Socket closed");
            told.initCause(cause);
            return told;
        }

        private void close() throws IOException {
            try (channel;
                    readable;
                    writable) {
                // All three are closed, whatever becomes of one.
            }
        }

        private final class Input extends InputStream {

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return Streams.this.read(ByteBuffer.wrap(target, offset, length));
            }
        }

        private final class Output extends OutputStream {

            @Override
            public void write(int octet) throws IOException {
                write(new byte[] {(byte) octet}, 0, 1);
            }

            @Override
            public void write(byte[] source, int offset, int length) throws IOException {
                Streams.this.write(ByteBuffer.wrap(source, offset, length));
            }
        }
    }
}
