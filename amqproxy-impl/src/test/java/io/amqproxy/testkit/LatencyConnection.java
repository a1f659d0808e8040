package io.amqproxy.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One connection through a {@link LatencyLink}: the client's socket, the target's, and a pipe for each direction. */
final class LatencyConnection {

    private final Link link;
    private final SelectionKey client;
    private final long establishedAt;
    private final LatencyPipe toTarget;
    private final LatencyPipe toClient;
    private @Nullable SelectionKey target;

    /** Whether the client has sent something since it last got something. */
    private boolean asked;

    LatencyConnection(Link link, SocketChannel client, long now) throws IOException {
        this.link = link;
        this.client = register(client, SelectionKey.OP_READ);
        this.establishedAt = now + link.roundTripNanos();
        this.toTarget = new LatencyPipe(link.roundTripNanos() / 2);
        this.toClient = new LatencyPipe(link.roundTripNanos() / 2);
    }

    /** Reads or connects; what was read leaves in {@link #workOff}. */
    void onReady(SelectionKey key, long now) {
        try {
            if (key.isConnectable()) {
                ((SocketChannel) key.channel()).finishConnect();
            }
            if (key.isReadable() && key == client) {
                // Bytes that came before the connection was there would have been sent once it was.
                link.bytesToTarget().addAndGet(toTarget.read(channel(client), Math.max(now, establishedAt)));
                asked = true;
            } else if (key.isReadable()) {
                link.bytesToClients().addAndGet(toClient.read((SocketChannel) key.channel(), now));
            }
        } catch (IOException e) {
            reset(); // Also where the target refuses the connection.
        }
    }

    /**
     * Moves what is due.
     *
     * @return how many nanoseconds later there is more to move
     */
    long workOff(long now) {
        try {
            SelectionKey upstream = target;
            if (upstream == null) {
                if (now - establishedAt < 0) {
                    client.interestOps(toTarget.wantsToRead() ? SelectionKey.OP_READ : 0);
                    return establishedAt - now;
                }
                upstream = connect();
                target = upstream;
            }
            if (channel(upstream).isConnectionPending()) {
                upstream.interestOps(SelectionKey.OP_CONNECT);
                return Long.MAX_VALUE;
            }
            if (!writeToTarget(channel(upstream), now)) {
                return Long.MAX_VALUE;
            }
            if (asked && toClient.isDue(now)) {
                asked = false;
                link.directionSwitches().incrementAndGet(); // Before the client can see the answer.
            }
            toClient.write(channel(client), now, Link.NEVER);
            if (toTarget.hasEnded() && toClient.hasEnded()) {
                close();
                return Long.MAX_VALUE;
            }
            client.interestOps(interest(toTarget, toClient, now));
            upstream.interestOps(interest(toClient, toTarget, now));
            return Math.min(toTarget.nanosUntilDue(now), toClient.nanosUntilDue(now));
        } catch (IOException e) {
            reset();
            return Long.MAX_VALUE;
        }
    }

    /**
     * Hands on what is due for the target.
     *
     * @return false if that was where the connection is to be cut
     */
    private boolean writeToTarget(SocketChannel upstream, long now) throws IOException {
        long budget = link.bytesUntilCut().get();
        long written = toTarget.write(upstream, now, budget);
        if (budget == Link.NEVER) {
            return true;
        }
        link.bytesUntilCut().set(budget - written);
        if (written < budget) {
            return true;
        }
        link.bytesUntilCut().set(Link.NEVER);
        upstream.shutdownOutput(); // First, so that the bytes arrive.
        channel(client).setOption(StandardSocketOptions.SO_LINGER, 0);
        close();
        return false;
    }

    /** Takes no notice of either end until the next {@link #workOff}. */
    void pause() {
        client.interestOps(0);
        if (target != null) {
            target.interestOps(0);
        }
    }

    /** Closes both sockets so that their other ends see a reset. */
    void reset() {
        try {
            channel(client).setOption(StandardSocketOptions.SO_LINGER, 0);
            if (target != null && channel(target).isConnected()) {
                channel(target).setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            close();
        }
    }

    private void close() {
        link.connections().remove(this);
        try {
            client.channel().close();
            if (target != null) {
                target.channel().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SelectionKey connect() throws IOException {
        SocketChannel channel = SocketChannel.open();
        SelectionKey key = register(channel, 0);
        channel.connect(link.target());
        return key;
    }

    private SelectionKey register(SocketChannel channel, int interest) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel.register(link.selector(), interest, this);
    }

    private static int interest(LatencyPipe from, LatencyPipe to, long now) {
        return (from.wantsToRead() ? SelectionKey.OP_READ : 0) | (to.isDue(now) ? SelectionKey.OP_WRITE : 0);
    }

    private static SocketChannel channel(SelectionKey key) {
        return (SocketChannel) key.channel();
    }

    /** What all connections of a link share. Only the link's thread touches the selector's keys and the set. */
    record Link(
            Selector selector,
            InetSocketAddress target,
            long roundTripNanos,
            Set<LatencyConnection> connections,
            AtomicLong connectionsOpened,
            AtomicLong bytesToTarget,
            AtomicLong bytesToClients,
            AtomicLong directionSwitches,
            AtomicLong bytesUntilCut) {

        static final long NEVER = Long.MAX_VALUE;

        Link(Selector selector, InetSocketAddress target, long roundTripNanos) {
            this(
                    selector,
                    target,
                    roundTripNanos,
                    new LinkedHashSet<>(),
                    new AtomicLong(),
                    new AtomicLong(),
                    new AtomicLong(),
                    new AtomicLong(),
                    new AtomicLong(NEVER));
        }
    }
}
