package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * A broker that has no queues: it counts and swallows what is published, confirms it, and pumps deliveries to whoever
 * consumes. It is as cheap as it can be, so that it is not what a benchmark measures. One thread serves all
 * connections.
 *
 * <p>As a program it writes its port to standard output, answers each line of its standard input with its
 * {@linkplain Counts counts}, and ends when its input ends.
 */
final class NullBroker implements AutoCloseable {

    /**
     * What has been counted.
     *
     * @param messages complete messages that were published
     * @param opened connections that were opened
     * @param open connections that are open
     */
    record Counts(long messages, long opened, long open) {}

    private static final long LOOK_MILLIS = 1_000;
    private static final long BEAT_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final int BACKLOG = 4_096;
    private static final int READ_BUFFER = 256 * 1024;
    private static final int REPLIES = 1024 * 1024;

    private final ServerSocketChannel server;
    private final Selector selector;
    private final Thread thread;
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER);
    private final FrameBuilder replies = new FrameBuilder(ByteBuffer.allocateDirect(REPLIES));

    private long lastBeat = System.nanoTime();

    // Written by the broker's thread alone.
    private volatile long messages;
    private volatile long opened;
    private volatile long open;

    private NullBroker() throws IOException {
        selector = Selector.open();
        server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        thread = new Thread(this::run, "null-broker");
        thread.setDaemon(true);
        thread.start();
    }

    /** Starts a broker on a free port of the loopback interface. */
    static NullBroker start() throws IOException {
        return new NullBroker();
    }

    /** The program. */
    public static void main(String[] args) throws IOException {
        try (NullBroker broker = start()) {
            System.out.println(broker.port());
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
            while (in.readLine() != null) {
                Counts counts = broker.counts();
                System.out.println(counts.messages + " " + counts.opened + " " + counts.open);
            }
        }
    }

    int port() {
        return server.socket().getLocalPort();
    }

    Counts counts() {
        return new Counts(messages, opened, open);
    }

    @Override
    public void close() throws IOException {
        selector.close();
        server.close();
    }

    private void run() {
        while (selector.isOpen()) {
            try {
                selector.select(this::onReady, LOOK_MILLIS);
                beat();
            } catch (IOException | RuntimeException e) {
                if (selector.isOpen()) {
                    System.err.println("The null broker failed: " + e);
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    /** Who asked for heartbeats closes a connection on which it hears nothing. */
    private void beat() {
        long now = System.nanoTime();
        if (now - lastBeat > BEAT_NANOS) {
            lastBeat = now;
            for (SelectionKey key : selector.keys()) {
                if (key.attachment() instanceof BrokerConnection connection) {
                    connection.beat();
                }
            }
        }
    }

    private void onReady(SelectionKey key) {
        if (key.isAcceptable()) {
            accept();
        } else {
            onConnection(key, (BrokerConnection) key.attachment());
        }
    }

    private void onConnection(SelectionKey key, BrokerConnection connection) {
        boolean goesOn = false;
        try {
            goesOn = (!key.isWritable() || connection.onWritable()) && (!key.isReadable() || read(connection));
        } catch (IOException e) {
            // Clients may leave as they like.
        } catch (CancelledKeyException e) {
            // The broker ends.
        } catch (IllegalStateException e) {
            System.err.println("The null broker closes a connection: " + e.getMessage());
        }
        if (!goesOn) {
            close(connection);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    private boolean read(BrokerConnection connection) throws IOException {
        boolean goesOn = connection.read(readBuffer, replies);
        // Before the answer, so that whoever has it finds its messages counted.
        messages += connection.takeCount();
        return goesOn && connection.answer(replies);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    private void accept() {
        try {
            SocketChannel channel;
            while ((channel = server.accept()) != null) {
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
                key.attach(new BrokerConnection(channel, key));
                opened++;
                open++;
            }
        } catch (IOException e) {
            System.err.println("The null broker could not accept: " + e);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    private void close(BrokerConnection connection) {
        open--;
        connection.close();
    }
}
