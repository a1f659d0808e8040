package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.catchThrowable;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.PoolPolicy;
import io.amqproxy.ProxyListener;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Alerts fire when a proxy gets into the trouble that they are for: by its own figures, with promtool's clock. */
@Timeout(300)
@Tag("broker")
@Tag("process")
@SuppressWarnings("try") // what is opened there is there to be closed
class AlertsInTroubleTest {

    private static final Logger log = LoggerFactory.getLogger(AlertsInTroubleTest.class);

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    @TempDir
    private Path directory;

    private final Observers observers = new Observers("1.2.3", 10, () -> 0);

    @BeforeAll
    static void needPromtool() {
        FiringAlerts.requirePromtool();
    }

    @Test
    void aBrokerThatIsNotThere() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (AmqProxy ignored = start(port, builder -> {})) {
            Await.until("it is told", () -> value("amqproxy_broker_reachable") == 0);
            check("AmqProxyBrokerUnreachable", "");
            check("AmqProxyEndpointUnreachable", "");
        }
    }

    @Test
    void aPoolThatIsFull() throws Exception {
        try (AmqProxy proxy = start(
                        broker.port(),
                        builder -> builder.policy(PoolPolicy.exclusive())
                                .maxConnections(1)
                                .acquireTimeout(Duration.ofSeconds(15)));
                Connection first = connect(proxy)) {
            String before = scrape();
            first.createChannel().queueDeclare();
            Channel waiting = connect(proxy).createChannel();
            Thread client = new Thread(() -> attempt(waiting::queueDeclare));
            client.start();
            Await.until("it waits", () -> value("amqproxy_pool_longest_wait_seconds") > 1);
            check("AmqProxyClientsWait", before);
            check("AmqProxyPoolFull", "");
            client.join();
            Await.until("it waited in vain", () -> value("amqproxy_acquire_timeouts_total") > 0);
            check("AmqProxyClientsWaitInVain", before);
        }
    }

    @Test
    void wrongPasswords() throws Exception {
        try (AmqProxy proxy = start(broker.port(), builder -> {})) {
            String before = scrape();
            ConnectionFactory factory = factory(proxy);
            factory.setPassword("wrong");
            for (int i = 0; i < 40; i++) {
                attempt(factory::newConnection);
            }
            Await.until("all are counted", () -> value("amqproxy_client_refusals_total") >= 40);
            FiringAlerts.check("AmqProxyClientsRefused", before, scrape(), true, directory);
            check("AmqProxyLogInsBlocked", before);
        }
    }

    @Test
    void aBrokerThatHoldsPublishersBack() throws Exception {
        try (AmqProxy asBroker = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listen(0)
                        .start();
                AmqProxy proxy = start(asBroker.address().getPort(), builder -> {});
                Connection connection = connect(proxy);
                Channel channel = connection.createChannel()) {
            channel.queueDeclare();
            String before = scrape();
            try (Fault ignored = asBroker.faults().block(FaultScope.all(), "low on memory")) {
                channel.basicPublish("amq.fanout", "", null, new byte[1]);
                Await.until("it is told", () -> value("amqproxy_upstreams_held_back") > 0);
                check("AmqProxyPublishersHeldBack", before);
            }
        }
    }

    @Test
    void aCertificateOfADay() throws Exception {
        Authority.Issued own = Authority.named("test authority").issue("proxy", "127.0.0.1");
        Path certificate = own.writeCertificate(directory.resolve("proxy.pem"));
        Path key = own.writeKey(directory.resolve("proxy.key"));
        try (AmqProxy ignored = start(
                broker.port(),
                builder -> builder.listenTls("127.0.0.1", 0, tls -> tls.certificate(certificate, key)))) {
            check("AmqProxyCertificateEnds", "");
            check("AmqProxyCertificateEndsAtOnce", "");
        }
    }

    @Test
    void aPolicyThatKeepsALoop() throws Exception {
        PoolPolicy placing = PoolPolicy.multiplexed();
        PoolPolicy slow = (request, pool) -> {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(600);
            while (System.nanoTime() < end) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
            return placing.place(request, pool);
        };
        try (AmqProxy proxy = start(broker.port(), builder -> builder.policy(slow));
                Connection connection = connect(proxy)) {
            connection.createChannel().queueDeclare();
            Await.until("it is told", () -> value("amqproxy_loop_longest_turn_seconds") > 0.5);
            check("AmqProxyLoopSlow", "");
        }
    }

    @Test
    void poolsThatWaitForEachOther() throws Exception {
        try (EmbeddedBroker three = EmbeddedBroker.builder()
                        .vhost("a")
                        .vhost("b")
                        .vhost("c")
                        .start();
                AmqProxy proxy = start(
                        three.port(),
                        builder -> builder.policy(PoolPolicy.exclusive())
                                .maxTotalConnections(2)
                                .acquireTimeout(Duration.ofSeconds(30)))) {
            String before = scrape();
            List<Thread> clients = new ArrayList<>();
            for (String vhost : List.of("a", "b", "c")) {
                ConnectionFactory factory = factory(proxy);
                factory.setVirtualHost(vhost);
                clients.add(new Thread(() ->
                        attempt(() -> factory.newConnection().createChannel().queueDeclare())));
            }
            clients.forEach(Thread::start);
            Await.until("one waits", () -> value("amqproxy_pools_waiting") > 0);
            check("AmqProxyPoolsWait", before);
            proxy.close();
            for (Thread client : clients) {
                client.join();
            }
        }
    }

    /** A client publishes and leaves, as it may, and then the connection to the broker is lost. */
    @Test
    void messagesThatWereOnTheirWayWhenTheBrokerWasLost() throws Exception {
        try (AmqProxy proxy = start(broker.port(), builder -> {})) {
            try (Connection warm = connect(proxy)) {
                warm.createChannel().basicPublish("amq.fanout", "", null, new byte[1]);
            }
            String before = scrape();
            try (Fault ignored = proxy.faults().silence(FaultScope.upstreams())) {
                try (Connection leaving = connect(proxy);
                        Channel channel = leaving.createChannel()) {
                    channel.basicPublish("amq.fanout", "", null, new byte[1]);
                }
                proxy.faults().cutUpstreams(FaultScope.upstreams(), Faults.Cut.RESET);
            }
            Await.until("it is told", () -> value("amqproxy_publishes_lost_total") > 0);
            check("AmqProxyMessagesLost", before);
        }
    }

    /** Clients begin frames that they do not end. */
    @Test
    void buffersThatAreNearlyUsedUp() throws Exception {
        List<Socket> sockets = new CopyOnWriteArrayList<>();
        try (AmqProxy proxy = start(broker.port(), builder -> builder.maxBufferBytes(8 * 1024 * 1024))) {
            String before = scrape();
            ConnectionFactory factory = factory(proxy);
            factory.setRequestedHeartbeat(0);
            factory.setSocketConfigurator(sockets::add);
            Await.until("much is in use", () -> {
                factory.newConnection().createChannel();
                beginFrame(sockets.get(sockets.size() - 1));
                return value("amqproxy_buffer_bytes") > 0.8 * value("amqproxy_buffer_max_bytes");
            });
            check("AmqProxyBuffersNearlyUsedUp", before);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private static void beginFrame(Socket socket) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(100_000);
        frame.put((byte) 1).putShort((short) 1).putInt(120_000);
        socket.getOutputStream().write(frame.array());
    }

    /** Who watches is slower than what happens. */
    @Test
    void eventsThatNobodyTakes() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        ProxyListener stuck = new ProxyListener() {
            @Override
            public void clientConnected(ClientInfo client) {
                awaitForever(goOn);
            }
        };
        try (AmqProxy proxy = start(broker.port(), builder -> builder.listener(stuck))) {
            String before = scrape();
            try (Connection connection = connect(proxy);
                    Channel channel = connection.createChannel()) {
                channel.queueDeclare("q", false, false, true, null);
                Await.until("some are dropped", () -> {
                    for (int i = 0; i < 1000; i++) {
                        leaseOnce(connection);
                    }
                    return value("amqproxy_events_dropped_total") > 0;
                });
            }
            check("AmqProxyBlind", before);
            goOn.countDown();
        }
    }

    private static void leaseOnce(Connection connection) throws Exception {
        try (Channel channel = connection.createChannel()) {
            channel.basicPublish("amq.fanout", "", null, new byte[1]);
        }
    }

    private static void awaitForever(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private AmqProxy start(int port, Consumer<AmqProxy.Builder> settings) {
        AmqProxy.Builder builder =
                AmqProxy.builder().upstream("amqp://127.0.0.1:" + port).listen(0);
        observers.listeners().forEach(builder::listener);
        settings.accept(builder);
        AmqProxy proxy = builder.start();
        observers.onStarted(proxy);
        return proxy;
    }

    private static ConnectionFactory factory(AmqProxy proxy) {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory;
    }

    /** What a client tries in vain, as it is meant to. */
    private static void attempt(Callable<?> what) {
        Throwable failure = catchThrowable(what::call);
        log.debug("Tried in vain", failure);
    }

    private static Connection connect(AmqProxy proxy) throws Exception {
        return factory(proxy).newConnection();
    }

    /** The trouble comes once, and stays. */
    private void check(String alert, String before) throws IOException {
        FiringAlerts.check(alert, before, scrape(), false, directory);
    }

    private String scrape() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(out, observers.metrics.scrape());
        return out.toString(StandardCharsets.UTF_8);
    }

    private double value(String metric) throws IOException {
        return Pattern.compile("^" + metric + "(?:\\{.*})? (.*)$", Pattern.MULTILINE)
                .matcher(scrape())
                .results()
                .mapToDouble(match -> Double.parseDouble(match.group(1)))
                .sum();
    }
}
