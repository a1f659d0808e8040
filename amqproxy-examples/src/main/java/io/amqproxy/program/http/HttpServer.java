package io.amqproxy.program.http;

import io.amqproxy.SetupException;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server that strangers cannot stop: one thread reads all requests, each with a deadline, and answers those at
 * once that are quick; a few others work on the rest. {@link Visitors} bounds connections, {@link ReserveDescriptors}
 * lets some in when the process has no descriptors left.
 */
final class HttpServer implements AutoCloseable {

    /** What is done for a connection. */
    interface Step {
        void run() throws IOException;
    }

    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
    private static final int CONNECTIONS = 256;
    private static final int CONNECTIONS_OF_ADDRESS = 64;
    private static final int BACKLOG = 256;
    private static final int ACCEPTED_AT_ONCE = 16;
    private static final int SCRATCH = 8 * 1024;
    private static final int WORKERS = 2;
    private static final int MAX_QUEUED = 64;
    private static final long NO_DEADLINE = Long.MAX_VALUE;
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);
    private static final long END_MILLIS = 1000;

    private final Map<String, Route> routes;
    private final ReserveDescriptors reserve;
    private final ThreadPoolExecutor workers;
    private final Visitors<HttpConnection> visitors = new Visitors<>(CONNECTIONS, CONNECTIONS_OF_ADDRESS);
    private final Selector selector;
    private final ServerSocketChannel listening;
    private final SelectionKey door;
    private final HttpDoor accepting;
    private final Thread thread;
    /** One for each request that is worked on at the most. */
    private final Queue<Runnable> done = new ConcurrentLinkedQueue<>();

    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH);
    private final InetSocketAddress address;
    private volatile boolean isClosed;
    /** Whether a descriptor comes back with the next look at the selector. */
    private boolean hasLeft;
    /** Since when nobody can be let in, or null. */
    private @Nullable Long shutSince;

    /**
     * Listens.
     *
     * @param reserve of which one is used where there is no descriptor for a connection
     * @throws SetupException if the address cannot be listened on
     */
    HttpServer(InetSocketAddress address, Map<String, Route> routes, ReserveDescriptors reserve) {
        if (address.isUnresolved()) {
            throw unusable(address, new IOException("unknown host"));
        }
        this.routes = routes;
        this.reserve = reserve;
        try {
            selector = Selector.open();
            listening = ServerSocketChannel.open();
            try {
                listening.bind(address, BACKLOG);
                listening.configureBlocking(false);
                door = listening.register(selector, SelectionKey.OP_ACCEPT);
                this.address = (InetSocketAddress) listening.getLocalAddress();
            } catch (IOException e) {
                listening.close();
                selector.close();
                throw e;
            }
        } catch (IOException e) {
            reserve.close();
            throw unusable(address, e);
        }
        accepting = new HttpDoor(listening, reserve, this::makeRoom);
        workers = new ThreadPoolExecutor(
                WORKERS, WORKERS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_QUEUED), threads("http-worker"));
        workers.allowCoreThreadTimeOut(true);
        thread = threads("http").newThread(this::run);
        thread.start();
    }

    private static SetupException unusable(InetSocketAddress address, IOException failure) {
        return new SetupException(
                SetupException.Kind.ADDRESS,
                "cannot listen on " + address.getHostString() + ":" + address.getPort() + " for HTTP: "
                        + failure.getMessage(),
                failure);
    }

    private static ThreadFactory threads(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    InetSocketAddress address() {
        return address;
    }

    /** {@return whether a connection should not be kept, as it has one of the last descriptors} */
    boolean isShort() {
        return reserve.isShort();
    }

    /** Has this done by the server's thread. */
    void execute(HttpConnection connection, Step step) {
        done.add(() -> attempt(connection, step));
        selector.wakeup();
    }

    /** It is being closed. */
    void leave(HttpConnection connection) {
        visitors.leave(connection);
        hasLeft = true;
    }

    // The server's thread.

    private void run() {
        try {
            while (!isClosed) {
                turn();
            }
        } catch (IOException e) {
            log.error("HTTP is not served any more", e);
        } finally {
            end();
        }
    }

    private void turn() throws IOException {
        if (hasLeft) {
            hasLeft = false;
            selector.selectNow(this::onReady);
            reserve.fill();
        } else {
            selector.select(this::onReady, millisToWait());
        }
        for (Runnable one = done.poll(); one != null; one = done.poll()) {
            one.run();
        }
        closeLate();
        open();
    }

    /** 0 for as long as it takes. */
    private long millisToWait() {
        long now = System.nanoTime();
        long least = shutSince == null ? NO_DEADLINE : shutSince + PAUSE - now;
        for (HttpConnection one : connections()) {
            least = Math.min(least, one.nanosLeft(now));
        }
        return least == NO_DEADLINE ? 0 : Math.max(1, TimeUnit.NANOSECONDS.toMillis(least) + 1);
    }

    private List<HttpConnection> connections() {
        List<HttpConnection> all = new ArrayList<>();
        for (SelectionKey key : selector.keys()) {
            if (key.isValid() && key.attachment() instanceof HttpConnection connection) {
                all.add(connection);
            }
        }
        return all;
    }

    private void closeLate() {
        long now = System.nanoTime();
        for (HttpConnection one : connections()) {
            if (one.nanosLeft(now) <= 0) {
                one.close();
            }
        }
    }

    private void onReady(SelectionKey key) {
        if (key == door) {
            accept();
        } else if (key.attachment() instanceof HttpConnection connection) {
            attempt(connection, () -> connection.onReady(scratch));
        }
    }

    /** What fails costs the connection only. */
    private static void attempt(HttpConnection connection, Step step) {
        try {
            step.run();
        } catch (IOException | CancelledKeyException e) {
            log.debug("A connection for HTTP failed", e);
            connection.close();
        } catch (RuntimeException e) {
            log.warn("A connection for HTTP failed", e);
            connection.close();
        }
    }

    // Newcomers.

    private void accept() {
        try {
            for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
                SocketChannel channel = accepting.accept();
                if (channel == null) {
                    return;
                }
                admit(channel);
            }
        } catch (IOException e) {
            log.warn("No connection for HTTP can be accepted: {}", e.getMessage());
            shutSince = System.nanoTime();
            door.interestOps(0);
        }
    }

    private void open() {
        if (shutSince != null && System.nanoTime() - shutSince >= PAUSE) {
            shutSince = null;
            door.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    private void admit(SocketChannel channel) {
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            HttpConnection connection = new HttpConnection(channel, key, this, routes, workers);
            key.attach(connection);
            HttpConnection leaving = visitors.enter(connection);
            if (leaving != null) {
                leaving.close();
            }
        } catch (IOException gone) {
            log.debug("A connection for HTTP was gone at once", gone);
            closed(channel);
            hasLeft = true;
        }
    }

    private boolean makeRoom() {
        HttpConnection leaving = visitors.giveWay();
        if (leaving != null) {
            leaving.close();
        }
        return leaving != null;
    }

    // The end.

    private void end() {
        connections().forEach(HttpConnection::close);
        closed(listening);
        closed(selector);
    }

    private static void closed(Closeable open) {
        try {
            open.close();
        } catch (IOException e) {
            log.debug("Closing failed", e);
        }
    }

    @Override
    public void close() {
        isClosed = true;
        selector.wakeup();
        try {
            thread.join(END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.shutdownNow();
        reserve.close();
    }
}
