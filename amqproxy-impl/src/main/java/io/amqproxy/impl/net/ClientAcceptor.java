package io.amqproxy.impl.net;

import io.amqproxy.CidrSet;
import io.amqproxy.ClientInfo;
import io.amqproxy.ExternalLogin;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.UncaughtErrors;
import io.amqproxy.impl.detection.ProtocolDetector;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.tls.ClientEngines;
import io.amqproxy.impl.tls.HelloRetry;
import io.amqproxy.internal.LogText;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where clients come in: who may is admitted, with a session that is yet to find out what the client speaks, and who
 * may not is refused. Limits come before anything is read.
 */
public final class ClientAcceptor implements Acceptor.Host {

    private static final Logger log = LoggerFactory.getLogger(ClientAcceptor.class);

    private final EventLoop loop;
    private final LoopClients clients;
    private final LoopClients.Shared shared;
    private final UnauthenticatedClients strangers;
    private final List<Acceptor> acceptors = new ArrayList<>();
    /** Routes whose broker is down. */
    private final Set<RouteId> down = new HashSet<>();

    private boolean stopped;
    /** Connections of load balancers that have not said yet whose they are. */
    private final Set<ProxyProtocolHandshake> preambles = new HashSet<>();

    ClientAcceptor(EventLoop loop, LoopClients clients, LoopClients.Shared shared, UnauthenticatedClients strangers) {
        this.loop = loop;
        this.clients = clients;
        this.shared = shared;
        this.strangers = strangers;
    }

    /** Listens there from now on; clients that come wait in the kernel's queue until {@link #begin}. */
    public void listen(ListenConfig where) throws IOException {
        Acceptor acceptor = new Acceptor(loop, this, where, shared.spare);
        acceptors.add(acceptor);
        acceptor.listen();
    }

    /** Accepts clients from now on, and those first that wait. */
    public void begin() {
        acceptors.forEach(Acceptor::begin);
    }

    /**
     * The broker of a route is down. Where a client may come to no other, it is refused as the broker would refuse it,
     * before it has sent anything.
     */
    public void onDown(RouteId route) {
        down.add(route);
        onRoutes();
    }

    /** The broker of a route is back, or the route is over. */
    public void onUp(RouteId route) {
        down.remove(route);
        onRoutes();
    }

    /** Which routes there are has changed, or how their brokers are. */
    public void onRoutes() {
        for (Acceptor acceptor : acceptors) {
            if (isRefused(acceptor.where().name())) {
                acceptor.refuse();
            } else {
                acceptor.listenAgain();
            }
        }
    }

    private boolean isRefused(@Nullable String listenName) {
        return shared.routes().isAllAmong(down, listenName);
    }

    /** No client is accepted any more. */
    public void stop() {
        stopped = true;
        acceptors.forEach(Acceptor::stop);
    }

    /** Nobody is waited for who has not been introduced. */
    void failPreambles(String reason) {
        List.copyOf(preambles).forEach(preamble -> preamble.fail(reason));
    }

    @Override
    public long untilNextClient() {
        long wait = shared.admission.untilNext(loop.context().now);
        if (wait > 0) {
            loop.context().limitReached(LoopContext.Limit.NEW_CLIENTS, "clients wait to be accepted");
        }
        return wait;
    }

    /**
     * Takes a client of this JVM, as if it had come to a port without TLS.
     *
     * @param channel the proxy's end of its connection
     * @return false if it is refused, as at a port that is not listened on
     */
    public boolean enter(SocketChannel channel) {
        if (stopped || isRefused(null)) {
            return false;
        }
        welcome(channel, null, CidrSet.none(), null);
        return true;
    }

    @Override
    public void welcome(SocketChannel channel, ListenConfig where) {
        welcome(channel, where.tls(), where.proxies(), where.name());
    }

    private void welcome(
            SocketChannel channel, @Nullable ClientEngines tls, CidrSet proxies, @Nullable String listenName) {
        long now = loop.context().now;
        shared.admission.onAccepted(now);
        long id = shared.clientIds.incrementAndGet();
        Admission.Seat seat = null;
        try {
            Sockets.prepare(channel);
            InetSocketAddress address = Sockets.peer(channel);
            if (isRefusedOnPurpose(id, address)) {
                turnAwayOnPurpose(channel);
                return;
            }
            boolean isIntroduced = !proxies.isEmpty();
            if (shared.memory.isShort()) {
                refuse(channel, id, address, CloseCause.byProxy(Kind.RESOURCE, "memory is short"));
                return;
            }
            seat = shared.admission.take();
            while (seat == null && strangers.makeRoom(shared.admission.most())) {
                seat = shared.admission.take();
            }
            if (seat == null) {
                refuse(channel, id, address, shared.admission.full());
            } else if (!isIntroduced) {
                admit(channel, tls, listenName, id, address, seat);
            } else if (proxies.contains(address.getAddress())) {
                ProxyProtocolHandshake preamble = new ProxyProtocolHandshake(
                        loop, channel, new ProxiedClient(this, channel, tls, listenName, id, address, seat));
                preambles.add(preamble);
                preamble.begin();
            } else {
                seat.run();
                refuse(channel, id, address, CloseCause.byProxy(Kind.LOGIN_REFUSED, "not a trusted load balancer"));
            }
        } catch (IOException | RuntimeException | Error failure) {
            drop(channel, seat, failure);
        }
    }

    private boolean isRefusedOnPurpose(long id, InetSocketAddress address) {
        LinkFaults faults = loop.faults();
        return faults != null && faults.refuses(ClientInfo.of(id, address, null, null));
    }

    private void turnAwayOnPurpose(SocketChannel channel) {
        Sockets.resetAtEnd(channel);
        Sockets.discard(channel);
    }

    @Override
    public void turnAway(SocketChannel channel, String words) {
        long id = shared.clientIds.incrementAndGet();
        try {
            InetSocketAddress address = Sockets.peer(channel);
            refuse(channel, id, address, CloseCause.byProxy(Kind.RESOURCE, "no file descriptors left (" + words + ')'));
        } catch (IOException failure) {
            drop(channel, null, failure);
        }
    }

    @Override
    public void cut(SocketChannel channel) {
        Sockets.discard(channel);
    }

    /** What becomes of a connection that a load balancer made. */
    private record ProxiedClient(
            ClientAcceptor acceptor,
            SocketChannel channel,
            @Nullable ClientEngines tls,
            @Nullable String listenName,
            long id,
            InetSocketAddress balancer,
            Admission.Seat seat)
            implements ProxyProtocolHandshake.Host {

        @Override
        public void introduced(ProxyProtocolHandshake preamble, @Nullable InetSocketAddress source) {
            acceptor.preambles.remove(preamble);
            try {
                acceptor.admit(channel, tls, listenName, id, source == null ? balancer : source, seat);
            } catch (IOException | RuntimeException | Error failure) {
                acceptor.drop(channel, seat, failure);
            }
        }

        @Override
        public void failed(ProxyProtocolHandshake preamble, String why) {
            acceptor.preambles.remove(preamble);
            seat.run();
            acceptor.tellRefused(id, balancer, CloseCause.byProxy(Kind.LOGIN_REFUSED, why));
        }
    }

    private void admit(
            SocketChannel channel,
            @Nullable ClientEngines tls,
            @Nullable String listenName,
            long id,
            InetSocketAddress address,
            Admission.Seat seat)
            throws IOException {
        AddressKey key = AddressKey.of(address);
        while (shared.admission.isCrowded(key) && strangers.makeRoomAt(key, shared.admission.mostOfAddress())) {
            loop.context()
                    .limitReached(
                            LoopContext.Limit.CLIENTS_PER_ADDRESS,
                            ClientInfo.of(id, address, null, null),
                            "clients at " + address.getHostString() + " that have not logged in are closed");
        }
        CloseCause refusal = seat.at(address, loop.context().now);
        if (refusal != null) {
            seat.run();
            refuse(channel, id, address, refusal);
            return;
        }
        ClientInfo client = ClientInfo.of(id, address, null, null).connectedAt(Instant.now());
        LoopRoute route = clients.before(listenName);
        InboundSession session = new ProtocolDetector(route.context(), route, shared.protocols, client);
        SocketLink link = new SocketLink(loop, channel, session, tls == null ? null : start(tls, session, key));
        try {
            session.onEnd(seat);
            link.cameTo(listenName);
            link.readAsClient();
            link.accept();
            clients.keep(link, key);
        } catch (IOException | RuntimeException | Error failure) {
            link.abandon();
            throw failure;
        }
    }

    private void refuse(SocketChannel channel, long id, InetSocketAddress address, CloseCause refusal)
            throws IOException {
        tellRefused(id, address, refusal);
        channel.close();
    }

    private void tellRefused(long id, InetSocketAddress address, CloseCause refusal) {
        log.debug("A client at {} is refused: {}", address, LogText.of(refusal.text()));
        loop.context().events.clientRefused(ClientInfo.of(id, address, null, null), refusal.toReason());
    }

    /** A client is gone before it was welcomed, or something failed; it leaves nothing behind. */
    private void drop(SocketChannel channel, Admission.@Nullable Seat seat, Throwable failure) {
        tell(failure);
        if (seat != null) {
            seat.run();
        }
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("Closing a socket failed", e);
        }
    }

    /** A client could not be welcomed, or taken over. */
    void tell(Throwable failure) {
        if (failure instanceof IOException) {
            log.debug("A client was gone before it was welcomed", failure);
        } else {
            loop.onCaught(failure);
            loop.context().lines.error(log, "Welcoming a client failed", UncaughtErrors.of(failure));
        }
    }

    private TlsStart start(ClientEngines tls, InboundSession session, AddressKey address) {
        SSLEngine engine = tls.newEngine();
        ExternalLogin external = tls.external();
        if (external != null) {
            session.identifiedBy(new CertificateIdentity(loop, engine, external, shared.lookUps));
        }
        return new TlsStart(engine, shared.handshakes.of(address, HelloRetry.on(engine)));
    }
}
