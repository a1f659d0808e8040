package io.amqproxy.impl.pool;

import io.amqproxy.CloseMode;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.session.ClientSession;
import io.amqproxy.impl.session.LoopContext;
import io.amqproxy.impl.session.OutboundSession;
import io.amqproxy.impl.session.Settings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** The core without sockets and clock: pools and sessions between test clients and a {@link ScriptedBroker}. */
final class Rig {

    private static final int ROUNDS = 100_000;

    /** What a test may set otherwise than usual. */
    static final class Options {
        PoolPolicy policy = new Multiplexed();
        CloseMode closeMode = CloseMode.IMMEDIATE;
        int maxConnections = 4;
        int minConnections;
        int maxChannels = 100;
        int maxIdleChannels = 100;
        int heartbeatSeconds;
        Duration acquireTimeout = Duration.ofSeconds(10);
        Duration idleTimeout = Duration.ofSeconds(60);
        Duration credentialTtl = Duration.ofHours(1);
        Duration maxLifetime = Duration.ZERO;

        private Settings settings() {
            return new Settings(
                    policy,
                    closeMode,
                    maxConnections,
                    minConnections,
                    maxChannels,
                    maxIdleChannels,
                    0,
                    heartbeatSeconds,
                    1000,
                    16 * 1024 * 1024,
                    1024 * 1024,
                    Duration.ofSeconds(10).toNanos(),
                    Duration.ofSeconds(10).toNanos(),
                    acquireTimeout.toNanos(),
                    idleTimeout.toNanos(),
                    maxLifetime.toNanos(),
                    credentialTtl.toNanos());
        }
    }

    final LoopContext loop;
    final Tenants tenants;
    final ScriptedBroker broker = new ScriptedBroker();
    final List<FakeLink> links = new ArrayList<>();
    /** Whether connections to the broker come about by themselves. */
    boolean reachable = true;

    private final List<OutboundSession> connecting = new ArrayList<>();
    private final ByteBuffer readBuffer = ByteBuffer.allocate(4 * 1024 * 1024);
    private long lastClient;
    private long lastUpstream;

    Rig() {
        this(new Options());
    }

    Rig(Options options) {
        loop = new LoopContext(options.settings(), new ProxyListener() {});
        loop.now = 1_000_000_000L;
        tenants = new Tenants(
                loop,
                new Connector() {
                    @Override
                    public String endpoint() {
                        return "broker:5672";
                    }

                    @Override
                    public void connect(OutboundSession session) {
                        connecting.add(session);
                    }
                },
                () -> ++lastUpstream,
                () -> {});
    }

    ByteBuffer readBuffer() {
        return readBuffer;
    }

    // Clients.

    /** A client whose link is up and that has sent nothing. */
    TestClient connect() {
        TestClient client = new TestClient(this);
        attach(client);
        return client;
    }

    void attach(TestClient client) {
        ClientSession session = new ClientSession(
                loop, tenants, ++lastClient, new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000));
        FakeLink link = new FakeLink(this, session, client);
        client.use(link);
        links.add(link);
        session.attach(link);
        endTurn();
    }

    /** A client with an open connection. */
    TestClient open() {
        return connect().logIn("guest", "guest", "/");
    }

    // Bytes.

    /** Ends a turn: everything that sessions asked of their links is done. */
    void endTurn() {
        boolean busy = true;
        for (int round = 0; busy; round++) {
            if (round > ROUNDS) {
                throw new AssertionError("the sessions never come to rest");
            }
            busy = false;
            for (FakeLink link : List.copyOf(links)) {
                busy |= link.endTurn();
            }
        }
    }

    /** Sets up the connections to the broker that were asked for; answers whether there were any. */
    boolean setUpConnections() {
        if (connecting.isEmpty()) {
            return false;
        }
        List<OutboundSession> asked = List.copyOf(connecting);
        connecting.clear();
        for (OutboundSession session : asked) {
            if (!session.isConnecting()) {
                continue;
            }
            if (!reachable) {
                session.onConnectFailed("connection refused");
            } else {
                ScriptedBroker.Connection peer = broker.accept();
                FakeLink link = new FakeLink(this, session, peer);
                peer.link = link;
                links.add(link);
                session.attach(link);
            }
        }
        endTurn();
        return true;
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
            for (FakeLink link : List.copyOf(links)) {
                busy |= move(link, Integer.MAX_VALUE);
            }
            links.removeIf(FakeLink::isOver);
        }
        return this;
    }

    private boolean move(FakeLink link, int most) {
        boolean busy = false;
        if (link.canMoveToPeer()) {
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

    /** Moves some bytes on one link picked at random; answers false where there is nothing to move. */
    boolean moveSome(RandomGenerator random) {
        if (!connecting.isEmpty() && random.nextInt(3) == 0) {
            return setUpConnections();
        }
        List<Runnable> moves = new ArrayList<>();
        int most = random.nextInt(4) == 0 ? 1 + random.nextInt(12) : 1 + random.nextInt(600);
        for (FakeLink link : links) {
            if (link.canMoveToPeer()) {
                moves.add(() -> link.moveToPeer(most));
            }
            if (link.canMoveToSession()) {
                moves.add(() -> link.moveToSession(most));
            }
        }
        if (moves.isEmpty()) {
            return setUpConnections();
        }
        moves.get(random.nextInt(moves.size())).run();
        endTurn();
        links.removeIf(FakeLink::isOver);
        return true;
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

    PoolStats pool() {
        List<PoolStats> stats = tenants.stats();
        if (stats.size() != 1) {
            throw new AssertionError("not one pool: " + stats);
        }
        return stats.get(0);
    }
}
