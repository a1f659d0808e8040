package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.PoolPolicy;
import io.amqproxy.ProxyListener;
import io.amqproxy.ProxyStats;
import io.amqproxy.Release;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.LatencyLink;
import io.amqproxy.testkit.Login;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a host application sees of the proxy, in front of Qpid in the same JVM. */
@Tag("broker")
class EmbeddingTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    @Test
    void listenersAreToldTheWholeStoryInOrder() throws Exception {
        List<String> story = new CopyOnWriteArrayList<>();
        try (AmqProxy proxy = builder().listener(new Storyteller(story)).start()) {
            try (Connection connection = connect(proxy);
                    Channel channel = connection.createChannel()) {
                channel.basicPublish("", "nobody", null, new byte[] {1});
            }
            Await.until("the client is gone", () -> proxy.stats().clients() == 0);
        }

        assertThat(story)
                .containsExactly(
                        "started",
                        "client connected",
                        "upstream connecting guest",
                        "upstream opened /",
                        "client authenticated guest /",
                        "leased 1 on 1",
                        "released REUSED CLEAN 1",
                        "client disconnected CLIENT 200",
                        "draining",
                        "upstream closed PROXY 200",
                        "stopped");
    }

    @Test
    void aListenerAndAPolicyThatThrowChangeNothing() throws Exception {
        ProxyListener faulty = new ProxyListener() {
            @Override
            public void clientConnected(ClientInfo client) {
                throw new IllegalStateException("on purpose");
            }
        };
        PoolPolicy failing = (request, pool) -> {
            throw new IllegalStateException("on purpose");
        };
        try (AmqProxy proxy = builder().listener(faulty).policy(failing).start()) {
            publishAndGet(proxy);
        }
    }

    @Test
    void settingsAreCheckedWithoutStarting() {
        AmqProxy.Builder contradictory = builder().minConnections(2).maxConnections(1);

        assertThatThrownBy(contradictory::check)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("minConnections (2) is above maxConnections (1)");
        assertThatThrownBy(AmqProxy.builder()::check)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no upstream was given");
        assertThat(contradictory.maxConnections(2).check()).isSameAs(contradictory);
    }

    @Test
    void figuresAddUp() throws Exception {
        try (AmqProxy proxy = builder().start()) {
            publishAndGet(proxy);
            Await.until("the client is gone", () -> proxy.stats().clients() == 0);

            ProxyStats stats = proxy.stats();

            assertThat(stats.clientsTotal()).isEqualTo(1);
            assertThat(stats.upstreamsTotal()).isEqualTo(1);
            assertThat(stats.published()).isEqualTo(1);
            assertThat(stats.delivered()).isEqualTo(1);
            assertThat(stats.pools()).singleElement().satisfies(pool -> {
                assertThat(pool.user()).isEqualTo("guest");
                assertThat(pool.published()).isEqualTo(1);
                assertThat(pool.leases()).isEqualTo(stats.leasesTotal());
            });
        }
    }

    @Test
    void aClientIsKnownByTheNameOfItsConnectionAndItsLibrary() throws Exception {
        try (AmqProxy proxy = builder().start()) {
            ConnectionFactory factory = JavaClients.factory();
            factory.setUri(proxy.uri());
            try (Connection connection = factory.newConnection("orders of the shop")) {
                assertThat(connection.isOpen()).isTrue();
                assertThat(proxy.clients())
                        .extracting(ClientInfo::name, ClientInfo::product)
                        .containsExactly(tuple("orders of the shop", "RabbitMQ"));
                assertThat(proxy.clients()).extracting(ClientInfo::since).doesNotContainNull();
            }
        }
    }

    @Test
    void aClientIsClosedOnPurposeWithTheReasonGiven() throws Exception {
        try (AmqProxy proxy = builder().start()) {
            Connection connection = connect(proxy);
            CompletableFuture<ShutdownSignalException> shutdown = new CompletableFuture<>();
            connection.addShutdownListener(shutdown::complete);
            long id = proxy.clients().get(0).id();

            assertThat(proxy.closeClient(id, "for the test")).isTrue();

            AMQP.Connection.Close close =
                    (AMQP.Connection.Close) shutdown.get(60, TimeUnit.SECONDS).getReason();
            assertThat(close.getReplyCode()).isEqualTo(320);
            assertThat(close.getReplyText()).contains("for the test");
            Await.until("the client is gone", () -> !proxy.closeClient(id, "again"));
        }
    }

    @Test
    void drainingWaitsForClientsThatLeaveAndClosesThoseThatStay() throws Exception {
        AmqProxy proxy = builder().start();
        Connection stays = connect(proxy);
        CompletableFuture<ShutdownSignalException> shutdown = new CompletableFuture<>();
        stays.addShutdownListener(shutdown::complete);

        assertThat(proxy.drain(Duration.ofMillis(100))).isFalse();

        assertThat(shutdown.get(60, TimeUnit.SECONDS).getMessage()).contains("320");
        assertThat(proxy.stats().clients()).isZero();
        assertThat(proxy.clients()).isEmpty();
        proxy.close();
    }

    @Test
    void theExclusivePolicyGivesEachClientAnUpstreamAndHandsItOn() throws Exception {
        try (AmqProxy proxy = builder().policy(PoolPolicy.exclusive()).start()) {
            try (Connection one = connect(proxy);
                    Connection two = connect(proxy)) {
                one.createChannel().queueDeclare("one", false, false, true, null);
                one.createChannel().queueDeclare("two", false, false, true, null);
                two.createChannel().queueDeclare("three", false, false, true, null);

                assertThat(proxy.stats().upstreams()).isEqualTo(2);
            }
            Await.until(
                    "the clients are gone, and what they asked for is done",
                    () -> proxy.stats().clients() == 0 && proxy.stats().channelsLeased() == 0);
            publishAndGet(proxy);
            assertThat(proxy.stats().upstreamsTotal()).isEqualTo(2);
        }
    }

    @Test
    void severalProxiesRunInOneJvm() throws Exception {
        try (AmqProxy first = builder().start();
                AmqProxy second = builder().loops(2).start()) {
            publishAndGet(first);
            publishAndGet(second);

            assertThat(first.stats().clientsTotal()).isEqualTo(1);
            assertThat(second.stats().clientsTotal()).isEqualTo(1);
        }
    }

    @Test
    void aClientThatSendsItsCredentialsWithTheHeaderIsTakenOverByWhicheverLoop() throws Exception {
        byte[] header = "AMQP\0\0\11\1".getBytes(StandardCharsets.ISO_8859_1);
        byte[] startOk = RawClient.method(
                0,
                Method.CONNECTION_START_OK,
                writer -> writer.table(Map.of())
                        .shortString("PLAIN")
                        .longString("\0guest\0guest")
                        .shortString("en_US"));
        byte[] both = ByteBuffer.allocate(header.length + startOk.length)
                .put(header)
                .put(startOk)
                .array();
        for (int loops = 1; loops <= 5; loops++) {
            try (AmqProxy proxy = builder().loops(loops).start();
                    RawClient client = new RawClient(proxy.address().getPort())) {
                client.write(both);

                client.expect(Method.CONNECTION_START);
                client.expect(Method.CONNECTION_TUNE);
            }
        }
    }

    @Test
    void idleChannelsThatNobodyNeedsAreClosed() throws Exception {
        try (AmqProxy proxy =
                builder().minConnections(1).idleTimeout(Duration.ofMillis(100)).start()) {
            try (Connection connection = connect(proxy)) {
                for (int i = 0; i < 10; i++) {
                    connection.createChannel().basicPublish("", "nobody", null, new byte[] {1});
                }
                Await.until("all channels are used", () -> proxy.stats().channelsLeased() == 10);
            }

            Await.until("the channels are gone and the upstream is not", () -> {
                ProxyStats stats = proxy.stats();
                return stats.channelsLeased() == 0 && stats.channelsIdle() == 0 && stats.upstreams() == 1;
            });
        }
    }

    @Test
    void publishesOfClientsThatLeftAreCountedWhenTheirUpstreamIsLostBeforeTheFence() throws Exception {
        AtomicLong lost = new AtomicLong();
        ProxyListener counter = new ProxyListener() {
            @Override
            public void publishesLost(UpstreamInfo upstream, long messages) {
                lost.addAndGet(messages);
            }
        };
        try (LatencyLink link = LatencyLink.to(broker.port(), Duration.ZERO);
                AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + link.port())
                        .listen(0)
                        .listener(counter)
                        .start()) {
            publishAndGet(proxy);
            Await.until("all is proved", () -> proxy.stats().channelsLeased() == 0);
            link.stall();
            try (Connection connection = connect(proxy);
                    Channel channel = connection.createChannel()) {
                for (int i = 0; i < 3; i++) {
                    channel.basicPublish("", "nobody", null, new byte[] {1});
                }
            }

            link.cut();

            Await.until("three messages are reported as lost", () -> lost.get() == 3);
        }
    }

    @Test
    void aPortInUseIsReportedByItsNumber() {
        try (AmqProxy proxy = builder().start()) {
            int port = proxy.address().getPort();

            assertThatThrownBy(() -> builder().listen(port).start())
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(":" + port);
        }
    }

    @Test
    void settingsThatMakeNoSenseAreRefusedWithoutRepeatingASecret() {
        AmqProxy.Builder builder = AmqProxy.builder();

        assertThatIllegalArgumentException().isThrownBy(() -> builder.listen(70_000));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.acquireTimeout(Duration.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.upstream("amqp://me:topsecret@bro ker"))
                .satisfies(refusal -> assertThat(refusal.toString()).doesNotContain("topsecret"));
        assertThatThrownBy(builder::start).isInstanceOf(IllegalStateException.class);
    }

    private static AmqProxy.Builder builder() {
        return AmqProxy.builder().upstream("amqp://127.0.0.1:" + broker.port()).listen(0);
    }

    private static Connection connect(AmqProxy proxy) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(Login.guest(proxy.address().getPort()).uri());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private static void publishAndGet(AmqProxy proxy) throws Exception {
        try (Connection connection = connect(proxy);
                Channel channel = connection.createChannel()) {
            String queue =
                    channel.queueDeclare("embedding", false, false, true, null).getQueue();
            channel.basicPublish("", queue, null, new byte[] {42});
            assertThat(channel.basicGet(queue, true).getBody()).containsExactly(42);
            channel.queueDelete(queue);
        }
    }

    private record Storyteller(List<String> story) implements ProxyListener {

        @Override
        public void proxyStarted(InetSocketAddress address) {
            story.add("started");
        }

        @Override
        public void proxyDraining() {
            story.add("draining");
        }

        @Override
        public void proxyStopped() {
            story.add("stopped");
        }

        @Override
        public void clientConnected(ClientInfo client) {
            story.add("client connected");
        }

        @Override
        public void clientAuthenticated(ClientInfo client) {
            story.add("client authenticated " + client.user() + ' ' + client.vhost());
        }

        @Override
        public void clientDisconnected(ClientInfo client, CloseReason reason) {
            story.add("client disconnected " + reason.initiator() + ' ' + reason.code());
        }

        @Override
        public void upstreamConnecting(UpstreamInfo upstream) {
            story.add("upstream connecting " + upstream.user());
        }

        @Override
        public void upstreamOpened(UpstreamInfo upstream, Duration took) {
            story.add("upstream opened " + upstream.vhost());
        }

        @Override
        public void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
            story.add("upstream closed " + reason.initiator() + ' ' + reason.code());
        }

        @Override
        public void channelLeased(LeaseInfo lease, Duration waited) {
            story.add("leased " + lease.clientChannel() + " on " + lease.upstreamChannel());
        }

        @Override
        public void channelReleased(LeaseInfo lease, Release release) {
            story.add("released " + release.outcome() + ' ' + release.reason() + ' ' + release.published());
        }
    }
}
