package io.amqproxy.benchmark;

import io.amqproxy.ClientInfo;
import io.amqproxy.EndpointChoice;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.ConnectionBudget;
import io.amqproxy.impl.pool.Connector;
import io.amqproxy.impl.pool.Endpoints;
import io.amqproxy.impl.pool.LoginGuard;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.PoolRegistry;
import io.amqproxy.impl.pool.spi.Protocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The proxy's core without sockets and clock: pools and sessions, with a broker in memory behind them. */
final class Core {

    private static final int READ_BUFFER = 1024 * 1024;
    private static final Duration DAY = Duration.ofDays(1);
    private static final Settings SETTINGS = settings();

    /** Nothing ends for having been idle or old. */
    private static Settings settings() {
        Settings.Draft draft = new Settings.Draft(new MultiplexedPolicy());
        draft.idleTimeout = DAY;
        draft.acquireTimeout = DAY;
        draft.connectTimeout = DAY;
        draft.tlsTimeout = DAY;
        draft.loginTimeout = DAY;
        draft.closeTimeout = DAY;
        draft.handshakeTimeout = DAY;
        draft.credentialTtl = DAY;
        draft.maxLifetime = Duration.ZERO;
        draft.maxChannelAge = Duration.ZERO;
        draft.heartbeat = Duration.ZERO;
        return draft.build(1);
    }

    private final LoopContext loop = new LoopContext(SETTINGS, new ProxyListener() {});
    private final ArrayDeque<OutboundSession> connecting = new ArrayDeque<>();
    private final List<MemoryLink> upstreams = new ArrayList<>();
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER);
    private final InetSocketAddress anybody = new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);
    private final PoolRegistry registry;
    private final Protocol protocol = new Amqp091();
    private long ids;

    Core() {
        loop.now = 1;
        registry = new PoolRegistry(
                loop,
                List.of(protocol),
                new Endpoints(List.of(new Broker()), EndpointChoice.ordered(), new Nobody()),
                () -> ++ids,
                new LoginGuard(loop.settings.limits().failedLogins()),
                new ConnectionBudget(0),
                Runnable::run);
    }

    private final class Broker implements Connector {
        @Override
        public String endpoint() {
            return "broker:5672";
        }

        @Override
        public void connect(OutboundSession session) {
            connecting.add(session);
        }
    }

    private static final class Nobody implements Endpoints.Reporter {
        @Override
        public void onProved(String endpoint) {}

        @Override
        public void onFailed(String endpoint, String why) {}

        @Override
        public void onDoubt(String endpoint, Protocol protocol) {}
    }

    /** A client that has sent nothing yet. */
    MemoryLink connect() {
        return MemoryLink.toNowhere(protocol.newClient(loop, registry, ClientInfo.of(++ids, anybody, null, null)));
    }

    /** A client with an open connection and a channel. */
    MemoryLink open() {
        MemoryLink client = connect();
        Script script = Script.opening(LoginScript.GUEST);
        for (int step = 0; step < script.length(); step++) {
            send(client, script.request(step));
        }
        return client;
    }

    /** Gives a client's bytes to its session, and lets everybody answer until all is quiet. */
    void send(MemoryLink client, ByteBuffer bytes) {
        receive(client, bytes);
        client.discard();
        boolean busy = true;
        while (busy) {
            busy = !connecting.isEmpty();
            while (!connecting.isEmpty()) {
                upstreams.add(MemoryLink.toBroker(connecting.remove()));
            }
            for (int i = 0; i < upstreams.size(); i++) {
                ByteBuffer answer = upstreams.get(i).answer();
                if (answer.hasRemaining()) {
                    receive(upstreams.get(i), answer);
                    busy = true;
                }
            }
            ByteBuffer left = client.takeLeft();
            if (left.hasRemaining()) {
                receive(client, left);
                busy = true;
            }
            client.discard();
        }
    }

    /** The connection to the broker that was opened last. */
    MemoryLink upstream() {
        return upstreams.get(upstreams.size() - 1);
    }

    /** Gives bytes to a session, as if they had been read. */
    void receive(MemoryLink link, ByteBuffer bytes) {
        if (link.isOver()) {
            throw new IllegalStateException(link.session() + " has ended");
        }
        readBuffer.clear().put(0, bytes, bytes.position(), bytes.remaining()).limit(bytes.remaining());
        link.session().receive(readBuffer);
        loop.settle();
        link.leave(readBuffer);
    }
}
