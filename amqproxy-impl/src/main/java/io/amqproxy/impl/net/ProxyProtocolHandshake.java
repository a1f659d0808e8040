package io.amqproxy.impl.net;

import io.amqproxy.impl.core.Timers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of a load balancer until it has said, by the PROXY protocol, whose it is. Not a byte more than its
 * header is read, so that whatever follows, TLS or not, finds its own bytes in the socket.
 */
final class ProxyProtocolHandshake implements EventLoop.Ready, Timers.Timed {

    /** Who goes on with the connection. */
    interface Host {
        /**
         * The header is read.
         *
         * @param source where the client connects from, or null where that is what the socket says
         */
        void introduced(ProxyProtocolHandshake preamble, @Nullable InetSocketAddress source);

        /** The socket is closed. */
        void failed(ProxyProtocolHandshake preamble, String why);
    }

    private static final Logger log = LoggerFactory.getLogger(ProxyProtocolHandshake.class);

    private final EventLoop loop;
    private final SocketChannel channel;
    private final Host host;
    private final ProxyProtocolDecoder header = new ProxyProtocolDecoder();
    private final Timers.Timer deadline = new Timers.Timer(this);

    ProxyProtocolHandshake(EventLoop loop, SocketChannel channel, Host host) {
        this.loop = loop;
        this.channel = channel;
        this.host = host;
    }

    void begin() throws IOException {
        channel.register(loop.selector(), SelectionKey.OP_READ, this);
        loop.context()
                .timers
                .set(deadline, loop.context().now + loop.context().settings.handshakeTimeout());
    }

    @Override
    public void onReady(SelectionKey key) throws IOException {
        ProxyProtocolDecoder.Status status = ProxyProtocolDecoder.Status.INCOMPLETE;
        while (status == ProxyProtocolDecoder.Status.INCOMPLETE) {
            ByteBuffer buffer = loop.buffers().input().clear();
            buffer.limit(Math.min(buffer.capacity(), header.missing()));
            int count = channel.read(buffer);
            if (count < 0) {
                fail("connection closed by the peer");
                return;
            }
            if (count == 0) {
                return;
            }
            status = header.take(buffer.flip());
        }
        if (status == ProxyProtocolDecoder.Status.MALFORMED) {
            fail("no header of the PROXY protocol");
            return;
        }
        loop.context().timers.cancel(deadline);
        byte[] source = header.source();
        host.introduced(
                this, source == null ? null : new InetSocketAddress(InetAddress.getByAddress(source), header.port()));
    }

    void fail(String why) {
        loop.context().timers.cancel(deadline);
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("Closing a socket failed", e);
        }
        host.failed(this, why);
    }

    @Override
    public void onTime() {
        fail("no header of the PROXY protocol in time");
    }

    @Override
    public void onFailure(IOException failure) {
        fail(String.valueOf(failure.getMessage()));
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.context().lines.error(log, "Reading a header of the PROXY protocol failed", fault);
        fail("internal error");
    }
}
