package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.testkit.Await;
import java.net.ConnectException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that come, while something fails in the proxy. */
@Timeout(300)
class FrontendTest {

    private static final int TURNS = 8;
    private static final int WAITING = 40;

    private final AtomicBoolean failing = new AtomicBoolean();
    private final List<String> limits = new CopyOnWriteArrayList<>();
    private final ProxyListener listener = new ProxyListener() {
        @Override
        public void limitReached(String limit, String effect, @Nullable String user) {
            limits.add(limit);
        }

        @Override
        public void clientConnected(ClientInfo client) {
            if (failing.get()) {
                throw new StackOverflowError("on purpose");
            }
        }
    };

    private final Settings.Draft settings = new Settings.Draft(new MultiplexedPolicy());

    @SuppressWarnings("NullAway.Init") // each test starts with settings of its own
    private EventLoop loop;

    @SuppressWarnings("NullAway.Init") // each test starts with settings of its own
    private LoopClients.Shared shared;

    @SuppressWarnings("NullAway.Init") // each test starts with settings of its own
    private LoopClients clients;

    @SuppressWarnings("NullAway.Init")
    private RouteId only;

    @SuppressWarnings("NullAway.Init") // each test starts with settings of its own
    private ServerSocketChannel server;

    @SuppressWarnings("NullAway.Init") // each test starts with settings of its own
    private ListenConfig where;

    private final List<SocketChannel> channels = new ArrayList<>();

    private void start() throws Exception {
        FrontEnd frontEnd = FrontEnd.with(settings.build(1), listener, null, Runnable::run);
        loop = frontEnd.loop();
        shared = frontEnd.shared();
        clients = frontEnd.clients();
        where = frontEnd.where();
        only = frontEnd.only();
        server = ServerSocketChannel.open().bind(FrontEnd.anyPort());
        loop.start();
    }

    @AfterEach
    void stop() throws Exception {
        loop.stop();
        assertThat(loop.join(30_000)).isTrue();
        shared.close();
        where.port().close();
        server.close();
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }

    private interface Step {
        void take() throws Exception;
    }

    private void onLoop(Step step) throws Exception {
        loop.ask(() -> {
                    step.take();
                    return null;
                })
                .get(30, TimeUnit.SECONDS);
    }

    /** {@return the proxy's end of a client that connects, and is welcomed} */
    private SocketChannel connect() throws Exception {
        channels.add(SocketChannel.open(server.getLocalAddress()));
        SocketChannel accepted = server.accept();
        channels.add(accepted);
        onLoop(() -> clients.acceptor().welcome(accepted, where));
        return accepted;
    }

    private int connections() throws Exception {
        return loop.ask(clients::connections).get(30, TimeUnit.SECONDS);
    }

    @Test
    void aClientWhoseWelcomeFailsLeavesNothingBehindAndCostsTheNextOneNothing() throws Exception {
        start();
        failing.set(true);
        assertThat(connect().isOpen()).isFalse();
        assertThat(connections()).isZero();
        assertThat(shared.clients).hasValue(0);
        assertThat(loop.ask(clients::clients).get(30, TimeUnit.SECONDS)).isEmpty();

        failing.set(false);
        assertThat(connect().isOpen()).isTrue();
        assertThat(connections()).isEqualTo(1);
        assertThat(shared.clients).hasValue(1);
    }

    @Test
    void theOldestStrangerOfAnAddressThatHasAllItMayHaveGivesWayAndTheLimitIsNamed() throws Exception {
        settings.limits.clientsPerAddress(1);
        start();
        SocketChannel first = connect();
        SocketChannel second = connect();

        assertThat(first.isOpen()).isFalse();
        assertThat(second.isOpen()).isTrue();
        assertThat(shared.clients).hasValue(1);
        assertThat(limits).containsExactly("clientsPerAddress");
    }

    /** As where a load balancer has chosen this proxy just before it was told of the end. */
    @Test
    void whoHasConnectedWhenTheEndBeginsIsStillTaken() throws Exception {
        start();
        int[] afterwards = new int[1];
        onLoop(() -> {
            clients.acceptor().listen(where);
            clients.acceptor().begin();
            for (int i = 0; i < WAITING; i++) {
                channels.add(SocketChannel.open(where.port().address()));
            }
            clients.acceptor().stop();
            afterwards[0] = clients.connections();
        });

        assertThat(afterwards[0]).isEqualTo(WAITING);
        assertThat(connections()).isEqualTo(WAITING);
        awaitRefusal();
    }

    @Test
    void whoComesBeforeClientsAreAcceptedWaitsForThat() throws Exception {
        start();
        onLoop(() -> clients.acceptor().listen(where));
        channels.add(SocketChannel.open(where.port().address()));
        assertNobodyIsAccepted();

        loop.execute(() -> clients.acceptor().begin());
        Await.until("the client is accepted", () -> connections() == 1);
    }

    /** Each question is answered in a turn of its own, and the loop looks at its sockets in between. */
    private void assertNobodyIsAccepted() throws Exception {
        for (int i = 0; i < TURNS; i++) {
            assertThat(connections()).isZero();
        }
    }

    /** As where the broker is found to be down, and back, before the proxy is ready for clients. */
    @Test
    void listeningAgainDoesNotAcceptBeforeItsTime() throws Exception {
        start();
        onLoop(() -> {
            clients.acceptor().listen(where);
            clients.acceptor().onDown(only);
        });
        awaitRefusal();
        onLoop(() -> clients.acceptor().onUp(only));
        channels.add(SocketChannel.open(where.port().address()));
        assertNobodyIsAccepted();

        loop.execute(() -> clients.acceptor().begin());
        Await.until("the client is accepted", () -> connections() == 1);
    }

    /** A socket of a selector is closed when that is asked again. */
    private void awaitRefusal() {
        Await.until("nobody is listened to", () -> {
            try (SocketChannel late = SocketChannel.open(where.port().address())) {
                return !late.isConnected();
            } catch (ConnectException refused) {
                return true;
            }
        });
    }
}
