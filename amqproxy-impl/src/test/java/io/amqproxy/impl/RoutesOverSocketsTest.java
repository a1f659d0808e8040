package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import io.amqproxy.ClientInfo;
import io.amqproxy.PoolPolicy;
import io.amqproxy.Route;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.TlsClients;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A route's clients and its broker by TLS, by the PROXY protocol, and by a socket that listens already. */
@Timeout(300)
@Tag("broker")
class RoutesOverSocketsTest {

    private static final String HOST = "127.0.0.1";
    private static final String QUEUE = "RoutesOverSocketsTest";
    private static final String INSIDE = "inside";

    @TempDir
    private static Path directory;

    private static Authority authority;
    private static Path trusted;
    private static EmbeddedBroker main;
    private static EmbeddedBroker orders;

    @BeforeAll
    static void start() {
        authority = Authority.named("authority of orders");
        trusted = authority.writeCertificate(directory.resolve("ca.pem"));
        main = EmbeddedBroker.start();
        Path store = authority.issue("broker", HOST).writeKeyStore(directory.resolve("broker.p12"), "store");
        orders = EmbeddedBroker.builder().tls(store, "store").start();
    }

    @AfterAll
    static void stop() {
        main.close();
        orders.close();
    }

    private static AmqProxy.Builder builder() {
        return AmqProxy.builder().upstream("amqp://" + HOST + ':' + main.port()).listen(HOST, 0);
    }

    /** The route's own broker, by TLS with an authority that only the route trusts. */
    private static void byTls(Route route) {
        route.upstream("amqps://" + HOST + ':' + orders.tlsPort())
                .upstreamTls(tls -> tls.trust(trusted))
                .listenAddresses(INSIDE);
    }

    private static int inside(AmqProxy proxy) {
        return proxy.addresses().get(1).getPort();
    }

    private static void assertServedByOrders(AmqProxy proxy, long before) {
        Await.until("the message has come", () -> orders.messagesIn() == before + 1);
        assertThat(proxy.clients()).extracting(ClientInfo::route).containsExactly("orders");
        assertThat(proxy.upstreams())
                .extracting(upstream -> upstream.info().endpoint())
                .containsExactly(HOST + ':' + orders.tlsPort());
    }

    @Test
    void clientsComeByTlsAndGoOnByTls() throws Exception {
        Authority.Issued own = authority.issue("proxy", HOST);
        Path certificate = own.writeCertificate(directory.resolve("proxy.pem"));
        Path key = own.writeKey(directory.resolve("proxy.key"));
        long before = orders.messagesIn();
        try (AmqProxy proxy = builder()
                        .listenTls(
                                HOST,
                                0,
                                tls -> tls.certificate(certificate, key).name(INSIDE))
                        .route("orders", RoutesOverSocketsTest::byTls)
                        .start();
                Connection connection = TlsClients.factory(inside(proxy), TlsClients.context(authority, null))
                        .newConnection();
                Channel channel = connection.createChannel()) {
            channel.confirmSelect();
            channel.queueDeclare(QUEUE, false, false, false, null);
            channel.basicPublish("", QUEUE, null, new byte[] {1});
            channel.waitForConfirmsOrDie();
            assertServedByOrders(proxy, before);
        }
    }

    @Test
    void whatOneRouteTrustsAnotherDoesNot() {
        Consumer<Route> strict = route ->
                route.upstream("amqps://" + HOST + ':' + orders.tlsPort()).listenAddresses(INSIDE);
        try (AmqProxy proxy = builder()
                .listen(HOST, 0, at -> at.name(INSIDE))
                .route("orders", route -> byTls(route.users("orders-*")))
                .route("strict", strict)
                .start()) {
            Await.until(
                    "it is known",
                    () -> proxy.stats().endpoints().stream()
                            .anyMatch(one -> "strict".equals(one.route())
                                    && String.valueOf(one.lastFailure()).contains("not trusted")));
            assertThat(catchThrowable(() -> new RawClient(inside(proxy)).logIn("guest", "guest", "/")))
                    .isNotNull();
        }
    }

    /** The broker is a proxy in front of it, which knows the names of those that are connected. */
    @Test
    void aRouteNamesItsConnectionsByATemplateOfItsOwn() throws Exception {
        try (AmqProxy broker = builder().start();
                AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqp://" + HOST + ':' + broker.address().getPort())
                        .connectionName("outside for {user}")
                        .listen(HOST, 0)
                        .listen(HOST, 0, at -> at.name(INSIDE))
                        .route(
                                "orders",
                                route -> route.listenAddresses(INSIDE)
                                        .upstream("amqp://" + HOST + ':'
                                                + broker.address().getPort())
                                        .connectionName("orders for {user}"))
                        .start();
                Connection outside = connect(proxy.address().getPort());
                Connection orders = connect(inside(proxy))) {
            outside.createChannel().queueDeclare();
            orders.createChannel().queueDeclare();

            assertThat(broker.clients())
                    .extracting(ClientInfo::name)
                    .containsOnly("outside for guest", "orders for guest");
        }
    }

    /** What the builder says holds for a route that says nothing, each by itself. */
    @Test
    void eachRouteHasItsConnectionsByItself() throws Exception {
        try (AmqProxy proxy = builder()
                .policy(PoolPolicy.exclusive())
                .maxTotalConnections(4)
                .acquireTimeout(Duration.ofSeconds(1))
                .listen(HOST, 0, at -> at.name("as-for-all"))
                .listen(HOST, 0, at -> at.name("more"))
                .route(
                        "as-for-all",
                        route -> route.listenAddresses("as-for-all").upstream("amqp://" + HOST + ':' + main.port()))
                .route(
                        "more",
                        route -> route.listenAddresses("more")
                                .upstream("amqp://" + HOST + ':' + main.port())
                                .maxTotalConnections(5))
                .start()) {
            List<Integer> most = List.of(2, 2, 3); // One is left to other pools, and one to log-ins.
            for (int listener = 0; listener < most.size(); listener++) {
                int port = proxy.addresses().get(listener).getPort();
                for (int i = 0; i < most.get(listener); i++) {
                    connect(port).createChannel().queueDeclare();
                }
                assertThat(catchThrowable(() -> connect(port).createChannel().queueDeclare()))
                        .as("one more at listener " + listener)
                        .isNotNull();
            }
            assertThat(proxy.upstreams())
                    .extracting(upstream -> String.valueOf(upstream.info().route()))
                    .containsExactlyInAnyOrder("null", "null", "as-for-all", "as-for-all", "more", "more", "more");
        }
    }

    private static Connection connect(int port) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    @Test
    void aLoadBalancerTellsWhoComesToARoute() throws Exception {
        long before = orders.messagesIn();
        try (AmqProxy proxy = builder()
                        .listen(HOST, 0, at -> at.name(INSIDE).proxyProtocolFrom(CidrSet.of(HOST)))
                        .route("orders", RoutesOverSocketsTest::byTls)
                        .start();
                RawClient client = new RawClient(inside(proxy))) {
            client.write("PROXY TCP4 192.0.2.7 192.0.2.1 40000 5672\r\n".getBytes(ISO_8859_1));
            client.logIn("guest", "guest", "/").publishConfirmed(QUEUE);
            assertServedByOrders(proxy, before);
            assertThat(proxy.clients())
                    .extracting(one -> one.address().getAddress().getHostAddress())
                    .containsExactly("192.0.2.7");
        }
    }

    @Test
    void onlyTheBrokerOfARouteThatSaysSoIsToldByTheProxyProtocol() throws Exception {
        try (ServerSocket told = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                AmqProxy proxy = builder()
                        .listen(HOST, 0, at -> at.name(INSIDE))
                        .route(
                                "orders",
                                route -> route.upstream("amqp://" + HOST + ':' + told.getLocalPort())
                                        .upstreamProxyProtocol(true)
                                        .listenAddresses(INSIDE))
                        .start();
                Socket first = told.accept();
                RawClient other = new RawClient(proxy.addresses().get(0).getPort())) {
            assertThat(HexFormat.of().formatHex(first.getInputStream().readNBytes(12)))
                    .isEqualTo("0d0a0d0a000d0a515549540a");
            other.logIn("guest", "guest", "/").publishConfirmed(QUEUE);
        }
    }

    @Test
    void clientsOfARouteComeByASocketThatListensAlready() throws Exception {
        long before = orders.messagesIn();
        try (ServerSocketChannel socket = ServerSocketChannel.open()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (RawClient early = new RawClient(socket.socket().getLocalPort());
                    AmqProxy proxy = builder()
                            .listen(socket, at -> at.name(INSIDE))
                            .route("orders", RoutesOverSocketsTest::byTls)
                            .start()) {
                early.logIn("guest", "guest", "/").publishConfirmed(QUEUE);
                assertServedByOrders(proxy, before);
            }
            assertThat(socket.isOpen()).isTrue();
        }
    }
}
