package io.amqproxy.impl.net;

import io.amqproxy.ClientInfo;
import io.amqproxy.CredentialMapper;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.pool.HeldLogins;
import io.amqproxy.impl.pool.PoolRegistry;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Protocol;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one loop. The first loop accepts them all; once a client has shown its credentials it has its route,
 * and moves, with its socket, to the loop that keeps the pools of those credentials.
 */
public final class LoopClients implements LoopRoute.RouteChoice {

    /** What all loops of a proxy share. */
    public static final class Shared {
        final List<Protocol> protocols;
        final TlsHandshakeQueue handshakes;
        final Executor lookUps;
        final @Nullable CredentialMapper mapper;
        final ReserveDescriptors spare = new ReserveDescriptors();
        final MemoryBudget memory;
        final AtomicLong clientIds = new AtomicLong();
        public final AtomicInteger clients = new AtomicInteger();
        final Admission admission;
        final List<LoopClients> fronts = new ArrayList<>();
        /** Of the loop that accepts. */
        private @Nullable RouteTable routes;

        /**
         * @param tlsTasks threads for what takes long in clients' TLS
         * @param tlsThreads how many there are
         * @param lookUps runs look-ups of accounts, which may block
         * @param mapper says as whom clients log in, or null where they do so as themselves
         */
        public Shared(
                List<Protocol> protocols,
                Settings settings,
                Executor tlsTasks,
                int tlsThreads,
                Executor lookUps,
                @Nullable CredentialMapper mapper) {
            this.protocols = protocols;
            this.handshakes = new TlsHandshakeQueue(tlsTasks, tlsThreads, MAX_HANDSHAKES);
            this.lookUps = lookUps;
            this.mapper = mapper;
            this.memory = new MemoryBudget(settings.maxBufferBytes());
            this.admission = new Admission(settings.limits(), settings.maxClients(), clients);
        }

        /** Where all pools of this user of the broker are. */
        LoopClients home(String user) {
            return fronts.get(Math.floorMod(user.hashCode() * 0x9E3779B9, fronts.size()));
        }

        RouteTable routes() {
            return Objects.requireNonNull(routes, "routes");
        }

        /** Clients that come take these routes from now on; for the loop that accepts, or before it runs. */
        public void route(RouteTable table) {
            routes = table;
        }

        /** What connections that have proved nothing may take. */
        long mostOfStrangers() {
            return Math.max(LEAST_OF_STRANGERS, memory.most() / STRANGERS_SHARE);
        }

        /** Opens a socket, to connect with, also when the process has no descriptors left. */
        public SocketChannel openSocket() throws IOException {
            return spare.open();
        }

        /** Gives up what was kept back; for the end. */
        public void close() {
            spare.close();
        }

        /** Bytes of buffers that may be in use. */
        public long maxBufferBytes() {
            return memory.most();
        }

        public long accepted() {
            return clientIds.get();
        }
    }

    /** Tasks of clients' handshakes that wait. */
    private static final int MAX_HANDSHAKES = 8192;

    private static final String SHORT = "memory is short";
    private static final int STRANGERS_SHARE = 4;
    private static final long LEAST_OF_STRANGERS = 1024 * 1024;

    /** Bytes that are worth closing a client for while memory is short. */
    private static final long MUCH = 32 * 1024;
    /** Whoever took something within this time reads. */
    private static final long READS = TimeUnit.SECONDS.toNanos(1);

    private final EventLoop loop;
    private final Map<RouteId, LoopRoute> routes = new LinkedHashMap<>();
    private final Shared shared;
    private final UnauthenticatedClients strangers;
    private final ClientLinkTable links = new ClientLinkTable();
    private final HeldLogins held = new HeldLogins();
    private final ClientAcceptor acceptor;
    /** Why all clients are closed, those too that were on their way here from another loop; null while they are not. */
    private @Nullable String closing;

    public LoopClients(EventLoop loop, Shared shared) {
        this.loop = loop;
        this.shared = shared;
        boolean accepts = shared.fronts.isEmpty();
        this.strangers =
                new UnauthenticatedClients(() -> shared.mostOfStrangers() / (accepts ? 1 : shared.fronts.size()));
        this.acceptor = new ClientAcceptor(loop, this, shared, strangers);
        shared.fronts.add(this);
        shared.memory.join(() -> loop.execute(() -> {}));
        loop.onNoMemory(this::relieve);
        loop.context().atTurnEnd(new MemoryWatch(loop.context(), shared.memory, this::shed)::onTurnEnd);
    }

    /**
     * Closes clients until so many bytes are free: those that have proved nothing before all others, and those that
     * hold the most first.
     */
    private void shed(long bytes, boolean readersToo) {
        List<SocketLink> holders = links.all();
        holders.removeIf(this::holdsLittle);
        holders.forEach(SocketLink::onFlush); // The selector tells late that a slow peer has read.
        holders.removeIf(link -> holdsLittle(link) || (!readersToo && reads(link)));
        holders.sort(Comparator.comparing(SocketLink::isProved)
                .thenComparing(Comparator.comparingLong(SocketLink::heldBytes).reversed()));
        long freed = 0;
        for (SocketLink link : holders) {
            if (freed >= bytes) {
                return;
            }
            freed += link.heldBytes();
            if (!link.isProved()) {
                link.giveWay(SHORT);
            } else if (link.session() instanceof InboundSession client) {
                client.shed(link.heldBytes());
            }
        }
    }

    private boolean holdsLittle(SocketLink link) {
        return link.heldBytes() < (link.isProved() ? MUCH : 1);
    }

    private boolean reads(SocketLink link) {
        Session session = link.session();
        return link.isProved() && !session.out().isEmpty() && loop.context().now - session.takenAt() < READS;
    }

    /** There is no memory: all who have proved nothing go, and those who hold half of what is held. */
    private void relieve() {
        boolean isAnyLeft = true;
        while (isAnyLeft) {
            isAnyLeft = strangers.makeRoom(SHORT);
        }
        shed(loop.context().chunks.usedBytes() / 2, true);
    }

    // Routes.

    /** Clients may take this route here from now on; this is said on all loops before any client is sent there. */
    public LoopRoute add(RouteId route, LoopContext context, PoolRegistry registry) {
        CredentialMappingCache mappingCache = shared.mapper == null
                ? null
                : new CredentialMappingCache(
                        loop,
                        shared.mapper,
                        shared.lookUps,
                        user -> shared.home(user).loop,
                        (client, credentials) -> bringHome(route, client, credentials));
        LoopRoute added = new LoopRoute(this, held, route, context, registry, mappingCache);
        routes.put(route, added);
        return added;
    }

    /** {@return the routes of this loop, those too that are over and have something left} */
    public List<LoopRoute> routes() {
        return List.copyOf(routes.values());
    }

    /** {@return the route as this loop has it, or null where it has none of it any more} */
    public @Nullable LoopRoute route(RouteId route) {
        return routes.get(route);
    }

    /** Forgets routes that are over, and of which nothing is left here. */
    public void forgetRoutes() {
        routes.values().removeIf(route -> {
            boolean isGone = route.isOver()
                    && route.registry().upstreams() == 0
                    && clientsOf(route).isEmpty();
            if (isGone) {
                loop.context().release(route.context());
            }
            return isGone;
        });
    }

    /** The route is over: its clients are closed, those too that are on their way to it. */
    public void close(LoopRoute route, String reason) {
        route.close(reason);
        clientsOf(route).forEach(client -> closeClient(client.id(), reason));
    }

    private List<InboundSession> clientsOf(LoopRoute route) {
        List<InboundSession> clients = new ArrayList<>();
        for (SocketLink link : links.all()) {
            if (link.session() instanceof InboundSession client && route.has(client)) {
                clients.add(client);
            }
        }
        return clients;
    }

    /** {@return the route whose broker a client hears that has come there and not said yet who it is} */
    LoopRoute before(@Nullable String listenName) {
        return Objects.requireNonNull(routes.get(shared.routes().before(listenName)), "route");
    }

    // Accepting.

    /** {@return where clients come in} */
    public ClientAcceptor acceptor() {
        return acceptor;
    }

    /** Other limits hold for clients that come; for the loop that accepts. */
    public void reload(Settings newer) {
        shared.admission.reload(newer.limits(), newer.maxClients());
        shared.memory.most(newer.maxBufferBytes());
        for (LoopRoute route : routes.values()) {
            CredentialMappingCache mappingCache = route.mappingCache();
            if (mappingCache != null) {
                mappingCache.reload(newer.limits().failedLogins());
            }
        }
    }

    /** The link is attached to the loop, and one of its clients from now on. */
    void keep(SocketLink link, AddressKey address) {
        if (!link.isClosed()) {
            link.keptBy(links);
            links.add(link);
            link.enter(strangers, address);
        }
    }

    // Clients.

    public List<ClientInfo> clients() {
        List<ClientInfo> infos = new ArrayList<>();
        for (SocketLink link : links.all()) {
            if (link.session() instanceof InboundSession client && !client.isOver()) {
                infos.add(client.counted().having(client.channelCount()));
            }
        }
        return infos;
    }

    /** Connections that are not closed yet, those that linger included. */
    public int connections() {
        return links.size();
    }

    public boolean closeClient(long id, String reason) {
        SocketLink link = links.get(id);
        return link != null && close(link, reason);
    }

    private static boolean close(SocketLink link, String reason) {
        if (!(link.session() instanceof InboundSession client) || client.isOver()) {
            return false;
        }
        client.close(CloseCause.byProxy(Kind.FORCED, reason));
        return true;
    }

    public void closeAll(String reason) {
        closing = reason;
        links.all().forEach(link -> close(link, reason));
        links.all().forEach(SocketLink::hurryEnd);
        acceptor.failPreambles(reason);
    }

    // Log-in.

    /** The client has shown its credentials, and so which route it takes, unless that depends on its vhost. */
    @Override
    public boolean authenticate(InboundSession client, Credentials credentials) {
        SocketLink link = links.get(client.id());
        if (link != null) {
            link.onAnswer();
        }
        LinkFaults faults = loop.faults();
        CloseCause refusal =
                faults == null ? null : faults.refusal(client.info().in(credentials.user(), null));
        if (refusal != null) {
            credentials.wipe();
            client.onRefused(refusal);
            return true;
        }
        String listenName = link == null ? null : link.listenName();
        if (link != null && shared.routes().isVhostAwaited(listenName, credentials.user())) {
            held.hold(client, credentials);
            return false;
        }
        logIn(client, credentials, link, shared.routes().of(listenName, credentials.user()));
        return true;
    }

    @Override
    public void onVhost(InboundSession client, Credentials credentials, String vhost) {
        SocketLink link = links.get(client.id());
        String listenName = link == null ? null : link.listenName();
        String name = client.nameOfVhost(vhost);
        logIn(client, credentials, link, shared.routes().of(listenName, credentials.user(), name));
    }

    /** The client's route is known. */
    private void logIn(
            InboundSession client, Credentials credentials, @Nullable SocketLink link, @Nullable RouteId route) {
        LoopRoute chosen = route == null ? null : routes.get(route);
        if (chosen == null) {
            credentials.wipe();
            client.onRefused(Refusal.ofRoute(credentials));
            return;
        }
        if (chosen.route().name() != null) {
            client.onRoute(chosen.route().name());
        }
        CredentialMappingCache mappingCache = chosen.mappingCache();
        if (mappingCache == null || link == null) {
            bringHome(chosen.route(), client, credentials);
        } else {
            mappingCache.map(client, credentials, link.certificates());
        }
    }

    /** To the loop of all pools of this user of the broker, and to its route there. */
    private void bringHome(RouteId route, InboundSession client, Credentials credentials) {
        LoopClients home = shared.home(credentials.user());
        if (home != this) {
            // The session is in the midst of taking bytes, and connection.start may not be written yet.
            loop.atEndOfTurn(() -> moveTo(home, route, client, credentials));
            return;
        }
        LoopRoute there = routes.get(route);
        if (there != null && there.has(client)) {
            there.registry().authenticate(client, credentials);
        } else {
            loop.atEndOfTurn(() -> change(route, client, credentials));
        }
    }

    /** Another route takes the client over, on the same loop. */
    private void change(RouteId route, InboundSession client, Credentials credentials) {
        LoopRoute there = routes.get(route);
        if (there == null || client.isOver()) {
            credentials.wipe();
            client.close(CloseCause.byProxy(Kind.FORCED, "try again"));
            return;
        }
        client.leave();
        client.moveTo(there.context());
        begin(there, client, credentials);
    }

    private void begin(LoopRoute route, InboundSession client, Credentials credentials) {
        String reason = closing == null ? route.closing() : closing;
        if (reason == null) {
            route.registry().authenticate(client, credentials);
        } else {
            credentials.wipe();
            closeClient(client.id(), reason);
        }
    }

    private void moveTo(LoopClients home, RouteId route, InboundSession client, Credentials credentials) {
        SocketLink link = links.get(client.id());
        if (link == null || closing != null) {
            client.close(CloseCause.byProxy(Kind.FAILURE, "try again"));
            return;
        }
        try {
            byte[] bytes = link.detach();
            if (bytes == null) {
                client.close(CloseCause.byProxy(Kind.FAILURE, "try again"));
                return;
            }
            Move move = new Move(home, route, link, client, bytes, credentials);
            links.remove(link);
            link.keptBy(null);
            client.leave();
            home.loop.execute(move);
        } catch (RuntimeException | Error failure) {
            credentials.wipe();
            link.abandon();
            throw failure;
        }
    }

    /** A client on its way to another loop, which nobody has meanwhile. */
    private static final class Move implements CommandQueue.Obligation {
        private final LoopClients home;
        private final RouteId route;
        private final SocketLink link;
        private final InboundSession client;
        private final byte[] bytes;
        private final Credentials credentials;

        Move(
                LoopClients home,
                RouteId route,
                SocketLink link,
                InboundSession client,
                byte[] bytes,
                Credentials credentials) {
            this.home = home;
            this.route = route;
            this.link = link;
            this.client = client;
            this.bytes = bytes;
            this.credentials = credentials;
        }

        @Override
        public void run() {
            home.adopt(route, link, client, bytes, credentials);
        }

        @Override
        public void drop() {
            credentials.wipe();
            link.discard();
        }
    }

    private void adopt(RouteId route, SocketLink link, InboundSession client, byte[] bytes, Credentials credentials) {
        LoopRoute there = routes.get(route);
        if (there == null) {
            credentials.wipe();
            link.abandon(); // It was over before the client came, and is forgotten.
            return;
        }
        try {
            client.moveTo(there.context());
            link.attachTo(loop, bytes);
            keep(link, AddressKey.of(client.info().address()));
            link.onAnswer();
        } catch (IOException | RuntimeException | Error failure) {
            credentials.wipe();
            acceptor.tell(failure);
            link.abandon();
            return;
        }
        if (client.isOver()) {
            credentials.wipe(); // It had to give way at once.
        } else {
            begin(there, client, credentials);
            if (closing != null) {
                link.hurryEnd();
            }
        }
    }
}
