package io.amqproxy.impl.net;

import io.amqproxy.impl.core.Timers;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts clients at one listening port, while there is a broker. */
final class Acceptor implements EventLoop.Ready, Timers.Timed {

    /** Who gets the clients. */
    interface Host {
        void welcome(SocketChannel channel, ListenConfig where);

        /** There are no descriptors for this client, as the system says in its words. */
        void turnAway(SocketChannel channel, String words);

        /** The broker is down, and this client has come all the same. */
        void cut(SocketChannel channel);

        /** {@return nanoseconds until another client may be accepted, or 0} */
        long untilNextClient();
    }

    private static final Logger log = LoggerFactory.getLogger(Acceptor.class);
    private static final int ACCEPTS_PER_TURN = 64;
    /** What TLS begins with takes longer than all the rest. */
    static final int TLS_ACCEPTS_PER_TURN = 4;

    private static final int TURNED_AWAY_AT_ONCE = 1024;
    /** No more can wait where somebody connects without end. */
    private static final int TAKEN_AT_END = 4096;

    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    private final EventLoop loop;
    private final Host host;
    private final ListenConfig where;
    private final ReserveDescriptors spare;
    private final Timers.Timer pause = new Timers.Timer(this);
    private @Nullable ServerSocketChannel server;
    private @Nullable SelectionKey accepting;
    /** Until then clients wait in the kernel's queue. */
    private boolean begun;

    private boolean stopped;
    /** The socket listens though nobody should come, as it is not ours. */
    private boolean refuses;

    Acceptor(EventLoop loop, Host host, ListenConfig where, ReserveDescriptors spare) {
        this.loop = loop;
        this.host = host;
        this.where = where;
        this.spare = spare;
    }

    /** Listens from now on; clients are accepted from {@link #begin} on. */
    void listen() throws IOException {
        spare.fill();
        ServerSocketChannel listening = where.port().listen();
        try {
            accepting = listening.register(loop.selector(), begun ? SelectionKey.OP_ACCEPT : 0, this);
        } catch (IOException | RuntimeException | Error failure) {
            close(listening);
            throw failure;
        }
        server = listening;
    }

    /** Clients are accepted, and those first that wait. */
    void begin() {
        begun = true;
        goOn();
    }

    /** Listens no more, until {@link #listenAgain}; the port stays taken. */
    void refuse() {
        if (!isOwner() && !stopped) {
            refuses = true;
            return;
        }
        ServerSocketChannel bound = server;
        server = null;
        loop.context().timers.cancel(pause);
        if (bound != null) {
            close(bound);
        }
    }

    /** A socket that is not ours is only let go: clients that have come to it wait for whoever accepts there next. */
    private void close(ServerSocketChannel bound) {
        SelectionKey key = accepting;
        if (!isOwner()) {
            if (key != null) {
                key.cancel();
            }
            return;
        }
        try {
            bound.close();
        } catch (IOException e) {
            log.debug("Closing the listening socket failed", e);
        }
    }

    ListenConfig where() {
        return where;
    }

    /** Whether the socket is ours to close. */
    boolean isOwner() {
        return !where.port().isGiven();
    }

    void listenAgain() {
        refuses = false;
        if (stopped || server != null) {
            return;
        }
        try {
            listen();
        } catch (IOException failure) {
            log.warn("{} cannot be listened on again: {}", where.port().address(), failure.getMessage());
            loop.context().timers.set(pause, loop.context().now + PAUSE);
        }
    }

    /** Listens no more, and gives up the port. Clients that have connected already are still taken. */
    void stop() {
        if (isOwner() && !stopped) {
            takeWaiting();
        }
        stopped = true;
        refuse();
        try {
            where.port().close();
        } catch (IOException e) {
            log.debug("Giving up the port failed", e);
        }
    }

    /** The kernel would reset those that wait to be accepted. */
    private void takeWaiting() {
        ServerSocketChannel bound = server;
        try {
            for (int i = 0; bound != null && i < TAKEN_AT_END && host.untilNextClient() == 0; i++) {
                SocketChannel channel = bound.accept();
                if (channel == null) {
                    return;
                }
                host.welcome(channel, where);
            }
        } catch (IOException failure) {
            log.debug("Clients that waited are not accepted", failure);
        }
    }

    @Override
    public void onReady(SelectionKey key) throws IOException {
        ServerSocketChannel bound = server;
        int most = where.tls() == null ? ACCEPTS_PER_TURN : TLS_ACCEPTS_PER_TURN;
        for (int i = 0; bound != null && i < most; i++) {
            long wait = refuses ? 0 : host.untilNextClient();
            if (wait > 0) {
                pause(wait);
                return;
            }
            SocketChannel channel = bound.accept();
            if (channel == null) {
                return;
            }
            if (refuses) {
                host.cut(channel);
            } else {
                host.welcome(channel, where);
            }
        }
    }

    /** Out of file descriptors, most likely: those that wait are turned away, and for a while nobody is accepted. */
    @Override
    public void onFailure(IOException failure) {
        String words = String.valueOf(failure.getMessage());
        if (turnAway(words) == 0) { // Otherwise each is told of as refused.
            loop.context().lines.warn(log, "Clients cannot be accepted: {}", words);
        }
        pause(PAUSE);
    }

    private int turnAway(String words) {
        ServerSocketChannel bound = server;
        int count = 0;
        if (bound == null || !spare.release()) {
            return count;
        }
        try {
            SocketChannel channel = bound.accept();
            while (channel != null && count < TURNED_AWAY_AT_ONCE) {
                host.turnAway(channel, words);
                count++;
                channel = bound.accept();
            }
            if (channel != null) {
                host.turnAway(channel, words);
                count++;
            }
        } catch (IOException none) {
            log.debug("There is not even a descriptor to turn clients away", none);
        }
        spare.fill();
        return count;
    }

    /** Clients that come meanwhile wait in the kernel's queue. */
    private void pause(long nanos) {
        SelectionKey key = accepting;
        if (key != null && key.isValid()) {
            key.interestOps(0);
            loop.context().timers.set(pause, loop.context().now + nanos);
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.context().lines.error(log, "Accepting a client failed", fault);
    }

    @Override
    public void onTime() {
        spare.fill();
        listenAgain();
        goOn();
    }

    private void goOn() {
        SelectionKey key = accepting;
        if (begun && key != null && key.isValid()) {
            key.interestOps(SelectionKey.OP_ACCEPT);
        }
    }
}
