package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.SetupException;
import io.amqproxy.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HttpServerTest {

    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @Test
    void anUnknownHostIsTold() {
        assertUnusable(
                InetSocketAddress.createUnresolved("nobody.invalid", 80), "nobody.invalid:80 for HTTP: unknown host");
    }

    @Test
    void anAddressInUseIsTold() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertUnusable(
                    new InetSocketAddress(taken.getInetAddress(), port),
                    ":" + port + " for HTTP: Address already in use");
        }
    }

    /** It would end the thread, and with that the program. */
    @Test
    void anErrorInARequestCostsItsAnswerOnly() throws Exception {
        Map<String, HttpRoute> routes = Map.of(
                "/deep",
                new HttpRoute("GET", false, request -> {
                    throw new StackOverflowError("on purpose");
                }),
                "/well",
                new HttpRoute("GET", false, request -> Answer.text(200, "well")));
        try (HttpServer server = new HttpServer(ANY, routes, new SpareDescriptors(0))) {
            for (int i = 0; i < 3; i++) {
                assertThat(status(server, "/deep")).isEqualTo(500);
            }
            assertThat(status(server, "/well")).isEqualTo(200);
        }
    }

    @Test
    void serviceBeginsWithTheFirstWhoComes() throws Exception {
        Map<String, HttpRoute> routes = Map.of("/", new HttpRoute("GET", true, request -> Answer.text(200, "well")));
        try (HttpServer server = new HttpServer(ANY, routes, new SpareDescriptors(8))) {
            assertThat(server.isServing()).isFalse();
            assertThat(status(server, "/")).isEqualTo(200);
            assertThat(server.isServing()).isTrue();
        }
    }

    /** As Netty does when it cannot begin, or when accepting has failed by an error. */
    @Test
    void aListeningSocketThatAnErrorHasClosedIsOpenedAnew() throws Exception {
        Map<String, HttpRoute> routes = Map.of("/", new HttpRoute("GET", true, request -> Answer.text(200, "well")));
        SpareDescriptors reserve = new SpareDescriptors(0);
        AtomicInteger begun = new AtomicInteger();
        AtomicReference<Runnable> losing = new AtomicReference<>();
        HttpServer.Service service = (listening, onLost) -> {
            if (begun.incrementAndGet() == 1) {
                closeOnPurpose(listening);
                throw new IllegalStateException("on purpose");
            }
            losing.set(() -> {
                closeOnPurpose(listening);
                onLost.run();
            });
            return new NettyServer(listening, routes, reserve, onLost);
        };
        try (HttpServer server = new HttpServer(ANY, reserve, service)) {
            InetSocketAddress address = server.address();
            Await.until("served", () -> isAnswered(server));
            assertThat(begun).hasValue(2);

            Objects.requireNonNull(losing.get()).run();
            Await.until("served again", () -> isAnswered(server));
            assertThat(begun).hasValue(3);
            assertThat(server.address()).isEqualTo(address);
        }
    }

    private static boolean isAnswered(HttpServer server) throws Exception {
        try {
            return status(server, "/") == 200;
        } catch (IOException refused) {
            return false;
        }
    }

    private static void closeOnPurpose(ServerSocketChannel listening) {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theAddressIsFreeAgainOnceItIsClosedWhetherSomebodyCameOrNot() throws Exception {
        for (boolean isAsked : new boolean[] {false, true}) {
            HttpServer server = new HttpServer(ANY, Map.of(), new SpareDescriptors(0));
            if (isAsked) {
                assertThat(status(server, "/")).isEqualTo(404);
            }
            server.close();
            Await.until("free", () -> isFree(server.address()));
        }
    }

    private static boolean isFree(InetSocketAddress address) {
        try (ServerSocket taken = new ServerSocket(address.getPort(), 1, address.getAddress())) {
            return taken.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static int status(HttpServer server, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri)
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }

    private static void assertUnusable(InetSocketAddress address, String end) {
        assertThatThrownBy(() -> new HttpServer(address, Map.of(), new SpareDescriptors(0)).close())
                .isInstanceOfSatisfying(
                        SetupException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(SetupException.Kind.ADDRESS))
                .hasMessageStartingWith("cannot listen on ")
                .hasMessageEndingWith(end);
    }
}
