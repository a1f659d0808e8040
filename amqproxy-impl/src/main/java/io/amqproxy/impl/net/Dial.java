package io.amqproxy.impl.net;

import io.amqproxy.impl.core.Link;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Timers;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects a session to one of an endpoint's addresses, one after the other. Those that are left share the time that is
 * left, so that one which does not answer leaves some for the next. The session's own deadline bounds all of it.
 */
final class Dial implements Link, EventLoop.Ready, Timers.Timed {

    private static final Logger log = LoggerFactory.getLogger(Dial.class);

    private final SocketConnector connector;
    private final OutboundSession session;
    private final Iterator<InetAddress> addresses;
    private final Timers.Timer timer = new Timers.Timer(this);
    private final long deadline;
    private int left;
    private @Nullable InetAddress address;
    private @Nullable SocketChannel channel;
    /** How the first address that was asked has failed; the others are only tried in its place. */
    private @Nullable String why;
    /** Why the proxy could not ask an address. */
    private @Nullable String lack;

    private boolean over;

    Dial(SocketConnector connector, OutboundSession session, List<InetAddress> addresses) {
        this.connector = connector;
        this.session = session;
        this.addresses = addresses.iterator();
        this.left = addresses.size();
        this.deadline = loop().context().now + loop().context().settings.connectTimeout();
    }

    private EventLoop loop() {
        return connector.loop();
    }

    void begin() {
        session.prepare(this);
        tryNext();
    }

    private void tryNext() {
        while (!over && addresses.hasNext()) {
            InetAddress next = addresses.next();
            address = next;
            long now = loop().context().now;
            loop().context().timers.set(timer, now + Math.max(0, deadline - now) / left--);
            try {
                if (connect(next)) {
                    return;
                }
            } catch (IOException failure) {
                giveUpAddress(failure);
            }
        }
        if (!over) {
            over = true;
            loop().context().timers.cancel(timer);
            tellFailure();
        }
    }

    private void tellFailure() {
        if (why == null && lack != null) {
            session.onConnectImpossible(lack);
        } else {
            session.onConnectFailed(connector.endpoint() + ": " + (why == null ? "no address" : why));
        }
    }

    /** Returns whether connecting has begun, or is done. */
    private boolean connect(InetAddress next) throws IOException {
        SocketChannel opened = open();
        if (opened.connect(new InetSocketAddress(next, connector.port()))) {
            onConnected(opened);
        } else {
            opened.register(loop().selector(), SelectionKey.OP_CONNECT, this);
        }
        return true;
    }

    private SocketChannel open() throws LocalResourceException {
        try {
            SocketChannel opened = connector.openSocket();
            channel = opened;
            Sockets.prepare(opened);
            return opened;
        } catch (IOException none) {
            throw new LocalResourceException("no socket for a connection: " + none.getMessage());
        }
    }

    private void onConnected(SocketChannel connected) throws IOException {
        connector.checkNotCutOff();
        connector.introduce(connected, session);
        over = true;
        loop().context().timers.cancel(timer);
        SocketLink link = new SocketLink(loop(), connected, session, connector.newTls());
        session.prepare(link);
        session.onLinked();
        link.open();
    }

    private void giveUpAddress(IOException failure) {
        String lacking = lackOf(failure);
        if (lacking != null) {
            lack = lacking;
        } else {
            why = why == null ? textOf(failure) : why;
            InetAddress failed = address;
            if (failed != null) {
                connector.onAddressFailed(failed);
            }
        }
        close();
    }

    /**
     * What the proxy lacks itself, or null: where all ports of this machine are in use there is none to connect from.
     */
    private static @Nullable String lackOf(IOException failure) {
        if (failure instanceof LocalResourceException) {
            return textOf(failure);
        }
        return failure instanceof BindException ? "no port for a connection: " + textOf(failure) : null;
    }

    private static String textOf(IOException failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    private void close() {
        SocketChannel open = channel;
        channel = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (IOException e) {
            log.debug("Closing a socket failed", e);
        }
    }

    // The loop calls.

    @Override
    public void onReady(SelectionKey key) throws IOException {
        SocketChannel connecting = channel;
        if (connecting != null && connecting.finishConnect()) {
            onConnected(connecting);
        }
    }

    @Override
    public void onFailure(IOException failure) {
        if (over) {
            // What began with the connected socket failed at once.
            session.onConnectFailed(connector.endpoint() + ": " + textOf(failure));
            close();
            return;
        }
        giveUpAddress(failure);
        tryNext();
    }

    @Override
    public void onFault(RuntimeException fault) {
        over = true;
        loop().context().timers.cancel(timer);
        session.onFault(fault);
        close();
    }

    /** The address had its time. */
    @Override
    public void onTime() {
        if (addresses.hasNext()) {
            giveUpAddress(new IOException("no answer in time"));
            tryNext();
        }
    }

    // The session has nothing to send yet; it may give up.

    @Override
    public void flush() {}

    @Override
    public int send(ByteBuffer in, int from, int to) {
        return 0;
    }

    @Override
    public void resume() {}

    @Override
    public void finish() {
        abort();
    }

    @Override
    public void awaitEnd() {
        abort();
    }

    @Override
    public void reset() {
        abort();
    }

    @Override
    public void abort() {
        InetAddress tried = address;
        if (!over && tried != null) {
            connector.onAddressFailed(tried);
        }
        over = true;
        loop().context().timers.cancel(timer);
        close();
    }
}
