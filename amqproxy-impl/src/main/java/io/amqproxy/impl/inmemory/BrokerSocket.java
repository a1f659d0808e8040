package io.amqproxy.impl.inmemory;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the bytes of one connection: a thread reads frames, and another one sends what waits. Who does not read what
 * it asks for is read no more.
 */
final class BrokerSocket {

    /** The broker that a socket is of. */
    interface Host {

        /** Held while anything but sockets is touched. */
        ReentrantLock lock();

        Condition newCondition();

        /** Something may wait to be sent on any connection. */
        void wake();

        void onEnd(BrokerSocket socket);
    }

    private static final Logger log = LoggerFactory.getLogger(BrokerSocket.class);
    private static final byte[] HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    private static final int READ_AT_ONCE = 64 * 1024;
    private static final int WRITTEN_AT_ONCE = 64 * 1024;
    /** Answers that wait; more messages are not handed out long before. */
    private static final long MOST_WAITING = 4L << 20;
    /** For the log-in, and for the peer's end after ours. */
    private static final int PATIENCE_MILLIS = 10_000;
    /** For who is read no more, to take some of what waits. */
    private static final long UNREAD_SECONDS = 60;

    private final Host host;
    private final Socket socket;
    private final BrokerConnection connection;
    private final Condition toSend;
    private final Condition sent;
    private boolean isClosed;

    BrokerSocket(Host host, Socket socket, BrokerConnection connection) {
        this.host = host;
        this.socket = socket;
        this.connection = connection;
        this.toSend = host.newCondition();
        this.sent = host.newCondition();
    }

    /** There may be something to send; with the lock. */
    void wake() {
        if (!connection.out().isEmpty() || connection.isOver()) {
            toSend.signal();
        }
    }

    /** The reading thread's. */
    void read() {
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), READ_AT_ONCE));
            if (!Arrays.equals(in.readNBytes(HEADER.length), HEADER)) {
                socket.getOutputStream().write(HEADER);
                return;
            }
            handle(connection::start);
            while (takesMore()) {
                ByteBuffer frame = frame(in);
                handle(frame == null ? this::failFraming : () -> connection.receive(frame));
            }
            in.skipNBytes(Long.MAX_VALUE);
        } catch (EOFException ended) {
            log.debug("A connection of the in-memory broker has ended");
        } catch (IOException gone) {
            log.debug("A connection of the in-memory broker is gone: {}", gone.toString());
        } finally {
            end();
        }
    }

    private boolean takesMore() throws IOException {
        host.lock().lock();
        try {
            while (connection.out().size() > MOST_WAITING && !isClosed) {
                if (!sent.await(UNREAD_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException("nothing was read for " + UNREAD_SECONDS + " s");
                }
            }
            int heartbeat = connection.heartbeat();
            if (connection.isOver()) {
                socket.setSoTimeout(PATIENCE_MILLIS);
            } else if (connection.isOpen()) {
                socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(2L * heartbeat));
            }
            return !connection.isOver() && !isClosed;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            host.lock().unlock();
        }
    }

    /** {@return the next frame, or null where it cannot be one} */
    private @Nullable ByteBuffer frame(DataInputStream in) throws IOException {
        byte type = in.readByte();
        short channel = in.readShort();
        int size = in.readInt();
        if (size < 0 || size > connection.frameMax() - Frame.OVERHEAD) {
            return null;
        }
        ByteBuffer frame = ByteBuffer.allocate(size + Frame.OVERHEAD);
        frame.put(type).putShort(channel).putInt(size);
        in.readFully(frame.array(), Frame.PAYLOAD_OFFSET, size + 1);
        return frame.get(Frame.PAYLOAD_OFFSET + size) == Frame.END ? frame.clear() : null;
    }

    private void handle(Runnable what) {
        host.lock().lock();
        try {
            if (!isClosed) {
                what.run();
                host.wake();
            }
        } finally {
            host.lock().unlock();
        }
    }

    private void failFraming() {
        connection.fail(0, AmqpException.framing("a frame is larger than what was agreed, or has no end"));
    }

    /** The writing thread's. */
    void write() {
        byte[] octets = new byte[WRITTEN_AT_ONCE];
        try {
            int count = next(octets);
            while (count > 0) {
                socket.getOutputStream().write(octets, 0, count);
                count = next(octets);
            }
            socket.shutdownOutput();
        } catch (IOException gone) {
            log.debug("A connection of the in-memory broker takes no more: {}", gone.toString());
            close();
        }
    }

    /** Waits for something to send; {@return how many octets it is, 0 for none any more} */
    private int next(byte[] octets) {
        host.lock().lock();
        try {
            // What was sent has made room.
            connection.dispatch();
            host.wake();
            int heartbeat = connection.heartbeat();
            while (connection.out().isEmpty()) {
                if (connection.isOver() || isClosed) {
                    return 0;
                }
                if (heartbeat == 0) {
                    toSend.await();
                } else if (!toSend.await(TimeUnit.SECONDS.toMillis(heartbeat) / 2, TimeUnit.MILLISECONDS)) {
                    connection.beat();
                }
                heartbeat = connection.heartbeat();
            }
            ByteBuffer target = ByteBuffer.wrap(octets);
            connection.out().drainTo(target);
            sent.signal();
            return target.position();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return 0;
        } finally {
            host.lock().unlock();
        }
    }

    /** Nothing more is read. */
    private void end() {
        close();
        host.lock().lock();
        try {
            connection.end();
            connection.out().clear();
            host.onEnd(this);
            host.wake();
        } finally {
            host.lock().unlock();
        }
    }

    void close() {
        host.lock().lock();
        try {
            isClosed = true;
            toSend.signal();
            sent.signal();
        } finally {
            host.lock().unlock();
        }
        try {
            socket.close();
        } catch (IOException failure) {
            log.debug("Closing a socket of the in-memory broker failed", failure);
        }
    }
}
