package io.amqproxy.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * A slow network between two programs of this machine: a TCP relay that holds every byte back for half a round trip in
 * each direction, and fails on demand.
 *
 * <p>Throughput is not limited: each piece of data carries the time at which it is due, so that what was sent closely
 * together arrives closely together. The first bytes of a connection are held back for one more round trip, and the
 * target is connected only then: that is what a TCP handshake costs on a real link. The client's own {@code connect}
 * does not show it, as it ends at this machine; the time until the first answer is right.
 *
 * <p>Tests do not measure times, they count: see {@link #roundTrips()}. All methods may be called from any thread and
 * have taken effect when they return.
 */
public final class LatencyLink implements AutoCloseable {

    /** Waits shorter than {@code select} can express are done in steps of this length. */
    private static final long SHORT_PAUSE_NANOS = 50_000;

    private static final long COMMAND_LIMIT_SECONDS = 30;

    private final LatencyConnection.Link link;
    private final int port;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean closeCalled = new AtomicBoolean();

    // From here on: owned by the thread.
    private ServerSocketChannel listener;
    private boolean stalled;
    private boolean closed;

    private LatencyLink(LatencyConnection.Link link) throws IOException {
        this.link = link;
        this.listener = listen(link.selector(), 0);
        this.port = listener.socket().getLocalPort();
    }

    /**
     * Starts a link to a program on this machine.
     *
     * @param targetPort the port of that program at 127.0.0.1
     * @param roundTrip how long a byte takes there and back; zero for a link that only counts and fails
     */
    public static LatencyLink to(int targetPort, Duration roundTrip) {
        try {
            InetSocketAddress target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
            LatencyLink started =
                    new LatencyLink(new LatencyConnection.Link(Selector.open(), target, roundTrip.toNanos()));
            Thread thread = new Thread(started::run, "latency-link-" + started.port);
            thread.setDaemon(true);
            thread.start();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port clients connect to, at 127.0.0.1. */
    public int port() {
        return port;
    }

    /** How many connections clients have opened since the start. */
    public long connectionsOpened() {
        return link.connectionsOpened().get();
    }

    /** How many connections are open now, at the client's end or the target's. */
    public int openConnections() {
        return call(link.connections()::size);
    }

    /** Bytes that clients sent, whether they have reached the target yet or not. */
    public long bytesToTarget() {
        return link.bytesToTarget().get();
    }

    /** Bytes that the target sent, whether they have reached the clients yet or not. */
    public long bytesToClients() {
        return link.bytesToClients().get();
    }

    /**
     * How many times a client that had sent something then got something: the answers that came back, however many
     * writes the question and the answer took. Exact where clients wait for their answers. Counted at the client's end
     * of the link, over all connections; what the target sends unasked counts nothing.
     */
    public long directionSwitches() {
        return link.directionSwitches().get();
    }

    /** The trips that the traffic so far took: one for each connection to be set up, and one for each answer. */
    public long roundTrips() {
        return connectionsOpened() + directionSwitches();
    }

    /** Cuts all connections that are open now, with a TCP reset at both ends; new ones are welcome. */
    public void cut() {
        tell(this::resetAll);
    }

    /**
     * Cuts the connection over which that many more bytes go to the target. They arrive, then the stream ends; the
     * client sees a reset.
     *
     * @param bytes counted over all connections, from now on
     */
    public void cutAfter(long bytes) {
        tell(() -> link.bytesUntilCut().set(bytes));
    }

    /** Goes silent: nothing passes, nothing is closed, and new connections are accepted but get no answer. */
    public void stall() {
        tell(() -> stalled = true);
    }

    /** Ends {@link #stall()}; what was sent meanwhile passes now. */
    public void resume() {
        tell(() -> stalled = false);
    }

    /** Refuses new connections, as a host does where nothing listens; open connections are not affected. */
    public void stopAccepting() {
        tell(this::closeListener);
    }

    /** Ends {@link #stopAccepting()}: listens at the same port again. */
    public void startAccepting() {
        tell(() -> {
            if (!listener.isOpen()) {
                listener = listen(link.selector(), port);
            }
        });
    }

    /** Cuts all connections and stops listening for good. */
    @Override
    public void close() {
        if (closeCalled.compareAndSet(false, true)) {
            tell(() -> {
                closed = true;
                resetAll();
                closeListener();
            });
        }
    }

    private static ServerSocketChannel listen(Selector selector, int port) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_ACCEPT);
        return channel;
    }

    private void closeListener() throws IOException {
        listener.close();
        link.selector().selectNow(key -> {}); // A channel's port is free only once the selector has let go of it.
    }

    private void resetAll() throws IOException {
        List.copyOf(link.connections()).forEach(LatencyConnection::reset);
        link.selector().selectNow(key -> {});
    }

    private void tell(Step step) {
        call(() -> {
            step.run();
            return true;
        });
    }

    private <T> T call(Callable<T> question) {
        FutureTask<T> task = new FutureTask<>(question);
        commands.add(task);
        link.selector().wakeup();
        try {
            return task.get(COMMAND_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("The link does not answer; was it closed before?", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void run() {
        try (Selector selector = link.selector()) {
            while (!closed) {
                select(selector, workOff(System.nanoTime()));
                for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
                    command.run();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Does what is due.
     *
     * @return how many nanoseconds later there is more to do
     */
    private long workOff(long now) {
        long wait = Long.MAX_VALUE;
        for (LatencyConnection connection : List.copyOf(link.connections())) {
            if (stalled) {
                connection.pause();
            } else {
                wait = Math.min(wait, connection.workOff(now));
            }
        }
        return wait;
    }

    private void select(Selector selector, long wait) throws IOException {
        long millis = TimeUnit.NANOSECONDS.toMillis(wait);
        if (wait == Long.MAX_VALUE) {
            selector.select(this::onReady);
        } else if (millis > 0) {
            selector.select(this::onReady, millis);
        } else if (selector.selectNow(this::onReady) == 0) {
            LockSupport.parkNanos(Math.min(wait, SHORT_PAUSE_NANOS));
        }
    }

    private void onReady(SelectionKey key) {
        if (!key.isValid()) {
            return; // Closed since by what another key of this pass brought about.
        }
        if (key.attachment() instanceof LatencyConnection connection) {
            connection.onReady(key, System.nanoTime());
        } else {
            accept();
        }
    }

    private void accept() {
        try {
            SocketChannel client = listener.accept();
            if (client != null) {
                link.connectionsOpened().incrementAndGet();
                link.connections().add(new LatencyConnection(link, client, System.nanoTime()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Step {
        void run() throws IOException;
    }
}
