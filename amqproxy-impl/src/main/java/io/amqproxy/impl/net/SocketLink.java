package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.Link;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.core.UncaughtErrors;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.tls.TlsFailureText;
import io.amqproxy.internal.LogText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
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
 * makes the peer lose the last bytes that it has not read yet. After {@link #awaitEnd} it is the peer that ends the
 * stream first; some clients take an end that comes together with {@code close-ok} for a failure.
 */
final class SocketLink
        implements Link, LoopLink, EventLoop.Ready, FaultTransport.Host, ReadMode.Reader, UnauthenticatedClients.Guest {

    private static final Logger log = LoggerFactory.getLogger(SocketLink.class);

    private static final long SUBSTANCE = 4 * 1024;
    private static final long TLS_SUBSTANCE = 12 * 1024;

    private EventLoop loop;
    private final SocketChannel channel;
    private Session session;
    private final TransportStack stack;
    private final ByteQueue left;
    private @Nullable SelectionKey key;
    /** Null for a connection to the broker, which is read whenever something has come. */
    private @Nullable ReadMode mode;

    private boolean acknowledgesQuickly;
    /** What follows when the session is over, or null. */
    private @Nullable LingeringClose farewell;

    private boolean attached;
    private boolean established;
    private boolean dirty;
    private boolean resumed;
    private boolean progressed;
    private boolean closed;
    /** Whether it ends as the network ends connections, which no fault on purpose hides. */
    private boolean isCut;

    private @Nullable Runnable onClosed;
    private @Nullable String listener;
    /** Null for who has proved to be somebody. */
    private UnauthenticatedClients.@Nullable Place place;

    /** What a connection takes besides bytes: session, socket, key, and an engine with its handshake. */
    private final long substance;

    /** @param tls null for a connection without TLS */
    SocketLink(EventLoop loop, SocketChannel channel, Session session, @Nullable TlsStart tls) {
        this.loop = loop;
        this.channel = channel;
        this.session = session;
        this.left = ByteQueue.tight(loop.context().chunks);
        Transport socket = tls == null
                ? new PlainTransport(loop, channel, this)
                : new TlsTransport(loop, channel, this, tls.engine(), tls.tasks());
        this.stack = new TransportStack(loop, this, socket, this::session, left);
        this.substance = tls == null ? SUBSTANCE : SUBSTANCE + TLS_SUBSTANCE;
    }

    @Override
    public void onTaps() {
        stack.onTaps();
    }

    @Override
    public void onFaults() {
        if (!closed) {
            stack.onFaults(attached || key != null);
        } else if (stack.mayTellEnd()) {
            Sockets.resetAtEnd(channel);
            closeTransport();
        }
    }

    @Override
    public boolean keepsUnread() {
        return stack.keepsUnread();
    }

    @Override
    public void cut(boolean byReset) {
        if (!closed) {
            if (byReset) {
                Sockets.resetAtEnd(channel);
            }
            isCut = true;
            session.disconnect("cut on purpose");
            close();
        }
    }

    @Override
    public void shutOutput(LinkFaults means) {
        if (!closed) {
            stack.shutOutput(means);
        }
    }

    /** Which listener the client came to, by its name, if it has one. */
    void cameTo(@Nullable String name) {
        listener = name;
    }

    @Nullable
    String listener() {
        return listener;
    }

    void onClosed(Runnable action) {
        onClosed = action;
    }

    @Override
    public Session session() {
        return session;
    }

    boolean isClosed() {
        return closed;
    }

    /** Begins with a connected socket; the session's deadlines hold from now on, for the transport too. */
    void accept() throws IOException {
        key = channel.register(loop.selector(), SelectionKey.OP_READ, this);
        attached = true;
        session.attach(this);
        stack.top().open();
    }

    /** Ends what could not begin, or go on, where it was to be: the session if it has begun, and the socket. */
    void abandon() {
        try {
            if (attached) {
                session.disconnect("it could not be taken over");
            }
        } finally {
            close();
        }
    }

    /** Begins with a connected socket; the session gets it once bytes can be sent. */
    void open() throws IOException {
        key = channel.register(loop.selector(), SelectionKey.OP_READ, this);
        stack.top().open();
    }

    // The loop calls.

    @Override
    public void onReady(SelectionKey ready) throws IOException {
        int operations = ready.readyOps();
        if ((operations & SelectionKey.OP_WRITE) != 0) {
            flush();
        }
        if ((operations & SelectionKey.OP_READ) != 0) {
            read();
        }
    }

    @Override
    public void onAnswer() {
        if (place != null) {
            place.goesOn();
        }
    }

    @Override
    public void onEstablished() {
        established = true;
        if (attached) {
            flush();
        } else {
            attached = true;
            session.attach(this);
        }
    }

    @Override
    public void onProgress() {
        LingeringClose end = farewell;
        if (closed || (end != null && !end.awaitsEnd)) {
            return;
        }
        if (end == null && session.isPaused()) {
            progressed = true;
            return;
        }
        readNow();
    }

    @Override
    public void readNow() {
        try {
            read();
        } catch (IOException failure) {
            onFailure(failure);
        } catch (RuntimeException | Error fault) {
            loop.onCaught(fault);
            onFault(UncaughtErrors.of(fault));
        }
    }

    private void read() throws IOException {
        readSome();
        tellHeld();
    }

    private void readSome() throws IOException {
        ByteBuffer buffer = loop.readBuffer().clear();
        if (farewell != null) {
            drop(farewell, buffer);
            return;
        }
        if (!session.takesMore()) {
            progressed = true;
            listen(false);
            return;
        }
        ByteQueue bulk = left.isEmpty() ? session.bulk() : null;
        int count;
        if (bulk != null) {
            count = readBulk(bulk, buffer);
        } else {
            left.drainTo(buffer);
            int most = session.mostWaiting() - buffer.position();
            count = buffer.hasRemaining() && most > 0 ? stack.top().read(buffer, most) : 0;
        }
        if (closed) {
            return;
        }
        if (count == Transport.END) {
            session.disconnect("connection closed by the peer");
            close();
            return;
        }
        if (mode != null) {
            mode.onRead(count, loop.context().now);
        }
        receive(buffer, count != Transport.WAITING);
        if (acknowledgesQuickly && !closed) {
            acknowledge();
        }
    }

    /** The session is over: only the end of the stream is of interest. */
    private void drop(LingeringClose end, ByteBuffer buffer) throws IOException {
        // A peer may say its end in TLS, and wait for ours.
        int count = end.awaitsEnd ? stack.top().read(buffer) : channel.read(buffer);
        if (count == Transport.END) {
            close();
        } else if (count > 0 && end.isOverdue(loop.context().now)) {
            reset();
        } else if (!closed) {
            interest(SelectionKey.OP_READ, count != Transport.WAITING);
        }
    }

    /** Reads octets of a large frame straight to where they are gathered, and what follows them to the buffer. */
    private int readBulk(ByteQueue bulk, ByteBuffer buffer) throws IOException {
        ByteBuffer[] views = loop.views();
        int count = bulk.reserve(views, views.length - 1, session.bulkOctets());
        views[count] = buffer;
        int read;
        int octets;
        try {
            read = stack.top().read(views, count + 1);
        } finally {
            octets = bulk.commit();
        }
        session.receiveBulk(octets);
        return read;
    }

    /** Reads what a client sends in the ways of {@link ReadMode}. */
    void readAsClient() {
        mode = new ReadMode(loop.polling(), this);
        acknowledgesQuickly = Sockets.canAcknowledgeAtOnce(channel);
    }

    private void acknowledge() throws IOException {
        acknowledgesQuickly = mode != null && mode.isAtBeginning();
        if (acknowledgesQuickly && session.out().isEmpty()) {
            Sockets.acknowledgeAtOnce(channel);
        }
    }

    private void receive(ByteBuffer buffer, boolean more) {
        buffer.flip();
        if (attached) {
            session.receive(buffer);
            Session successor = session.successor();
            if (successor != null) {
                session = successor;
                stack.onSession();
                session.receive(buffer);
            }
        }
        if (closed) {
            return;
        }
        if (farewell == null && buffer.hasRemaining()) {
            left.append(buffer, buffer.position(), buffer.limit());
        }
        listen(farewell != null || (more && !session.isPaused()));
    }

    /** Whether the socket is to be read at all; when, is for the mode. */
    private void listen(boolean wanted) {
        if (mode != null && !wanted) {
            mode.stop();
        }
        interest(SelectionKey.OP_READ, wanted && (mode == null || !mode.isPolled()));
    }

    /** The peer was sent something: it may go on at once. */
    private void onAnswered() {
        if (mode != null && mode.onSent()) {
            listen(true);
        }
    }

    private void stopPolling() {
        if (mode != null) {
            mode.stop();
        }
    }

    @Override
    public void onResumed() {
        resumed = false;
        tellHeld();
        if (closed || farewell != null) {
            return;
        }
        try {
            ByteBuffer buffer = loop.readBuffer().clear();
            left.drainTo(buffer);
            receive(buffer, true);
            if (progressed && !session.isPaused()) {
                progressed = false;
                onProgress();
            }
        } catch (RuntimeException | Error fault) {
            loop.onCaught(fault);
            onFault(UncaughtErrors.of(fault));
        }
    }

    @Override
    public void onFlush() {
        dirty = false;
        if (closed) {
            return;
        }
        try {
            write();
        } catch (IOException failure) {
            onFailure(failure);
        } catch (RuntimeException | Error fault) {
            loop.onCaught(fault);
            onFault(UncaughtErrors.of(fault));
        }
    }

    private void write() throws IOException {
        if (session.isBroken()) {
            return;
        }
        ByteQueue out = session.out();
        long before = out.size();
        boolean blocked = stack.top().write(out);
        if (out.size() < before) {
            session.onWritten(before - out.size());
            session.onSent();
            onAnswered();
            waitForFarewell();
        }
        tellHeld();
        stack.endFaults();
        LingeringClose end = farewell;
        if (end != null && !end.awaitsEnd && out.isEmpty() && !end.outputShut && !blocked) {
            blocked = stack.top().finish();
            end.outputShut = !blocked;
        }
        interest(SelectionKey.OP_WRITE, blocked);
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
        if (failure instanceof LackException && session instanceof OutboundSession outbound) {
            outbound.onConnectImpossible(String.valueOf(failure.getMessage()));
            close();
            return;
        }
        if (failure instanceof SSLException && farewell == null) {
            onTlsFailure("TLS: " + TlsFailureText.of(failure));
            return;
        }
        String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        session.disconnect(why);
        close();
    }

    private void onTlsFailure(String why) {
        if (session instanceof OutboundSession outbound) {
            // Not a disconnection, which during log-in would be the broker's way of refusing it.
            outbound.onConnectFailed(why);
            close();
            return;
        }
        if (!established) {
            loop.context().tlsFailures++;
            loop.context().lines.info(log, "{} did not get past the handshake: {}", session, LogText.of(why));
        }
        session.disconnect(why);
        session.out().clear();
        finish(); // The peer should get to read the alert.
    }

    @Override
    public void onFault(RuntimeException fault) {
        try {
            session.onFault(fault);
        } finally {
            close();
        }
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
    public int send(ByteBuffer in, int from, int to) {
        if (closed) {
            return 0;
        }
        int position = in.position();
        int limit = in.limit();
        try {
            long before = session.out().size();
            int sent = stack.top().send(session.out(), in.limit(to).position(from));
            session.onWritten(before - session.out().size() + sent);
            onAnswered();
            return sent;
        } catch (IOException failure) {
            // The session is in the midst of something; the next write meets the failure again and tells it.
            log.debug("Sending failed", failure);
            return 0;
        } finally {
            in.limit(limit).position(position);
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
        linger(false);
    }

    @Override
    public void awaitEnd() {
        linger(true);
    }

    private void linger(boolean awaitingEnd) {
        if (closed) {
            return;
        }
        LoopContext context = loop.context();
        LingeringClose end = farewell == null ? new LingeringClose(this, context.now) : farewell;
        farewell = end;
        end.awaitsEnd = awaitingEnd;
        stopPolling();
        left.clear();
        waitForFarewell();
        loop.lingering().add(this);
        interest(SelectionKey.OP_READ, true);
        flush();
    }

    /** A peer that still reads what it was sent has more time. */
    private void waitForFarewell() {
        if (farewell != null) {
            LoopContext context = loop.context();
            farewell.onRead(context.now);
            context.timers.set(farewell.timer, context.now + context.settings.closeTimeout());
        }
    }

    /** A peer that has to end the stream need not be waited for any more. */
    void hurryEnd() {
        if (farewell != null && farewell.awaitsEnd) {
            finish();
        }
    }

    @Override
    public void abort() {
        close();
    }

    @Override
    public void reset() {
        if (!closed) {
            Sockets.resetAtEnd(channel);
            close();
        }
    }

    @Override
    public void stop() {
        if (mode == null || (farewell != null && farewell.awaitsEnd)) {
            close();
        } else {
            reset();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (place != null) {
            place.leave();
        }
        if (farewell != null) {
            loop.context().timers.cancel(farewell.timer);
            loop.lingering().remove(this);
        }
        stopPolling();
        left.clear();
        session.out().clear();
        if (!isCut && stack.closeSecretly()) {
            interest(SelectionKey.OP_READ | SelectionKey.OP_WRITE, false);
        } else {
            closeTransport();
        }
        if (onClosed != null) {
            onClosed.run();
        }
    }

    private void closeTransport() {
        try {
            stack.top().close();
        } catch (IOException e) {
            log.debug("Closing a socket failed", e);
        }
    }

    /** Memory that is held for the peer: of what is to be sent, and of what came and cannot be handled yet. */
    long heldBytes() {
        return session.out().heldBytes() + left.heldBytes() + stack.top().heldBytes();
    }

    boolean isProved() {
        return session.isProved();
    }

    /** The client has proved nothing yet, and is one of these until it does. */
    void enter(UnauthenticatedClients strangers, AddressKey address) {
        place = strangers.enter(this, address, substance + heldBytes());
    }

    private void tellHeld() {
        UnauthenticatedClients.Place present = place;
        if (present == null) {
            return;
        }
        if (session.isProved()) {
            present.leave();
            place = null;
        } else {
            present.holds(substance + heldBytes());
        }
    }

    @Override
    public void giveWay(String limit) {
        if (session instanceof InboundSession client) {
            client.giveWay(limit);
        }
        close();
    }

    List<X509Certificate> certificates() {
        return stack.top().certificates();
    }

    // From loop to loop.

    /** Takes the link off its loop; returns the bytes that the session has not taken, or null if it is closed. */
    byte @Nullable [] detach() {
        if (closed
                || farewell != null
                || !session.out().isEmpty()
                || key == null
                || !stack.top().detach()) {
            return null;
        }
        stopPolling();
        if (place != null) {
            place.leave();
            place = null;
        }
        key.cancel();
        return left.toArray();
    }

    /** Closes the socket of a link that was detached and that no loop gets any more; any thread may do so. */
    void discard() {
        Sockets.discard(channel);
    }

    /** Puts the link on another loop. */
    void attachTo(EventLoop next, byte[] bytes) throws IOException {
        loop = next;
        stack.attachTo(next);
        if (mode != null) {
            mode.moveTo(next.polling());
        }
        left.moveTo(next.context().chunks);
        left.append(ByteBuffer.wrap(bytes), 0, bytes.length);
        onTaps();
        onFaults();
        key = channel.register(next.selector(), SelectionKey.OP_READ, this);
        if (session.isPaused()) {
            interest(SelectionKey.OP_READ, false);
        }
    }
}
