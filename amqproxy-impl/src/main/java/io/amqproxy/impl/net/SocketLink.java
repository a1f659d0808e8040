package io.amqproxy.impl.net;

import io.amqproxy.impl.session.Link;
import io.amqproxy.impl.session.Session;
import io.amqproxy.impl.session.Timers;
import io.amqproxy.impl.wire.ByteQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the bytes of one session over a TCP connection.
 *
 * <p>Bytes are read into the loop's one buffer; what the session leaves is kept until the next time, so that an idle
 * connection holds no buffer. Outgoing bytes are written once a turn.
 *
 * <p>{@link #finish} closes by halves: after the last byte went out nothing more is sent, and what the peer still sends
 * is read and dropped for a while. Closing at once would make the kernel answer those bytes with a reset, and a reset
 * makes the peer lose the last bytes that it has not read yet.
 */
final class SocketLink implements Link, Loop.Ready, Timers.Timed {

    private static final Logger log = LoggerFactory.getLogger(SocketLink.class);
    private static final int QUICK_ACKS = 16;
    private static final long LINGER = TimeUnit.SECONDS.toNanos(5);

    private Loop loop;
    private final SocketChannel channel;
    private final Session session;
    private final ByteQueue left;
    private final Timers.Timer lingering = new Timers.Timer(this);
    private @Nullable SelectionKey key;
    private int quickAcks;
    private boolean dirty;
    private boolean resumed;
    private boolean finishing;
    private boolean outputShut;
    private boolean closed;
    private @Nullable Runnable onClosed;

    SocketLink(Loop loop, SocketChannel channel, Session session) {
        this.loop = loop;
        this.channel = channel;
        this.session = session;
        this.left = new ByteQueue(loop.context().chunks);
    }

    void onClosed(Runnable action) {
        onClosed = action;
    }

    Session session() {
        return session;
    }

    /** Begins with a connected socket. */
    void open() throws IOException {
        key = channel.register(loop.selector(), SelectionKey.OP_READ, this);
        session.attach(this);
    }

    /** Begins with a socket that is being connected. */
    void openWhenConnected() throws IOException {
        key = channel.register(loop.selector(), SelectionKey.OP_CONNECT, this);
    }

    // The loop calls.

    @Override
    public void onReady(SelectionKey ready) throws IOException {
        int operations = ready.readyOps();
        if ((operations & SelectionKey.OP_CONNECT) != 0) {
            channel.finishConnect();
            ready.interestOps(SelectionKey.OP_READ);
            session.attach(this);
            return;
        }
        if ((operations & SelectionKey.OP_WRITE) != 0) {
            flush();
        }
        if ((operations & SelectionKey.OP_READ) != 0) {
            read();
        }
    }

    private void read() throws IOException {
        ByteBuffer buffer = loop.readBuffer().clear();
        if (finishing) {
            if (channel.read(buffer) < 0) {
                close();
            }
            return;
        }
        left.drainTo(buffer);
        if (buffer.hasRemaining() && channel.read(buffer) < 0) {
            session.disconnect("connection closed by the peer");
            close();
            return;
        }
        if (quickAcks > 0) {
            quickAcks--;
            channel.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
        }
        receive(buffer);
    }

    /**
     * Acknowledges the first segments at once. Clients that leave Nagle's algorithm on wait for the acknowledgement of
     * one small write before they send the next, and the kernel delays it by 40 ms where there is nothing to answer; a
     * short-lived client would spend most of its life so. The kernel forgets the option, so that it is set again.
     */
    void acknowledgeQuickly() {
        if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK)) {
            quickAcks = QUICK_ACKS;
        }
    }

    private void receive(ByteBuffer buffer) {
        buffer.flip();
        session.receive(buffer);
        if (closed) {
            return;
        }
        if (!finishing && buffer.hasRemaining()) {
            left.append(buffer, buffer.position(), buffer.limit());
        }
        interest(SelectionKey.OP_READ, finishing || !session.isPaused());
    }

    void onResumed() {
        resumed = false;
        if (closed || finishing) {
            return;
        }
        try {
            ByteBuffer buffer = loop.readBuffer().clear();
            left.drainTo(buffer);
            receive(buffer);
        } catch (RuntimeException fault) {
            onFault(fault);
        }
    }

    void onFlush() {
        dirty = false;
        if (closed) {
            return;
        }
        try {
            write();
        } catch (IOException failure) {
            onFailure(failure);
        } catch (RuntimeException fault) {
            onFault(fault);
        }
    }

    private void write() throws IOException {
        ByteQueue out = session.out();
        ByteBuffer[] views = loop.views();
        boolean sent = false;
        boolean blocked = false;
        while (!out.isEmpty() && !blocked) {
            int count = out.peek(views);
            long wanted = 0;
            for (int i = 0; i < count; i++) {
                wanted += views[i].remaining();
            }
            long written = count == 1 ? channel.write(views[0]) : channel.write(views, 0, count);
            out.skip(written);
            sent |= written > 0;
            blocked = written < wanted;
        }
        interest(SelectionKey.OP_WRITE, blocked);
        if (sent) {
            session.onSent();
        }
        if (finishing && out.isEmpty() && !outputShut) {
            outputShut = true;
            channel.shutdownOutput();
        }
    }

    private void interest(int operation, boolean wanted) {
        SelectionKey registered = key;
        if (registered == null || !registered.isValid()) {
            return;
        }
        int present = registered.interestOps();
        int next = wanted ? present | operation : present & ~operation;
        if (next != present) {
            registered.interestOps(next);
        }
    }

    @Override
    public void onFailure(IOException failure) {
        String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        session.disconnect(why);
        close();
    }

    @Override
    public void onFault(RuntimeException fault) {
        session.onFault(fault);
        close();
    }

    // The session calls.

    @Override
    public void flush() {
        if (!dirty && !closed) {
            dirty = true;
            loop.markDirty(this);
        }
    }

    @Override
    public void resume() {
        if (!resumed && !closed) {
            resumed = true;
            loop.markResumed(this);
        }
    }

    @Override
    public void finish() {
        if (closed) {
            return;
        }
        finishing = true;
        left.clear();
        loop.context().timers.set(lingering, loop.context().now + LINGER);
        interest(SelectionKey.OP_READ, true);
        flush();
    }

    @Override
    public void abort() {
        close();
    }

    @Override
    public void onTime() {
        close();
    }

    private void close() {
        if (closed) {
            return;
        }
        closed = true;
        loop.context().timers.cancel(lingering);
        left.clear();
        session.out().clear();
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("Closing a socket failed", e);
        }
        if (onClosed != null) {
            onClosed.run();
        }
    }

    // From loop to loop.

    /** Takes the link off its loop; answers the bytes that the session has not taken, or null if it is closed. */
    byte @Nullable [] detach() {
        if (closed || finishing || !session.out().isEmpty() || key == null) {
            return null;
        }
        key.cancel();
        return left.toArray();
    }

    /** Puts the link on another loop. */
    void attachTo(Loop next, byte[] bytes) throws IOException {
        loop = next;
        left.moveTo(next.context().chunks);
        left.append(ByteBuffer.wrap(bytes), 0, bytes.length);
        key = channel.register(next.selector(), SelectionKey.OP_READ, this);
        if (session.isPaused()) {
            interest(SelectionKey.OP_READ, false);
        }
    }
}
