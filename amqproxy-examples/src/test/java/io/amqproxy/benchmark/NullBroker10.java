package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The null broker for AMQP 1.0: it counts, accepts and forgets what it is sent, and sends as much as there is credit
 * for. Each connection has a thread, as there are few. As a program it behaves as {@link NullBroker}.
 */
final class NullBroker10 implements AutoCloseable {

    private static final int BACKLOG = 1024;
    private static final int READ_BUFFER = 256 * 1024;
    private static final int REPLIES = 64 * 1024;

    private final ServerSocketChannel server;
    private final AtomicLong messages = new AtomicLong();
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong open = new AtomicLong();
    private final Queue<Buffers> idle = new ConcurrentLinkedQueue<>();

    private NullBroker10() throws IOException {
        server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        begin(this::accept);
    }

    /** Starts a broker on a free port of the loopback interface. */
    static NullBroker10 start() throws IOException {
        return new NullBroker10();
    }

    int port() {
        return server.socket().getLocalPort();
    }

    private static void begin(Runnable task) {
        Thread thread = new Thread(task, "null-broker-10");
        thread.setDaemon(true);
        thread.start();
    }

    /** The program. */
    public static void main(String[] args) throws IOException {
        try (NullBroker10 broker = start()) {
            System.out.println(broker.port());
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
            while (in.readLine() != null) {
                System.out.println(broker.messages.get() + " " + broker.opened.get() + " " + broker.open.get());
            }
        }
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel channel = server.accept();
                opened.incrementAndGet();
                open.incrementAndGet();
                begin(() -> serve(channel));
            }
        } catch (IOException e) {
            if (server.isOpen()) {
                System.err.println("The null broker could not accept: " + e);
            }
        }
    }

    /** What a connection reads to and writes from; short ones take those of earlier ones. */
    private static final class Buffers {
        final ByteBuffer in = ByteBuffer.allocateDirect(READ_BUFFER);
        final ByteBuffer out = ByteBuffer.allocateDirect(REPLIES);
    }

    private void serve(SocketChannel channel) {
        Buffers buffers = Objects.requireNonNullElseGet(idle.poll(), Buffers::new);
        try (channel) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            BrokerProtocol10 protocol = new BrokerProtocol10();
            FrameScanner10 scanner = new FrameScanner10(protocol);
            ByteBuffer in = buffers.in;
            ByteBuffer out = buffers.out;
            while (!protocol.isClosing() && channel.read(scanner.prepared(in)) >= 0) {
                protocol.answerTo(out.clear());
                scanner.scan(in);
                messages.addAndGet(protocol.takeCount());
                protocol.settle();
                out.flip();
                while (out.hasRemaining()) {
                    channel.write(out);
                }
                protocol.deliver(channel);
            }
        } catch (IOException e) {
            // Clients may leave as they like.
        } catch (IllegalStateException e) {
            System.err.println("The null broker closes a connection: " + e.getMessage());
        } finally {
            idle.add(buffers);
            open.decrementAndGet();
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
