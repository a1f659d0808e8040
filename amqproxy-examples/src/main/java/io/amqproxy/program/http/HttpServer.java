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
 */
final class HttpServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
    private static final int BACKLOG = 256;
    /** What is open while it waits; as many are given back before something else takes them. */
    private static final int OF_A_SELECTOR = 4;

    private static final long PAUSE_MILLIS = 1000;

    private final Map<String, HttpRoute> routes;
    private final SpareDescriptors reserve;
    private final ServerSocketChannel listening;
    private final InetSocketAddress address;
    private final Thread waiting;
    private @Nullable NettyServer server;
    private boolean isClosed;

    /**
     * Listens.
     *
     * @param reserve of which one is used where there is no descriptor for a connection
     * @throws SetupException if the address cannot be listened on
     */
    HttpServer(InetSocketAddress address, Map<String, HttpRoute> routes, SpareDescriptors reserve) {
        this.routes = routes;
        this.reserve = reserve;
        try {
            if (address.isUnresolved()) {
                throw new IOException("unknown host");
            }
            Selector selector = Selector.open();
            listening = listen(address, selector);
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

    private static ServerSocketChannel listen(InetSocketAddress address, Selector selector) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.bind(address, BACKLOG);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_ACCEPT);
            return channel;
        } catch (IOException e) {
            channel.close();
            selector.close();
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
            server = new NettyServer(listening, routes, reserve);
            return true;
        } catch (RuntimeException e) { // Netty throws what it does not declare.
            log.warn("HTTP cannot be served now", e);
            return false;
        } finally {
            reserve.fill();
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
            if (server != null) {
                server.close();
            }
        }
        try {
            listening.close();
        } catch (IOException e) {
            log.debug("Closing failed", e);
        }
        reserve.close();
    }
}
