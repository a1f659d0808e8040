package io.amqproxy.impl.net;

import io.amqproxy.impl.core.Link;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the bytes of one session over a TCP connection.
 *
 * <p>{@link SocketReader} reads what comes, {@link SocketWriter} writes what goes.
 *
 * <p>{@link #finish} closes by halves: after the last byte went out nothing more is sent, and what the peer still sends
 * is read and dropped for a while. Closing at once would make the kernel answer those bytes with a reset, and a reset
 * makes the peer lose the last bytes that it has not read yet. After {@link #awaitEnd} it is the peer that ends the
 * stream first; some clients take an end that comes together with {@code close-ok} for a failure.
 */
final class SocketLink
        implements Link,
                EventLoop.Ready,
                FaultTransport.Host,
                SocketReader.Host,
                SocketWriter.Host,
                TransportFailures.Host,
                UnauthenticatedClients.Guest {

    private static final Logger log = LoggerFactory.getLogger(SocketLink.class);

    private EventLoop loop;
    private final SocketChannel channel;
    private Session session;
    private final TransportStack stack;
    private final SelectorInterest interest;
    private final SocketReader reader;
    private final SocketWriter writer;
    /** What follows when the session is over, or null. */
    private @Nullable LingeringClose farewell;

    private boolean attached;
    private boolean established;
    private boolean resumed;
    private boolean closed;
    /** Whether it ends as the network ends connections, which no fault on purpose hides. */
    private boolean isCut;

    private @Nullable ClientLinkTable keeper;
    private @Nullable String listenName;
    /** Whether its peer begins with TLS. */
    private final boolean isTls;
    /** Null while the client is no stranger, or none is known yet. */
    private @Nullable UnauthenticatedPlace place;

    /** @param tls null for a connection without TLS */
    SocketLink(EventLoop loop, SocketChannel channel, Session session, @Nullable TlsStart tls) {
        this.loop = loop;
        this.channel = channel;
        this.session = session;
        this.interest = new SelectorInterest(channel);
        this.isTls = tls != null;
        Transport socket = tls == null
                ? new PlainTransport(loop, channel, this)
                : new TlsTransport(loop, channel, this, tls.engine(), tls.tasks());
        this.stack = new TransportStack(loop, this, socket, this::session);
        this.reader = new SocketReader(this, channel, stack, interest);
        this.writer = new SocketWriter(this, stack, interest);
    }

    @Override
    public void onTaps() {
        stack.onTaps(reader.left());
    }

    @Override
    public void onFaults() {
        if (!closed) {
            stack.onFaults(attached || interest.isRegistered());
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

    /** Which address that is listened on the client came to, by its name, if it has one. */
    void cameTo(@Nullable String name) {
        listenName = name;
    }

    @Nullable
    String listenName() {
        return listenName;
    }

    /** The link is one of these from now on, or of none (null). */
    void keptBy(@Nullable ClientLinkTable clients) {
        keeper = clients;
    }

    @Override
    public Session session() {
        return session;
    }

    @Override
    public void onSuccessor(Session successor) {
        session = successor;
        stack.onSession();
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public boolean isAttached() {
        return attached;
    }

    @Override
    public boolean isEstablished() {
        return established;
    }

    @Override
    public @Nullable LingeringClose farewell() {
        return farewell;
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    /** Begins with a connected socket; the session's deadlines hold from now on, for the transport too. */
    void accept() throws IOException {
        interest.register(loop, this);
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
        interest.register(loop, this);
        stack.top().open();
    }

    // The loop calls.

    @Override
    public void onReady(SelectionKey ready) throws IOException {
        int operations = ready.readyOps();
        if ((operations & SelectionKey.OP_WRITE) != 0) {
            flush();
        }
        boolean isStranger = attached && !established && !(session instanceof OutboundSession);
        if ((operations & SelectionKey.OP_READ) != 0 && (!isStranger || loop.readsHandshake())) {
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
            reader.putOff();
            return;
        }
        readNow();
    }

    @Override
    public void readNow() {
        try {
            read();
        } catch (IOException | RuntimeException | Error thrown) {
            TransportFailures.onThrown(this, thrown);
        }
    }

    private void read() throws IOException {
        reader.read();
        tellHeld();
    }

    /** Reads what a client sends in the ways of {@link ReadMode}. */
    void readAsClient() {
        reader.readAsClient();
    }

    @Override
    public void onResumed() {
        resumed = false;
        tellHeld();
        if (closed || farewell != null) {
            return;
        }
        try {
            if (reader.resume()) {
                onProgress();
            }
        } catch (RuntimeException | Error fault) {
            TransportFailures.onThrown(this, fault);
        }
    }

    @Override
    public void onFlush() {
        if (!writer.endTurn()) {
            return;
        }
        try {
            writer.write();
            tellHeld();
        } catch (IOException | RuntimeException | Error thrown) {
            TransportFailures.onThrown(this, thrown);
        }
    }

    @Override
    public void onAnswered() {
        reader.onAnswered();
    }

    @Override
    public void onTaken() {
        giveFarewellTime();
    }

    @Override
    public void onFailure(IOException failure) {
        TransportFailures.onFailure(this, failure);
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
        writer.mark();
    }

    @Override
    public int send(ByteBuffer in, int from, int to) {
        return writer.send(in, from, to);
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
        LingeringClose end = farewell == null ? new LingeringClose(this, loop.context().now) : farewell;
        farewell = end;
        end.awaitsEnd = awaitingEnd;
        reader.stop();
        giveFarewellTime();
        loop.lingering().add(this);
        interest.set(SelectionKey.OP_READ, true);
        flush();
    }

    /** A peer that still reads what it was sent has more time. */
    private void giveFarewellTime() {
        if (farewell != null) {
            farewell.giveTime(loop.context());
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
        if (!reader.isOfClient() || (farewell != null && farewell.awaitsEnd)) {
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
        leavePlace();
        if (farewell != null) {
            farewell.end(loop.context());
            loop.lingering().remove(this);
        }
        reader.stop();
        session.out().clear();
        if (!isCut && stack.closeSecretly()) {
            interest.set(SelectionKey.OP_READ | SelectionKey.OP_WRITE, false);
        } else {
            closeTransport();
        }
        if (keeper != null) {
            keeper.remove(this);
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
        return session.heldBytes() + reader.heldBytes() + stack.top().heldBytes();
    }

    boolean isProved() {
        return session.isProved();
    }

    /** The client has proved nothing yet, and is one of these until it does. */
    void enter(UnauthenticatedClients strangers, AddressKey address) {
        place = new UnauthenticatedPlace(strangers, this, address, heldBytes(), isTls);
    }

    private void leavePlace() {
        if (place != null) {
            place.leave();
            place = null;
        }
    }

    private void tellHeld() {
        if (place != null && session.isProved()) {
            leavePlace();
        } else if (place != null) {
            place.holds(heldBytes());
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

    /** Takes the link off its loop. Returns the bytes that the session has not taken, or null if it is closed. */
    byte @Nullable [] detach() {
        if (closed
                || farewell != null
                || !session.out().isEmpty()
                || !interest.isRegistered()
                || !stack.top().detach()) {
            return null;
        }
        leavePlace();
        interest.cancel();
        return reader.takeLeft();
    }

    /** Closes the socket of a link that was detached and that no loop gets any more; any thread may do so. */
    void discard() {
        Sockets.discard(channel);
    }

    /** Puts the link on another loop. */
    void attachTo(EventLoop next, byte[] bytes) throws IOException {
        loop = next;
        stack.attachTo(next);
        reader.moveTo(next, bytes);
        onTaps();
        onFaults();
        interest.register(next, this);
        if (session.isPaused()) {
            interest.set(SelectionKey.OP_READ, false);
        }
    }
}
