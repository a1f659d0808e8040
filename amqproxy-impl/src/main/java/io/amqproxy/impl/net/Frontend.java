package io.amqproxy.impl.net;

import io.amqproxy.ClientInfo;
import io.amqproxy.CredentialMapper;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.pool.PoolRegistry;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.Protocol;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one loop. The first loop accepts them all; once a client has shown its credentials it moves, with its
 * socket, to the loop that keeps the pools of those credentials.
 */
public final class Frontend implements PoolGateway {

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
        final List<Frontend> fronts = new ArrayList<>();

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
        Frontend home(String user) {
            return fronts.get(Math.floorMod(user.hashCode() * 0x9E3779B9, fronts.size()));
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

    private static final int STRANGERS_SHARE = 4;
    private static final long LEAST_OF_STRANGERS = 1024 * 1024;

    /** Bytes that are worth closing a client for while memory is short. */
    private static final long MUCH = 32 * 1024;
    /** Whoever took something within this time reads. */
    private static final long READS = TimeUnit.SECONDS.toNanos(1);

    private final EventLoop loop;
    private final PoolRegistry registry;
    private final @Nullable CredentialMappingCache mappingCache;
    private final Shared shared;
    private final UnauthenticatedClients strangers;
    private final Map<Long, SocketLink> links = new HashMap<>();
    private final Reception reception;
    /** Why all clients are closed, those too that were on their way here from another loop; null while they are not. */
    private @Nullable String closing;

    public Frontend(EventLoop loop, PoolRegistry registry, Shared shared) {
        this.loop = loop;
        this.registry = registry;
        this.shared = shared;
        this.mappingCache = shared.mapper == null
                ? null
                : new CredentialMappingCache(
                        loop, shared.mapper, shared.lookUps, user -> shared.home(user).loop, this::bringHome);
        boolean accepts = shared.fronts.isEmpty();
        this.strangers =
                new UnauthenticatedClients(() -> shared.mostOfStrangers() / (accepts ? 1 : shared.fronts.size()));
        this.reception = new Reception(loop, this, shared, strangers, this::keep);
        loop.context().attach(PoolGateway.class, this);
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
        List<SocketLink> holders = new ArrayList<>(links.values());
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
                link.giveWay();
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
            isAnyLeft = strangers.makeRoom();
        }
        shed(loop.context().chunks.usedBytes() / 2, true);
    }

    // Accepting.

    /** {@return where clients come in} */
    public Reception reception() {
        return reception;
    }

    /** Other limits hold for clients that come; for the loop that accepts. */
    public void reload(Settings newer) {
        shared.admission.reload(newer.limits(), newer.maxClients());
        shared.memory.most(newer.maxBufferBytes());
        if (mappingCache != null) {
            mappingCache.reload(newer.limits().failedLogins());
        }
    }

    /** The link is attached to the loop, and one of its clients from now on. */
    private void keep(long id, SocketLink link, AddressKey address) {
        if (!link.isClosed()) {
            link.onClosed(() -> links.remove(id, link));
            links.put(id, link);
            link.enter(strangers, address);
        }
    }

    // Clients.

    public List<ClientInfo> clients() {
        List<ClientInfo> infos = new ArrayList<>();
        for (SocketLink link : links.values()) {
            if (link.session() instanceof InboundSession client && !client.isOver()) {
                infos.add(client.info());
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
        if (link == null || !(link.session() instanceof InboundSession client) || client.isOver()) {
            return false;
        }
        client.close(CloseCause.byProxy(Kind.FORCED, reason));
        return true;
    }

    public void closeAll(String reason) {
        closing = reason;
        for (Long id : List.copyOf(links.keySet())) {
            closeClient(id, reason);
        }
        List.copyOf(links.values()).forEach(SocketLink::hurryEnd);
        reception.failPreambles(reason);
    }

    // The gateway.

    @Override
    public void authenticate(InboundSession client, Credentials credentials) {
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
            return;
        }
        if (mappingCache == null || link == null) {
            bringHome(client, credentials);
        } else {
            mappingCache.map(client, credentials, link.certificates());
        }
    }

    /** To the loop of all pools of this user of the broker. */
    private void bringHome(InboundSession client, Credentials credentials) {
        Frontend home = shared.home(credentials.user());
        if (home == this) {
            registry.authenticate(client, credentials);
        } else {
            // The session is in the midst of taking bytes, and connection.start may not be written yet.
            loop.atEndOfTurn(() -> moveTo(home, client, credentials));
        }
    }

    private void moveTo(Frontend home, InboundSession client, Credentials credentials) {
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
            Move move = new Move(home, link, client, bytes, credentials);
            links.remove(client.id());
            link.onClosed(() -> {});
            client.leave();
            home.loop.execute(move);
        } catch (RuntimeException | Error failure) {
            credentials.wipe();
            link.abandon();
            throw failure;
        }
    }

    /** A client on its way to another loop, which nobody has meanwhile. */
    private static final class Move implements EventLoop.Obligation {
        private final Frontend home;
        private final SocketLink link;
        private final InboundSession client;
        private final byte[] bytes;
        private final Credentials credentials;

        Move(Frontend home, SocketLink link, InboundSession client, byte[] bytes, Credentials credentials) {
            this.home = home;
            this.link = link;
            this.client = client;
            this.bytes = bytes;
            this.credentials = credentials;
        }

        @Override
        public void run() {
            home.adopt(link, client, bytes, credentials);
        }

        @Override
        public void drop() {
            credentials.wipe();
            link.discard();
        }
    }

    private void adopt(SocketLink link, InboundSession client, byte[] bytes, Credentials credentials) {
        try {
            client.moveTo(loop.context());
            link.attachTo(loop, bytes);
            keep(client.id(), link, AddressKey.of(client.info().address()));
            link.onAnswer();
        } catch (IOException | RuntimeException | Error failure) {
            credentials.wipe();
            reception.tell(failure);
            link.abandon();
            return;
        }
        if (client.isOver()) {
            credentials.wipe(); // It had to give way at once.
        } else if (closing == null) {
            registry.authenticate(client, credentials);
        } else {
            closeClient(client.id(), closing);
            link.hurryEnd();
        }
    }

    @Override
    public void open(InboundSession client, String vhost) {
        registry.open(client, vhost);
    }

    @Override
    public void updateSecret(InboundSession client, byte[] secret, String reason) {
        if (shared.mapper != null) {
            // The broker has other secrets, which are renewed by whoever gave them.
            Arrays.fill(secret, (byte) 0);
            client.onSecretTaken();
            return;
        }
        registry.updateSecret(client, secret, reason);
    }

    @Override
    public boolean leave(InboundSession client) {
        return registry.leave(client);
    }

    @Override
    public boolean lease(LeaseHolder channel, Purpose purpose) {
        return registry.lease(channel, purpose);
    }

    @Override
    public void forgo(LeaseHolder channel) {
        registry.forgo(channel);
    }

    @Override
    public void reserve(LeaseHolder channel) {
        registry.reserve(channel);
    }
}
