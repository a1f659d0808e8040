package io.amqproxy.impl.pool;

import io.amqproxy.ClientInfo;
import io.amqproxy.EndpointChoice;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.amqp091.client.Amqp091Client;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.ProbeSession;
import io.amqproxy.impl.pool.spi.Protocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The core without sockets and clock: pools and sessions between test clients and a {@link ScriptedBroker}. */
final class Rig {

    private static final int ROUNDS = 100_000;
    private static final int LARGEST_READ = 4 * 1024 * 1024;

    /** As in a loop, one for all its sessions; it is too large to make one for each of thousands of schedules. */
    private static final ThreadLocal<ByteBuffer> READ_BUFFER =
            ThreadLocal.withInitial(() -> ByteBuffer.allocate(LARGEST_READ));

    /** What a test may set otherwise than usual. */
    static final class Options extends Settings.Draft {
        IntFunction<ByteBuffer> memory = ByteBuffer::allocate;
        ProxyListener listener = new ProxyListener() {};
        /** What several rigs share, as the loops of a proxy do. */
        @Nullable
        LoginGuard guard;

        /** The same for connections. */
        @Nullable
        ConnectionBudget connections;

        Protocol protocol = new Amqp091();
        /** The broker's side of connections, where it is another one than {@link Rig#broker}. */
        @Nullable
        Supplier<FakeLink.BrokerPeer> broker;

        List<String> endpoints = List.of("broker:5672");
        EndpointChoice choice = EndpointChoice.ordered();
        int channelMax = 200;
        int frameMax = 128 * 1024;
        long seed = 1;
        /** How much is read at once. */
        int readBuffer = LARGEST_READ;
        /** Whether what links keep for their sessions counts as memory, as it does with sockets. */
        boolean countsLeft;

        Options() {
            super(new MultiplexedPolicy());
            maxConnections = 4;
            maxChannelsPerConnection = 100;
            maxIdleChannels = 100;
            heartbeat = Duration.ZERO;
            maxClients = 1000;
            maxMessageSize = 16 * 1024 * 1024;
            maxIncompleteBytes = 16 * 1024 * 1024;
            maxBufferBytes = 256 * 1024 * 1024;
            maxClientBacklog = 1024 * 1024;
            connectTimeout = Duration.ofSeconds(10);
            tlsTimeout = Duration.ofSeconds(10);
            loginTimeout = Duration.ofSeconds(10);
            credentialTtl = Duration.ofHours(1);
            maxLifetime = Duration.ZERO;
            maxChannelAge = Duration.ZERO;
        }

        Settings settings() {
            return build(1);
        }
    }

    private final Protocol protocol;
    final LoopContext loop;
    final PoolRegistry registry;
    final ConnectionBudget connections;
    /** What clients that come from now on ask. */
    PoolGateway gateway;

    final ScriptedBroker broker = new ScriptedBroker();
    final List<FakeLink> links = new ArrayList<>();
    /** Is told of each link before its session is. */
    Consumer<FakeLink> onLink = link -> {};
    /** Links that have something to do at the end of the turn. */
    final Set<FakeLink> restless = new LinkedHashSet<>();
    /** Whether connections to the broker come about by themselves. */
    boolean reachable = true;
    /** Endpoints that refuse connections although the others are {@link #reachable}. */
    final Set<String> refusing = new HashSet<>();
    /** What the proxy lacks for any connection, or null. */
    @Nullable
    String lack;
    /** What the next attempt to ask the broker how it is throws, or null. */
    @Nullable
    RuntimeException probeFault;
    /** Endpoints that do not answer attempts to connect. */
    final Set<String> mute = new HashSet<>();
    /** What was told of the broker's health, in order. */
    final List<String> health = new ArrayList<>();
    /** The endpoint of each connection that was set up, those of probes apart, in order. */
    final List<String> connectedTo = new ArrayList<>();

    private final Map<String, Integer> attempts = new HashMap<>();
    /** When connecting was tried, by whomever. */
    final List<Long> attemptTimes = new ArrayList<>();
    /** For whom connections were opened, probes apart; null for the proxy. */
    final List<@Nullable InetSocketAddress> openedFor = new ArrayList<>();
    /** Whether the broker goes without a word as soon as somebody logs in. */
    boolean failsLogins;

    /** An attempt to connect. */
    private record Attempt(String endpoint, OutboundSession session) {}

    /** The nodes of a cluster are one broker; but those who only ask how it is are kept apart, for tests count. */
    private final ScriptedBroker asked = new ScriptedBroker();

    private final Options options;
    private final EndpointHealth watch;
    private final List<Attempt> connecting = new ArrayList<>();
    /** What was posted to the loop. */
    private final Queue<Runnable> commands = new ArrayDeque<>();

    private final ByteBuffer readBuffer;
    private long lastClient;
    private long lastUpstream;

    Rig() {
        this(new Options());
    }

    Rig(Options options) {
        this.options = options;
        this.protocol = options.protocol;
        this.readBuffer = READ_BUFFER.get().slice(0, options.readBuffer);
        broker.channelMax = options.channelMax;
        broker.frameMax = options.frameMax;
        loop = new LoopContext(
                options.settings(), options.listener, new ChunkPool(options.maxBufferBytes, options.memory));
        loop.now = 1_000_000_000L;
        connections =
                options.connections == null ? new ConnectionBudget(options.maxTotalConnections) : options.connections;
        watch = new EndpointHealth(loop, List.of(protocol), new Told(), new Random(options.seed));
        registry = new PoolRegistry(
                loop,
                List.of(protocol),
                new Endpoints(connectors(options.endpoints), options.choice, watch),
                () -> ++lastUpstream,
                options.guard == null ? new LoginGuard(loop.settings.limits().failedLogins()) : options.guard,
                connections,
                commands::add);
        gateway = registry;
        watch.watch(connectors(options.endpoints));
        run();
        links.clear();
        health.clear();
    }

    private List<Connector> connectors(List<String> endpoints) {
        return endpoints.stream().<Connector>map(FakeConnector::new).toList();
    }

    private final class FakeConnector implements Connector {
        private final String endpoint;

        FakeConnector(String endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        public String endpoint() {
            return endpoint;
        }

        @Override
        public void connect(OutboundSession session) {
            RuntimeException fault = probeFault;
            if (fault != null && session instanceof ProbeSession) {
                probeFault = null;
                throw fault;
            }
            if (!(session instanceof ProbeSession)) {
                openedFor.add(session.clientAddress());
            }
            attempts.merge(endpoint, 1, Integer::sum);
            attemptTimes.add(loop.now);
            connecting.add(new Attempt(endpoint, session));
        }
    }

    /** What the proxy does when the broker's health changes, with one loop. */
    private final class Told implements EndpointHealth.Observer {
        @Override
        public void onProfile(Protocol spoken, BrokerProfile profile) {}

        @Override
        public void onSpoken(String endpoint, Protocol which, boolean isSpoken) {
            registry.onSpoken(endpoint, which, isSpoken);
        }

        @Override
        public void onOtherProtocol(Protocol unspoken, byte[] header) {}

        @Override
        public void onSilence(Protocol unknown) {}

        @Override
        public void onUsable(String endpoint) {
            registry.onUsable(endpoint);
        }

        @Override
        public void onUnusable(String endpoint, String why) {
            registry.onUnusable(endpoint, why);
        }

        @Override
        public void onReachable(String endpoint) {
            health.add("reachable " + endpoint);
        }

        @Override
        public void onUnreachable(String endpoint, String why) {
            health.add("unreachable " + endpoint);
        }

        @Override
        public void onDown() {
            health.add("down");
            registry.onDown();
        }

        @Override
        public void onUp() {
            health.add("up");
        }
    }

    /** Takes over the options as they are now, as a running proxy does. */
    void reload() {
        takeOver();
        run();
    }

    /** The same, while the bytes stay where they are. */
    void takeOver() {
        loop.reload(options.settings());
        registry.reload(new Endpoints(connectors(options.endpoints), options.choice, watch));
        watch.watch(connectors(options.endpoints));
        endTurn();
    }

    boolean countsLeft() {
        return options.countsLeft;
    }

    ByteBuffer readBuffer() {
        return readBuffer;
    }

    // Clients.

    /** A client whose link is up and that has sent nothing. */
    TestClient connect() {
        return connectFrom(InetAddress.getLoopbackAddress());
    }

    TestClient connectFrom(InetAddress address) {
        TestClient client = new TestClient(this);
        attach(client, address);
        return client;
    }

    void attach(TestClient client) {
        attach(client, InetAddress.getLoopbackAddress());
    }

    private void attach(TestClient client, InetAddress address) {
        ClientInfo info = ClientInfo.of(++lastClient, new InetSocketAddress(address, 40_000), null, null);
        Amqp091Client session = new Amqp091Client(protocol, loop, gateway, info);
        client.use(attach(session, client));
    }

    /** Connects a client with its session. */
    FakeLink attach(InboundSession session, FakeLink.Peer client) {
        FakeLink link = new FakeLink(this, session, client);
        links.add(link);
        onLink.accept(link);
        session.attach(link);
        endTurn();
        return link;
    }

    Protocol protocol() {
        return protocol;
    }

    /** The number of the next client. */
    long nextClient() {
        return ++lastClient;
    }

    /** A client with an open connection. */
    TestClient open() {
        return connect().logIn("guest", "guest", "/");
    }

    // Bytes.

    /** Ends a turn: everything that sessions asked of their links is done. */
    void endTurn() {
        settle();
        for (int turn = 0; !restless.isEmpty(); turn++) {
            if (turn > ROUNDS) {
                throw new AssertionError("the sessions never come to rest");
            }
            List<FakeLink> now = List.copyOf(restless);
            restless.clear();
            now.forEach(FakeLink::endTurn);
            settle();
        }
    }

    private void settle() {
        loop.settle();
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
            loop.settle();
        }
    }

    /** Sets up the connections to the broker that were asked for. Returns whether there were any. */
    boolean setUpConnections() {
        if (connecting.isEmpty()) {
            return false;
        }
        List<Attempt> attempts = List.copyOf(connecting);
        connecting.clear();
        boolean busy = false;
        for (Attempt attempt : attempts) {
            OutboundSession session = attempt.session();
            if (!session.isConnecting()) {
                continue;
            }
            if (mute.contains(attempt.endpoint())) {
                connecting.add(attempt);
                continue;
            }
            busy = true;
            if (lack != null) {
                session.onConnectImpossible(lack);
            } else if (!reachable || refusing.contains(attempt.endpoint())) {
                session.onConnectFailed("connection refused");
            } else {
                boolean asks = session instanceof ProbeSession;
                Supplier<FakeLink.BrokerPeer> other = options.broker;
                FakeLink.BrokerPeer peer = other == null ? (asks ? asked : broker).accept() : other.get();
                if (!asks) {
                    connectedTo.add(attempt.endpoint());
                }
                FakeLink link = new FakeLink(this, session, peer);
                peer.use(link);
                links.add(link);
                onLink.accept(link);
                session.attach(link);
                if (failsLogins && !asks) {
                    session.disconnect("connection reset");
                }
            }
        }
        endTurn();
        return busy;
    }

    /** Moves all bytes there are, until everything has come to rest. */
    Rig run() {
        endTurn();
        boolean busy = true;
        for (int round = 0; busy; round++) {
            if (round > ROUNDS) {
                throw new AssertionError("the bytes never come to rest");
            }
            busy = setUpConnections();
            loop.onTurnEnd();
            for (FakeLink link : List.copyOf(links)) {
                busy |= move(link, Integer.MAX_VALUE);
            }
            links.removeIf(FakeLink::isOver);
        }
        return this;
    }

    private boolean move(FakeLink link, int most) {
        boolean busy = false;
        if (link.readsAll() && link.canMoveToPeer()) {
            link.moveToPeer(most);
            busy = true;
        }
        if (link.canMoveToSession()) {
            link.moveToSession(most);
            busy = true;
        }
        endTurn();
        return busy;
    }

    /** Moves some bytes on one link picked at random. Returns false where there is nothing to move. */
    boolean moveSome(RandomGenerator random) {
        if (!connecting.isEmpty() && random.nextInt(3) == 0) {
            return setUpConnections();
        }
        int most = random.nextInt(4) == 0 ? 1 + random.nextInt(12) : 1 + random.nextInt(600);
        int moves = 0;
        for (FakeLink link : links) {
            moves += (link.canMoveToPeer() ? 1 : 0) + (link.canMoveToSession() ? 1 : 0);
        }
        if (moves == 0) {
            return setUpConnections();
        }
        move(random.nextInt(moves), most);
        endTurn();
        links.removeIf(FakeLink::isOver);
        return true;
    }

    /** Makes one of the moves that are possible, which are counted from 0. */
    private void move(int which, int most) {
        int left = which;
        for (FakeLink link : links) {
            if (link.canMoveToPeer() && left-- == 0) {
                link.moveToPeer(most);
                return;
            }
            if (link.canMoveToSession() && left-- == 0) {
                link.moveToSession(most);
                return;
            }
        }
    }

    // Time.

    /** Lets time pass; what falls due meanwhile is done, and its bytes arrive, before time goes on. */
    Rig pass(Duration duration) {
        run();
        long end = loop.now + duration.toNanos();
        while (true) {
            long next = loop.timers.untilNext(loop.now);
            if (next < 0 || loop.now + next > end) {
                break;
            }
            loop.now += next;
            loop.timers.fire(loop.now);
            run();
        }
        loop.now = end;
        return this;
    }

    // What tests look at.

    /** How often connecting to an endpoint was tried, by whomever. */
    int attempts(String endpoint) {
        return attempts.getOrDefault(endpoint, 0);
    }

    PoolStats pool() {
        List<PoolStats> stats = registry.stats();
        if (stats.size() != 1) {
            throw new AssertionError("not one pool: " + stats);
        }
        return stats.get(0);
    }
}
