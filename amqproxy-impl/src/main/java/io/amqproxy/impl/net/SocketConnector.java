package io.amqproxy.impl.net;

import io.amqproxy.impl.pool.Connector;
import io.amqproxy.impl.session.OutboundSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Connects to one host and port. Names are looked up again for each connection, on a thread that may block. */
public final class SocketConnector implements Connector {

    private final Loop loop;
    private final String host;
    private final int port;
    private final Executor resolver;

    public SocketConnector(Loop loop, String host, int port, Executor resolver) {
        this.loop = loop;
        this.host = host;
        this.port = port;
        this.resolver = resolver;
    }

    @Override
    public String endpoint() {
        return host + ":" + port;
    }

    @Override
    public void connect(OutboundSession session) {
        try {
            resolver.execute(() -> resolve(session));
        } catch (RejectedExecutionException full) {
            loop.execute(() -> session.onConnectFailed("too many look-ups of host names under way"));
        }
    }

    private void resolve(OutboundSession session) {
        try {
            InetAddress address = InetAddress.getByName(host);
            loop.execute(() -> connect(session, address));
        } catch (UnknownHostException unknown) {
            loop.execute(() -> session.onConnectFailed("unknown host " + host));
        }
    }

    private void connect(OutboundSession session, InetAddress address) {
        if (!session.isConnecting()) {
            return;
        }
        try {
            SocketChannel channel = SocketChannel.open();
            SocketLink link = new SocketLink(loop, channel, session);
            session.prepare(link);
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            if (channel.connect(new InetSocketAddress(address, port))) {
                link.open();
            } else {
                link.openWhenConnected();
            }
        } catch (IOException failure) {
            session.onConnectFailed(endpoint() + ": " + failure.getMessage());
        }
    }
}
