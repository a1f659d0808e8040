package io.amqproxy.impl.net;

import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.pool.Connector;
import io.amqproxy.impl.tls.UpstreamEngines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects to one endpoint, on one loop. Its name is looked up again for each connection, by {@link HostLookUps}; of
 * several addresses those that failed lately are tried last.
 */
public final class SocketConnector implements Connector {

    /** Where sockets come from. */
    public interface SocketOpener {
        SocketChannel open() throws IOException;
    }

    /**
     * What the connectors of all endpoints and loops share.
     *
     * @param tlsTasks runs what takes long in TLS
     */
    public record Means(SocketOpener sockets, HostLookUps lookUps, Executor tlsTasks) {}

    private static final String CUT_OFF = "cut off on purpose";

    /** What is tried for one connection. */
    private static final int MAX_ADDRESSES = 16;

    static final long AVOIDED_FOR = TimeUnit.SECONDS.toNanos(30);

    private final EventLoop loop;
    private final Means means;
    private final String host;
    private final int port;
    private final @Nullable UpstreamEngines tls;
    private final boolean tellsAddress;
    /** When addresses that failed are as good as others again. */
    private final Map<InetAddress, Long> avoidedUntil = new HashMap<>();

    /**
     * @param tls null to connect without TLS
     * @param tellsAddress whether the endpoint takes a header of the PROXY protocol
     */
    public SocketConnector(
            EventLoop loop, Means means, String host, int port, @Nullable UpstreamEngines tls, boolean tellsAddress) {
        this.loop = loop;
        this.means = means;
        this.host = host;
        this.port = port;
        this.tls = tls;
        this.tellsAddress = tellsAddress;
    }

    @Override
    public String endpoint() {
        return host + ":" + port;
    }

    EventLoop loop() {
        return loop;
    }

    int port() {
        return port;
    }

    private boolean isCutOff() {
        LinkFaults faults = loop.faults();
        return faults != null && faults.isBrokerDown();
    }

    void checkNotCutOff() throws IOException {
        if (isCutOff()) {
            throw new IOException(CUT_OFF);
        }
    }

    SocketChannel openSocket() throws IOException {
        return means.sockets().open();
    }

    /** Says whose connection it is, before TLS, where the endpoint takes that. */
    void introduce(SocketChannel connected, OutboundSession session) throws IOException {
        if (!tellsAddress
                || !(connected.getLocalAddress() instanceof InetSocketAddress own)
                || !(connected.getRemoteAddress() instanceof InetSocketAddress broker)) {
            return;
        }
        byte[] header = ProxyProtocolEncoder.header(session.clientAddress(), own, broker);
        // Nothing was sent yet, so that there is room for all of it.
        if (connected.write(ByteBuffer.wrap(header)) < header.length) {
            throw new IOException("no room for a header of the PROXY protocol");
        }
    }

    @Nullable
    TlsStart newTls() {
        return tls == null ? null : new TlsStart(tls.newEngine(), TlsTaskExecutor.inOrder(means.tlsTasks()));
    }

    @Override
    public void connect(OutboundSession session) {
        if (isCutOff()) {
            loop.execute(() -> session.onConnectFailed(endpoint() + ": " + CUT_OFF));
            return;
        }
        session.setQueued(true);
        try {
            means.lookUps().ask(host, new Asking(session));
        } catch (RejectedExecutionException full) {
            loop.execute(() -> session.onConnectImpossible("too many look-ups of host names under way"));
        }
    }

    /** Hears of the look-up on whatever thread that is, and tells the session on its loop. */
    private final class Asking implements HostLookUps.Asker {
        private final OutboundSession session;

        Asking(OutboundSession session) {
            this.session = session;
        }

        @Override
        public void onBegun() {
            loop.execute(() -> session.setQueued(false));
        }

        @Override
        public void onAddresses(List<InetAddress> addresses) {
            loop.execute(() -> connect(session, addresses));
        }

        @Override
        public void onFailed(String why) {
            loop.execute(() -> session.onConnectFailed(why));
        }
    }

    private void connect(OutboundSession session, List<InetAddress> addresses) {
        if (session.isConnecting()) {
            new Dial(this, session, inOrder(addresses)).begin();
        }
    }

    /** The addresses as the resolver gave them, those that failed lately after the others. */
    List<InetAddress> inOrder(List<InetAddress> addresses) {
        avoidedUntil.keySet().retainAll(addresses);
        avoidedUntil.values().removeIf(until -> until - loop.context().now <= 0);
        List<InetAddress> ordered = new ArrayList<>(addresses);
        ordered.sort(Comparator.comparing(avoidedUntil::containsKey));
        return ordered.subList(0, Math.min(ordered.size(), MAX_ADDRESSES));
    }

    void onAddressFailed(InetAddress address) {
        avoidedUntil.put(address, loop.context().now + AVOIDED_FOR);
    }
}
