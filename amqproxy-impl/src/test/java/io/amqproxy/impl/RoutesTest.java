package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.EndpointStats;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyListener;
import io.amqproxy.Route;
import io.amqproxy.UpstreamLogin;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Ports;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Message;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One proxy in front of two brokers, which know the same user by different passwords. */
@Timeout(300)
@Tag("broker")
class RoutesTest {

    private static final String QUEUE = "RoutesTest";
    private static final String HOST = "127.0.0.1";

    @AutoClose
    private static final EmbeddedBroker main =
            EmbeddedBroker.builder().amqp10().user("web", "one").start();

    @AutoClose
    private static final EmbeddedBroker orders = EmbeddedBroker.builder()
            .amqp10()
            .user("web", "two")
            .user("orders-1", "three")
            .start();

    private static AmqProxy.Builder builder() {
        return AmqProxy.builder().upstream(uri(main)).listen(HOST, 0).listen(HOST, 0, at -> at.name("inside"));
    }

    private static AmqProxy.Builder byListener(AmqProxy.Builder builder) {
        return builder.route("orders", route -> route.upstream(uri(orders)).listenAddresses("inside"));
    }

    private static AmqProxy.Builder byUser(AmqProxy.Builder builder) {
        return builder.route("orders", route -> route.upstream(uri(orders)).users("orders-*"));
    }

    private static String uri(EmbeddedBroker broker) {
        return "amqp://" + HOST + ':' + broker.port();
    }

    private static int port(AmqProxy proxy) {
        return proxy.addresses().get(0).getPort();
    }

    private static int inside(AmqProxy proxy) {
        return proxy.addresses().get(1).getPort();
    }

    /** {@return the code of the close that such a log-in ends with} */
    private static int refusal(int port, String user, String password) throws Exception {
        try (RawClient client = new RawClient(port)) {
            client.start(user, password);
            return client.expect(Method.CONNECTION_CLOSE).code();
        }
    }

    private static RawClient client(int port, String user, String password) throws Exception {
        return new RawClient(port).logIn(user, password, "/");
    }

    private static List<@Nullable String> routes(AmqProxy proxy) {
        return proxy.stats().pools().stream()
                .<@Nullable String>map(PoolStats::route)
                .distinct()
                .toList();
    }

    @Test
    void aListenersClientsAreServedByTheBrokerOfItsRoute() throws Exception {
        try (AmqProxy proxy = byListener(builder()).start();
                RawClient out = client(port(proxy), "guest", "guest");
                RawClient in = client(inside(proxy), "guest", "guest")) {
            long before = orders.messagesIn();
            long beforeMain = main.messagesIn();
            in.publishConfirmed(QUEUE);
            Await.until("it has come", () -> orders.messagesIn() == before + 1);
            out.publishConfirmed(QUEUE);
            Await.until("it has come", () -> main.messagesIn() == beforeMain + 1);

            assertThat(orders.messagesIn()).isEqualTo(before + 1);
            assertThat(proxy.clients()).extracting(ClientInfo::route).containsExactlyInAnyOrder(null, "orders");
            assertThat(proxy.stats().pools()).extracting(PoolStats::route).containsExactlyInAnyOrder(null, "orders");
            assertThat(proxy.stats().endpoints())
                    .extracting(EndpointStats::route, EndpointStats::endpoint)
                    .containsExactly(
                            tuple("orders", HOST + ':' + orders.port()), tuple(null, HOST + ':' + main.port()));
            assertThat(proxy.upstreams())
                    .extracting(upstream ->
                            upstream.info().route() + " " + upstream.info().endpoint())
                    .containsExactlyInAnyOrder(
                            "null " + HOST + ':' + main.port(), "orders " + HOST + ':' + orders.port());
            assertThat(proxy.stats().leasesTotal()).isEqualTo(2);
            assertThat(proxy.stats().published()).isEqualTo(2);
        }
    }

    @Test
    void usersAreServedByTheBrokerOfTheirRouteInBothProtocols() throws Exception {
        try (AmqProxy proxy = byUser(builder()).loops(2).start();
                Client proton = Client.create()) {
            ConnectionFactory factory = JavaClients.factory();
            factory.setHost(HOST);
            factory.setPort(port(proxy));
            factory.setUsername("orders-1");
            factory.setPassword("three");
            try (com.rabbitmq.client.Connection connection = factory.newConnection();
                    Channel channel = connection.createChannel()) {
                channel.queueDeclare(QUEUE, false, false, false, null);
                channel.queuePurge(QUEUE);
                var options = new ConnectionOptions()
                        .user("orders-1")
                        .password("three")
                        .virtualHost("default");
                try (var link = proton.connect(HOST, port(proxy), options);
                        var sender = link.openSender(QUEUE)) {
                    sender.send(Message.create("hello")).awaitSettlement();
                    Await.until("the message is there", () -> channel.messageCount(QUEUE) == 1);
                    assertThat(routes(proxy)).containsExactly("orders");
                    assertThat(proxy.clients()).extracting(ClientInfo::route).containsExactly("orders", "orders");
                }
                channel.queueDelete(QUEUE);
            }
            assertThat(main.hasQueue(QUEUE)).isFalse();
        }
    }

    /** For each the other broker's yes is none, in whatever order they ask. */
    @Test
    void aPasswordThatIsProvedAtOneBrokerProvesNothingAtTheOther() throws Exception {
        try (AmqProxy proxy = byListener(builder()).start();
                RawClient out = client(port(proxy), "web", "one");
                RawClient in = client(inside(proxy), "web", "two")) {
            assertThat(refusal(inside(proxy), "web", "one")).isIn(403, 530);
            assertThat(refusal(port(proxy), "web", "two")).isIn(403, 530);
            out.publishConfirmed(QUEUE);
            in.publishConfirmed(QUEUE);
            assertThat(proxy.stats().pools())
                    .extracting(pool -> pool.route() + " " + pool.user() + " " + pool.clients())
                    .containsExactlyInAnyOrder("null web 1", "orders web 1");
        }
    }

    /** Who guesses at one broker is held up there. */
    @Test
    void whoIsBlockedAtOneBrokerIsNotAtTheOther() throws Exception {
        try (AmqProxy proxy = byListener(builder()).start()) {
            for (int i = 0; i < 8; i++) {
                assertThat(refusal(inside(proxy), "web", "guess " + i)).isIn(403, 530);
            }
            long asked = main.connectionsOpened();
            assertThat(refusal(port(proxy), "web", "guess")).isIn(403, 530);
            assertThat(main.connectionsOpened()).isGreaterThan(asked);
        }
    }

    @Test
    void aMapperIsAskedForEachRouteAndToldWhichItIs() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        AmqProxy.Builder builder = byListener(builder()).credentialMapper(login -> {
            asked.add(String.valueOf(login.client().route()));
            String password = login.client().route() == null ? "one" : "two";
            return CompletableFuture.completedFuture(
                    UpstreamLogin.as("web", password.getBytes(UTF_8)).validFor(Duration.ofMinutes(10)));
        });
        try (AmqProxy proxy = builder.start()) {
            for (int i = 0; i < 2; i++) {
                client(port(proxy), "somebody", "x").close();
                client(inside(proxy), "somebody", "x").close();
            }
        }
        assertThat(asked).containsExactly("null", "orders");
    }

    @Test
    void whoNoRouteWantsIsRefusedAsABrokerDoesIt() throws Exception {
        AmqProxy.Builder builder = AmqProxy.builder().listen(HOST, 0);
        try (AmqProxy proxy = byUser(builder).start();
                Client proton = Client.create();
                RawClient wanted = client(port(proxy), "orders-1", "three")) {
            wanted.publishConfirmed(QUEUE);
            assertThat(refusal(port(proxy), "guest", "guest")).isEqualTo(403);
            assertThatThrownBy(() -> proton.connect(
                                    HOST,
                                    port(proxy),
                                    new ConnectionOptions().user("guest").password("guest"))
                            .openFuture()
                            .get())
                    .rootCause()
                    .hasMessageContaining("SASL exchange failed to authenticate");
            Await.until("those who were refused are gone", () -> proxy.stats().clients() == 1);
            assertThat(proxy.clients()).extracting(ClientInfo::user).containsExactly("orders-1");
        }
    }

    @Test
    void aReloadAddsRoutesAndTakesThemAwayUnderClients() throws Exception {
        AmqProxy.Builder without = builder();
        try (AmqProxy proxy = without.start();
                RawClient first = client(port(proxy), "guest", "guest");
                RawClient before = client(inside(proxy), "guest", "guest")) {
            proxy.reload(byListener(builder()));
            first.openChannel(2);
            before.openChannel(2);
            try (RawClient in = client(inside(proxy), "web", "two")) {
                in.publishConfirmed(QUEUE);
                assertThat(proxy.clients())
                        .extracting(ClientInfo::route)
                        .as("who was there stays where it is")
                        .containsExactlyInAnyOrder(null, null, "orders");

                proxy.reload(builder());
                assertThat(in.expect(Method.CONNECTION_CLOSE).code()).isEqualTo(320);
                in.write(RawClient.method(0, Method.CONNECTION_CLOSE_OK, none -> {}));
            }
            Await.until(
                    "nothing of it is left",
                    () -> proxy.upstreams().stream()
                            .allMatch(upstream -> upstream.info().route() == null));
            assertThat(proxy.stats().endpoints())
                    .extracting(EndpointStats::route)
                    .containsExactly((String) null);
            assertThat(refusal(inside(proxy), "web", "two")).isIn(403, 530);
            long published = proxy.stats().published();
            assertThat(published).as("what was counted stays counted").isEqualTo(1);
            first.publishConfirmed(QUEUE);

            proxy.reload(byUser(builder()));
            proxy.reload(byListener(builder()));
            assertThat(proxy.stats().published()).isEqualTo(2);
            try (RawClient in = client(inside(proxy), "web", "two")) {
                in.publishConfirmed(QUEUE);
            }
        }
    }

    @Test
    void aReloadChangesTheBrokerAndTheLimitsOfARoute() throws Exception {
        try (AmqProxy proxy = byListener(builder()).start()) {
            client(inside(proxy), "web", "two").close();
            Await.until("it is gone", () -> proxy.stats().clients() == 0);
            proxy.reload(builder()
                    .route(
                            "orders",
                            route -> route.upstream(uri(main))
                                    .listenAddresses("inside")
                                    .clientsPerUser(1)));
            try (RawClient in = client(inside(proxy), "web", "one");
                    RawClient out = client(port(proxy), "web", "one");
                    RawClient another = client(port(proxy), "web", "one")) {
                assertThat(proxy.clients()).hasSize(3);
                try (RawClient more = new RawClient(inside(proxy))) {
                    assertThatThrownBy(() -> more.logIn("web", "one", "/")).isInstanceOf(AssertionError.class);
                }
                in.publishConfirmed(QUEUE);
                out.publishConfirmed(QUEUE);
                another.publishConfirmed(QUEUE);
            }
        }
    }

    @Test
    void aBrokerThatIsAwayIsMissedByItsOwnClientsOnly() throws Exception {
        String nobody = "amqp://" + HOST + ':' + Ports.free();
        Consumer<Route> away = route -> route.upstream(nobody).listenAddresses("inside");
        try (AmqProxy proxy = builder()
                .acquireTimeout(Duration.ofMillis(500))
                .route("orders", away)
                .start()) {
            Await.until("its listener is closed", () -> {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), inside(proxy))) {
                    return !socket.isConnected();
                } catch (ConnectException refusal) {
                    return true;
                }
            });
            proxy.reload(builder().route("orders", away)); // Clients may take their time.
            Await.until("ready", () -> proxy.health().ready());
            Await.until("the others are served", () -> isServed(port(proxy), "guest", "guest"));
            proxy.reload(byListener(builder()));
            Await.until("it is open again", () -> isServed(inside(proxy), "web", "two"));
        }
    }

    @Test
    void whatAnswersIsToldWithItsRouteAndSoIsARouteThatGoes() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        ProxyListener listener = new ProxyListener() {
            @Override
            public void brokerReachable(String endpoint, @Nullable String route) {
                told.add(endpoint + " of " + route);
            }

            @Override
            public void brokerUnreachable(String endpoint, String reason, @Nullable String route) {
                told.add(endpoint + " of " + route + ": " + reason);
            }
        };
        String ofOrders = HOST + ':' + orders.port() + " of orders";
        try (AmqProxy proxy = byListener(builder()).listener(listener).start()) {
            Await.until(
                    "both answer",
                    () -> told.contains(HOST + ':' + main.port() + " of null") && told.contains(ofOrders));
            proxy.reload(builder().listener(listener));
            Await.until("one is none any more", () -> told.contains(ofOrders + ": it is no endpoint any more"));
        }
    }

    private static boolean isServed(int port, String user, String password) throws Exception {
        try (RawClient client = client(port, user, password)) {
            client.publishConfirmed(QUEUE);
            return true;
        } catch (IOException | AssertionError notYet) {
            return false; // Or it is closed again, as it came just before its broker was known to be away.
        }
    }

    @Test
    void pausingAndDrainingAreAboutAllRoutes() throws Exception {
        try (AmqProxy proxy = byListener(builder()).start();
                RawClient out = client(port(proxy), "web", "one");
                RawClient in = client(inside(proxy), "web", "two")) {
            out.publishConfirmed(QUEUE);
            in.publishConfirmed(QUEUE);
            assertThat(proxy.drainPool("web", "/")).isEqualTo(2);
            proxy.pause();
            proxy.reload(byUser(byListener(builder()))
                    .route("other", route -> route.upstream(uri(orders)).users("other")));
            assertThat(proxy.stats().paused()).isTrue();
            proxy.resume();
            in.openChannel(3);
        }
    }

    @Test
    void contradictionsAreToldBeforeTheProxyStarts() {
        assertThatIllegalStateException()
                .isThrownBy(() -> builder()
                        .route("orders", route -> route.upstream(uri(orders)))
                        .check())
                .withMessage("route orders: neither addresses to listen on, users nor vhosts were given");
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        builder().route("orders", route -> route.users("web")).check())
                .withMessage("route orders: no upstream was given");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder()
                        .route("orders", route -> route.upstream(uri(orders)).listenAddresses("outside"))
                        .check())
                .withMessage("route orders: no address to listen on is named outside");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder()
                        .minConnections(3)
                        .route(
                                "orders",
                                route ->
                                        route.upstream(uri(orders)).users("web").maxConnections(2))
                        .check())
                .withMessage("route orders: minConnections (3) is above maxConnections (2)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().route("a b", route -> {}))
                .withMessageContaining("a route's name");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().route("a", route -> route.maxTotalConnections(1)));
    }
}
