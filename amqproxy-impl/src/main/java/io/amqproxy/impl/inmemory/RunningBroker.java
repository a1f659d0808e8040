package io.amqproxy.impl.inmemory;

import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.testing.InMemoryBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The broker's port and threads: one that accepts, and two for each connection. All else is behind one lock. */
public final class RunningBroker implements InMemoryBroker, BrokerSocket.Host {

    private static final Logger log = LoggerFactory.getLogger(RunningBroker.class);
    private static final byte[] IPV4_LOOPBACK = {127, 0, 0, 1};
    private static final String DEFAULT_VHOST = "/";
    private static final int MOST_CONNECTIONS = 256;
    private static final int MOST_VHOSTS = 1024;
    private static final long MOST_OCTETS = 64L * 1024 * 1024;
    private static final long PATIENCE_MILLIS = 10_000;

    private final ServerSocket listening;
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private final ChunkPool chunks = new ChunkPool(Long.MAX_VALUE, ByteBuffer::allocate);
    private final FrameWriter frames = new FrameWriter();
    private final Memory memory = new Memory(MOST_OCTETS);
    private final Map<String, VirtualHost> vhosts = new HashMap<>();
    private final Set<BrokerSocket> sockets = new HashSet<>();
    private final List<Thread> threads = new ArrayList<>();
    private boolean closed;

    private RunningBroker(ServerSocket listening) {
        this.listening = listening;
    }

    /**
     * Starts one at a free port of the loopback interface.
     *
     * @throws UncheckedIOException if there is none
     */
    public static InMemoryBroker start() {
        try {
            RunningBroker broker =
                    new RunningBroker(new ServerSocket(0, MOST_CONNECTIONS, InetAddress.getByAddress(IPV4_LOOPBACK)));
            broker.start(broker::accept, "accept");
            return broker;
        } catch (IOException failure) {
            throw new UncheckedIOException("the in-memory broker has no port", failure);
        }
    }

    private void start(Runnable task, String purpose) {
        Thread thread = new Thread(task, "amqproxy-in-memory-broker-" + purpose);
        thread.setDaemon(true);
        lock.lock();
        try {
            threads.removeIf(other -> !other.isAlive());
            thread.start();
            threads.add(thread);
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        try {
            while (true) {
                welcome(listening.accept());
            }
        } catch (IOException closing) {
            close();
        }
    }

    private void welcome(Socket socket) throws IOException {
        lock.lock();
        try {
            if (closed) {
                socket.close();
                return;
            }
            if (sockets.size() >= MOST_CONNECTIONS) {
                log.warn("The in-memory broker takes no more than {} connections", MOST_CONNECTIONS);
                socket.close();
                return;
            }
            ByteQueue out = new ByteQueue(chunks);
            BrokerConnection connection = new BrokerConnection(frames, out, this::vhost, memory);
            BrokerSocket both = new BrokerSocket(this, socket, connection);
            sockets.add(both);
            start(both::read, "read");
            start(both::write, "write");
        } finally {
            lock.unlock();
        }
    }

    /** Of so many vhosts that a test must have lost count, the last ones are the default one. */
    private VirtualHost vhost(String name) {
        String known = vhosts.size() < MOST_VHOSTS ? name : DEFAULT_VHOST;
        return vhosts.computeIfAbsent(known, vhost -> new VirtualHost(vhost, memory));
    }

    @Override
    public ReentrantLock lock() {
        return lock;
    }

    @Override
    public void wake() {
        sockets.forEach(BrokerSocket::wake);
    }

    @Override
    public void onEnd(BrokerSocket socket) {
        sockets.remove(socket);
    }

    @Override
    public Condition newCondition() {
        return lock.newCondition();
    }

    @Override
    public URI uri() {
        return URI.create("amqp://127.0.0.1:" + listening.getLocalPort());
    }

    @Override
    public int messageCount(String vhost, String queue) {
        return figure(vhost, queue, MessageQueue::ready);
    }

    @Override
    public int unacknowledgedCount(String vhost, String queue) {
        return figure(vhost, queue, MessageQueue::unacknowledged);
    }

    @Override
    public int consumerCount(String vhost, String queue) {
        return figure(vhost, queue, MessageQueue::consumers);
    }

    private int figure(String vhost, String queue, ToIntFunction<MessageQueue> figure) {
        lock.lock();
        try {
            VirtualHost where = vhosts.get(vhost);
            MessageQueue found = where == null ? null : where.find(queue);
            if (found == null) {
                throw new IllegalArgumentException("no queue '" + queue + "' in vhost '" + vhost + '\'');
            }
            return figure.applyAsInt(found);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        List<Thread> running;
        lock.lock();
        try {
            closed = true;
            List.copyOf(sockets).forEach(BrokerSocket::close);
            running = List.copyOf(threads);
        } finally {
            lock.unlock();
        }
        try {
            listening.close();
        } catch (IOException failure) {
            log.debug("Closing the in-memory broker's port failed", failure);
        }
        join(running);
    }

    private static void join(List<Thread> running) {
        try {
            for (Thread thread : running) {
                if (thread != Thread.currentThread()) {
                    thread.join(PATIENCE_MILLIS);
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
