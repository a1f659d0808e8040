package io.amqproxy.program.http;

import io.amqproxy.SetupException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for HTTP, and begins to serve when somebody comes: what {@link NettyServer} takes of time and memory is that
 * of the first clients, who come first.
 *
 * <pre>
 *   WAITING --a connection--&gt; SERVING --close--&gt; CLOSED
 *      |                                           ^
 *      +-------------------close-------------------+
 * </pre>
 *
 * <p>Where an error has closed the listening socket, as Netty does with one that it cannot accept at, it is opened
 * anew.
 */
final class HttpServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
    private static final int BACKLOG = 256;
    /** What is open while it waits; as many are given back before something else takes them. */
    private static final int OF_A_SELECTOR = 4;

    private static final long PAUSE_MILLIS = 1000;

    /** Serves who comes to a socket that listens; what it is given is told when an error has closed that. */
    interface Service {
        AutoCloseable begin(ServerSocketChannel listening, Runnable onLost);
    }

    private final Service service;
    private final SpareDescriptors reserve;
    private ServerSocketChannel listening;
    private final InetSocketAddress address;
    private Thread waiting;
    private @Nullable AutoCloseable server;
    private boolean isClosed;
    /** Which is told of once. */
    private boolean isFailing;

    /**
     * Listens.
     *
     * @param reserve of which one is used where there is no descriptor for a connection
     * @throws SetupException if the address cannot be listened on
     */
    HttpServer(InetSocketAddress address, Map<String, HttpRoute> routes, SpareDescriptors reserve) {
        this(address, reserve, (listening, onLost) -> new NettyServer(listening, routes, reserve, onLost));
    }

    HttpServer(InetSocketAddress address, SpareDescriptors reserve, Service service) {
        this.service = service;
        this.reserve = reserve;
        try {
            if (address.isUnresolved()) {
                throw new IOException("unknown host");
            }
            listening = listen(address);
            Selector selector = selector(listening);
            this.address = (InetSocketAddress) listening.getLocalAddress();
            waiting = new Thread(() -> awaitFirst(selector), "http-door");
        } catch (IOException e) {
            reserve.close();
            throw new SetupException(
                    SetupException.Kind.ADDRESS,
                    "cannot listen on " + address.getHostString() + ":" + address.getPort() + " for HTTP: "
                            + e.getMessage(),
                    e);
        }
        waiting.setDaemon(true);
        waiting.start();
    }

    private static ServerSocketChannel listen(InetSocketAddress address) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.bind(address, BACKLOG);
            channel.configureBlocking(false);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static Selector selector(ServerSocketChannel channel) throws IOException {
        try {
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_ACCEPT);
            return selector;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private void awaitFirst(Selector selector) {
        try (selector) {
            int comers;
            do {
                comers = selector.select();
            } while (comers == 0 && !Thread.currentThread().isInterrupted());
        } catch (IOException e) {
            log.error("It cannot be seen who comes for HTTP; it is served all the same", e);
        }
        begin();
    }

    private void begin() {
        try {
            while (!isBegun()) {
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // Closed.
        }
    }

    /** {@return whether there is nothing more to do: it is closed, or served} */
    private synchronized boolean isBegun() {
        if (isClosed) {
            return true;
        }
        for (int i = 0; i < OF_A_SELECTOR; i++) {
            reserve.release();
        }
        try {
            if (!listening.isOpen()) {
                listening = listen(address);
            }
            server = service.begin(listening, this::onLost);
            isFailing = false;
            return true;
        } catch (IOException | RuntimeException e) { // Netty throws what it does not declare.
            if (!isFailing) {
                log.warn("HTTP cannot be served now; it is tried again each second", e);
            }
            isFailing = true;
            return false;
        } finally {
            reserve.fill();
        }
    }

    /** An error has closed the listening socket. */
    private void onLost() {
        synchronized (this) {
            if (isClosed) {
                return;
            }
            log.error("An error has closed the socket for HTTP; it is opened anew");
            waiting = Thread.currentThread();
            end();
        }
        begin();
    }

    private void end() {
        AutoCloseable ended = server;
        server = null;
        try {
            if (ended != null) {
                ended.close();
            }
            listening.close();
        } catch (Exception e) { // Of a service; ours throws none.
            log.debug("Closing failed", e);
        }
    }

    /** {@return whether somebody has come} */
    synchronized boolean isServing() {
        return server != null;
    }

    InetSocketAddress address() {
        return address;
    }

    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
            waiting.interrupt();
            end();
        }
        reserve.close();
    }
}
