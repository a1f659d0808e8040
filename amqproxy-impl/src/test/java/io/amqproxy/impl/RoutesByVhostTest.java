package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultSaslConfig;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.ExternalLogin;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamLogin;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.TlsClients;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Message;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One proxy in front of two brokers, which know the same user by different passwords and have vhosts of their own. */
@Timeout(300)
@Tag("broker")
class RoutesByVhostTest {

    private static final String QUEUE = "RoutesByVhostTest";
    private static final String HOST = "127.0.0.1";

    @AutoClose
    private static final EmbeddedBroker main =
            EmbeddedBroker.builder().amqp10().user("web", "one").vhost("stock").start();

    @AutoClose
    private static final EmbeddedBroker orders = EmbeddedBroker.builder()
            .amqp10()
            .user("web", "two")
            .vhost("orders")
            .vhost("orders-old")
            .start();

    private final List<String> refused = new CopyOnWriteArrayList<>();

    private AmqProxy.Builder builder() {
        return AmqProxy.builder().loops(2).listen(HOST, 0).listener(new ProxyListener() {
            @Override
            public void clientRefused(ClientInfo client, CloseReason reason) {
                refused.add(client.user() + " in " + client.vhost() + " of " + client.route());
            }
        });
    }

    private static AmqProxy.Builder withOrders(AmqProxy.Builder builder) {
        return builder.route("orders", route -> route.upstream(uri(orders)).vhosts("orders*"));
    }

    private static String uri(EmbeddedBroker broker) {
        return "amqp://" + HOST + ':' + broker.port();
    }

    private static int port(AmqProxy proxy) {
        return proxy.address().getPort();
    }

    private static RawClient client(AmqProxy proxy, String password, String vhost) throws Exception {
        return new RawClient(port(proxy)).logIn("web", password, vhost);
    }

    /** {@return what a connection of 0-9-1 is closed with} */
    private static String refusal(AmqProxy proxy, String password, String vhost) {
        ConnectionFactory factory = JavaClients.factory();
        factory.setHost(HOST);
        factory.setPort(port(proxy));
        factory.setUsername("web");
        factory.setPassword(password);
        factory.setVirtualHost(vhost);
        Throwable failure = catchThrowable(() -> factory.newConnection().close());
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ShutdownSignalException closed) {
                return String.valueOf(closed.getReason());
            }
        }
        return String.valueOf(failure);
    }

    /** {@return what a connection of 1.0 is closed with} */
    private static String refusal10(Client proton, AmqProxy proxy, String password, String hostname) {
        var options = new ConnectionOptions().user("web").password(password).virtualHost(hostname);
        return String.valueOf(catchThrowable(() -> {
            try (var link = proton.connect(HOST, port(proxy), options)) {
                link.openFuture().get();
                link.openSender(QUEUE).openFuture().get();
            }
        }));
    }

    private static List<@Nullable String> routes(AmqProxy proxy) {
        return proxy.stats().pools().stream()
                .<@Nullable String>map(PoolStats::route)
                .distinct()
                .toList();
    }

    @Test
    void aVhostsClientsAreServedByTheBrokerOfItsRoute() throws Exception {
        try (AmqProxy proxy = withOrders(builder().upstream(uri(main))).start();
                RawClient old = client(proxy, "two", "orders-old");
                RawClient there = client(proxy, "two", "orders");
                RawClient others = client(proxy, "one", "stock")) {
            long before = orders.messagesIn();
            long beforeMain = main.messagesIn();
            old.publishConfirmed(QUEUE);
            there.publishConfirmed(QUEUE);
            others.publishConfirmed(QUEUE);
            Await.until("they have come", () -> orders.messagesIn() == before + 2);
            Await.until("it has come", () -> main.messagesIn() == beforeMain + 1);

            assertThat(proxy.clients())
                    .extracting(one -> one.vhost() + " of " + one.route())
                    .containsExactlyInAnyOrder("orders-old of orders", "orders of orders", "stock of null");
            assertThat(proxy.stats().pools())
                    .extracting(pool -> pool.vhost() + " of " + pool.route())
                    .containsExactlyInAnyOrder("orders-old of orders", "orders of orders", "stock of null");
        }
    }

    @Test
    void anotherBrokersPasswordIsNone() throws Exception {
        try (AmqProxy proxy = withOrders(builder().upstream(uri(main))).start();
                RawClient there = client(proxy, "two", "orders");
                RawClient others = client(proxy, "one", "stock")) {
            assertThat(refusal(proxy, "one", "orders")).containsAnyOf("reply-code=403", "reply-code=530");
            assertThat(refusal(proxy, "two", "stock")).containsAnyOf("reply-code=403", "reply-code=530");
            there.publishConfirmed(QUEUE);
            others.publishConfirmed(QUEUE);
            Await.until("both are told", () -> refused.size() == 2);
            assertThat(refused).containsExactly("web in orders of orders", "web in stock of null");
        }
    }

    @Test
    void clientsOfVersionOneHaveTheRouteOfTheirHostname() throws Exception {
        try (AmqProxy proxy = withOrders(builder().upstream(uri(main))).start();
                Client proton = Client.create();
                Connection watch = connectionTo(orders, "orders");
                Channel channel = watch.createChannel()) {
            channel.queueDeclare(QUEUE, false, false, false, null);
            var options = new ConnectionOptions().user("web").password("two").virtualHost("orders");
            try (var link = proton.connect(HOST, port(proxy), options);
                    var sender = link.openSender(QUEUE)) {
                sender.send(Message.create("hello")).awaitSettlement();
                Await.until("the message is there", () -> channel.messageCount(QUEUE) == 1);
                assertThat(routes(proxy)).containsExactly("orders");
                assertThat(proxy.clients()).extracting(ClientInfo::route).containsExactly("orders");
            }
            channel.queueDelete(QUEUE);
            assertThat(refusal10(proton, proxy, "one", "orders")).contains("amqp:unauthorized-access");
            assertThat(refusal10(proton, proxy, "two", "stock")).contains("amqp:unauthorized-access");
        }
    }

    private static Connection connectionTo(EmbeddedBroker broker, String vhost) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setHost(HOST);
        factory.setPort(broker.port());
        factory.setVirtualHost(vhost);
        return factory.newConnection();
    }

    @Test
    void aVhostWithoutARouteIsNotFoundByWhoHasLoggedIn() throws Exception {
        AmqProxy.Builder without = withOrders(builder())
                .route("stock", route -> route.upstream(uri(main)).vhosts("stock"));
        try (AmqProxy proxy = without.start();
                Client proton = Client.create()) {
            client(proxy, "two", "orders").close();
            client(proxy, "one", "stock").close();
            assertThat(refusal(proxy, "two", "elsewhere"))
                    .contains("reply-code=530")
                    .contains("vhost elsewhere not found: the proxy has no broker for it here");
            assertThat(refusal(proxy, "wrong", "elsewhere"))
                    .containsAnyOf("reply-code=403", "reply-code=530")
                    .doesNotContain("not found");
            assertThat(refusal10(proton, proxy, "two", "elsewhere")).contains("amqp:not-allowed");
            assertThat(refusal10(proton, proxy, "wrong", "elsewhere")).contains("amqp:unauthorized-access");
        }
    }

    /** Nothing has to be chosen then: the log-in is proved as it always is. */
    @Test
    void whereOnlyOneRouteIsPossibleItsBrokerProvesTheLogIn() throws Exception {
        try (AmqProxy proxy = withOrders(builder()).start();
                RawClient wrong = new RawClient(port(proxy))) {
            wrong.start("web", "one");
            assertThat(wrong.expect(Method.CONNECTION_CLOSE).code()).isIn(403, 530);
            client(proxy, "two", "orders").close();
            assertThat(refusal(proxy, "two", "/"))
                    .as("which its broker has")
                    .contains("reply-code=530")
                    .contains("vhost / not found: the proxy has no broker for it here");
        }
    }

    @Test
    void listenerUserAndVhostHaveToFit() throws Exception {
        AmqProxy.Builder all = builder()
                .listen(HOST, 0, at -> at.name("inside"))
                .upstream(uri(main))
                .route(
                        "orders",
                        route -> route.upstream(uri(orders))
                                .listenAddresses("inside")
                                .users("web", "guest")
                                .vhosts("/"));
        try (AmqProxy proxy = all.start()) {
            int inside = proxy.addresses().get(1).getPort();
            try (RawClient fits = new RawClient(inside).logIn("web", "two", "/");
                    RawClient otherVhost = new RawClient(inside).logIn("web", "one", "stock");
                    RawClient otherListener = client(proxy, "one", "/")) {
                fits.publishConfirmed(QUEUE);
                otherVhost.publishConfirmed(QUEUE);
                otherListener.publishConfirmed(QUEUE);
                assertThat(proxy.clients())
                        .extracting(one -> one.vhost() + " of " + one.route())
                        .containsExactlyInAnyOrder("/ of orders", "stock of null", "/ of null");
            }
        }
    }

    @Test
    void aMapperIsAskedOnceTheVhostHasChosen() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        AmqProxy.Builder builder = withOrders(builder().upstream(uri(main))).credentialMapper(login -> {
            asked.add(String.valueOf(login.client().route()));
            String password = login.client().route() == null ? "one" : "two";
            return CompletableFuture.completedFuture(UpstreamLogin.as("web", password.getBytes(UTF_8)));
        });
        try (AmqProxy proxy = builder.start()) {
            new RawClient(port(proxy)).logIn("somebody", "x", "orders").close();
            new RawClient(port(proxy)).logIn("somebody", "x", "stock").close();
        }
        assertThat(asked).containsExactly("orders", "null");
    }

    @Test
    void aCertificatesClientHasTheRouteOfItsVhost(@TempDir Path directory) throws Exception {
        Authority authority = Authority.named("authority of clients");
        Path trusted = authority.writeCertificate(directory.resolve("ca.pem"));
        Authority.Issued own = authority.issue("proxy", HOST);
        Path certificate = own.writeCertificate(directory.resolve("proxy.pem"));
        Path key = own.writeKey(directory.resolve("proxy.key"));
        AmqProxy.Builder secure = AmqProxy.builder()
                .loops(2)
                .upstream(uri(main))
                .listenTls(
                        HOST,
                        0,
                        tls -> tls.certificate(certificate, key)
                                .trust(trusted)
                                .requireClientCertificate()
                                .external(chain -> new ExternalLogin.Account("web", "two")));
        try (AmqProxy proxy = withOrders(secure).start()) {
            ConnectionFactory factory =
                    TlsClients.factory(port(proxy), TlsClients.context(authority, authority.issue("alice")));
            factory.setSaslConfig(DefaultSaslConfig.EXTERNAL);
            factory.setVirtualHost("orders");
            try (Connection connection = factory.newConnection();
                    Channel channel = connection.createChannel()) {
                channel.confirmSelect();
                channel.basicPublish("", QUEUE, null, new byte[] {1});
                channel.waitForConfirmsOrDie();
                assertThat(routes(proxy)).containsExactly("orders");
            }
            factory.setVirtualHost("stock");
            assertThatThrownBy(factory::newConnection).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aClientBehindALoadBalancerHasTheRouteOfItsVhost() throws Exception {
        AmqProxy.Builder behind =
                AmqProxy.builder().upstream(uri(main)).listen(HOST, 0, at -> at.proxyProtocolFrom(CidrSet.of(HOST)));
        try (AmqProxy proxy = withOrders(behind).start();
                RawClient client = new RawClient(port(proxy))) {
            client.write("PROXY TCP4 192.0.2.7 192.0.2.1 40000 5672\r\n".getBytes(ISO_8859_1));
            client.logIn("web", "two", "orders").publishConfirmed(QUEUE);
            assertThat(proxy.clients())
                    .extracting(one -> one.address().getAddress().getHostAddress() + " " + one.route())
                    .containsExactly("192.0.2.7 orders");
        }
    }

    /** Whoever writes all of the handshake at once moves to another loop while it is being answered. */
    @Test
    void aHandshakeMayComeAtOnce() throws Exception {
        try (AmqProxy proxy = withOrders(builder().upstream(uri(main))).start()) {
            for (String user : List.of("web", "guest")) {
                try (RawClient client = new RawClient(port(proxy))) {
                    client.write("AMQP\0\0\11\1".getBytes(ISO_8859_1));
                    client.write(concat(
                            RawClient.method(
                                    0,
                                    Method.CONNECTION_START_OK,
                                    start -> start.table(Map.of())
                                            .shortString("PLAIN")
                                            .longString("\0" + user + "\0" + (user.equals("web") ? "two" : user))
                                            .shortString("en_US")),
                            RawClient.method(
                                    0,
                                    Method.CONNECTION_TUNE_OK,
                                    tune -> tune.shortInt(10).longInt(8192).shortInt(0)),
                            RawClient.method(
                                    0,
                                    Method.CONNECTION_OPEN,
                                    open -> open.shortString("orders")
                                            .shortString("")
                                            .octet(0))));
                    client.expect(Method.CONNECTION_START);
                    client.expect(Method.CONNECTION_TUNE);
                    client.expect(Method.CONNECTION_OPEN_OK);
                    client.publishConfirmed(QUEUE);
                }
            }
        }
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    @Test
    void aReloadChangesWhichVhostsARouteHas() throws Exception {
        try (AmqProxy proxy = withOrders(builder().upstream(uri(main))).start();
                RawClient before = client(proxy, "two", "orders")) {
            proxy.reload(builder()
                    .upstream(uri(main))
                    .route("orders", route -> route.upstream(uri(orders)).vhosts("stock", "/")));
            before.publishConfirmed(QUEUE);
            client(proxy, "two", "/").close();
            assertThat(refusal(proxy, "two", "orders")).containsAnyOf("reply-code=403", "reply-code=530");

            proxy.reload(withOrders(builder()));
            before.openChannel(2);
            client(proxy, "two", "orders").close();
            assertThat(refusal(proxy, "two", "/")).contains("vhost / not found");

            proxy.reload(builder().upstream(uri(main)));
            assertThat(before.expect(Method.CONNECTION_CLOSE).code()).isEqualTo(320);
            client(proxy, "one", "stock").close();
        }
    }

    @Test
    void whatARouteHasAlreadyIsNotForOneBehindIt() {
        String[] hosts = {"orders", "billing"};
        assertThatIllegalStateException()
                .isThrownBy(() -> withOrders(builder())
                        .route("late", route -> route.upstream(uri(main)).vhosts(hosts))
                        .check())
                .withMessage("route late: vhost orders is for route orders already, which comes before it");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder()
                        .listen(HOST, 0, at -> at.name("inside"))
                        .route("first", route -> route.upstream(uri(main)).listenAddresses("inside"))
                        .route(
                                "late",
                                route -> route.upstream(uri(main))
                                        .listenAddresses("inside")
                                        .users("web"))
                        .check())
                .withMessage(
                        "route late: listen address inside, user web is for route first already, which comes before it");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder()
                        .route("first", route -> route.upstream(uri(main)).users("web", "shop"))
                        .route("late", route -> route.upstream(uri(orders)).users("guest", "web"))
                        .check())
                .withMessage("route late: user web is for route first already, which comes before it");
        builder()
                .listen(HOST, 0, at -> at.name("inside"))
                .route(
                        "first",
                        route -> route.upstream(uri(main))
                                .listenAddresses("inside")
                                .users("web"))
                .route("second", route -> route.upstream(uri(main)).listenAddresses("inside"))
                .route("third", route -> route.upstream(uri(main)).users("web").vhosts("orders"))
                .route("fourth", route -> route.upstream(uri(main)).users("web").vhosts("/", "stock"))
                .route("fifth", route -> route.upstream(uri(main)).users("web"))
                .check();
    }
}
