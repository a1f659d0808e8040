package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Ports;
import io.amqproxy.testkit.TlsClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Proxies that take clients one after the other from a socket that is not theirs. */
@Timeout(300)
class HandoverTest {

    @AutoClose
    private final InMemoryBroker broker = InMemoryBroker.start();

    @AutoClose
    private ServerSocketChannel listening;

    @BeforeEach
    void listen() throws IOException {
        listening = ServerSocketChannel.open();
        listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    }

    private AmqProxy proxy(URI upstream, Duration patience) {
        return AmqProxy.builder()
                .upstream(upstream.toString())
                .acquireTimeout(patience)
                .listen(listening, settings -> {})
                .start();
    }

    private ConnectionFactory clients() throws IOException {
        ConnectionFactory factory = JavaClients.factory();
        factory.setHost("127.0.0.1");
        factory.setPort(((InetSocketAddress) listening.getLocalAddress()).getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory;
    }

    @Test
    void whoComesAfterTheEndOfAProxyWaitsForTheNextOne() throws Exception {
        try (AmqProxy first = proxy(broker.uri(), Duration.ofMinutes(1))) {
            assertThat(first.address()).isEqualTo(listening.getLocalAddress());
            clients().newConnection().close();
            assertThat(first.drain(Duration.ofSeconds(30))).isTrue();
        }
        assertThat(listening.isOpen()).isTrue();

        ConnectionFactory clients = clients();
        CompletableFuture<Connection> between = new CompletableFuture<>();
        between.completeAsync(() -> connect(clients));
        try (AmqProxy second = proxy(broker.uri(), Duration.ofMinutes(1))) {
            assertThat(between).succeedsWithin(30, TimeUnit.SECONDS);
            assertThat(second.stats().clientsTotal()).isEqualTo(1);
            between.join().close();
        }
        assertThat(listening.isOpen()).isTrue();
    }

    @Test
    void noClientIsRefusedWhileProxiesHandOverToEachOther() throws Exception {
        ConnectionFactory clients = clients();
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicInteger served = new AtomicInteger();
        AmqProxy current = proxy(broker.uri(), Duration.ofMinutes(1));
        CompletableFuture<Void> load = CompletableFuture.runAsync(() -> {
            while (!isOver.get()) {
                close(connect(clients));
                served.incrementAndGet();
            }
        });
        for (int i = 0; i < 5; i++) {
            int before = served.get();
            Await.until("clients come", () -> served.get() > before + 2 || load.isDone());
            AmqProxy next = proxy(broker.uri(), Duration.ofMinutes(1));
            assertThat(current.drain(Duration.ofSeconds(30))).isTrue();
            current = next;
        }
        isOver.set(true);
        assertThat(load).succeedsWithin(30, TimeUnit.SECONDS);
        current.close();
    }

    @Test
    void clientsWithTlsComeByAGivenSocketToo(@TempDir Path directory) throws Exception {
        Authority authority = Authority.named("test authority");
        Authority.Issued own = authority.issue("proxy", "127.0.0.1");
        Path certificate = own.writeCertificate(directory.resolve("proxy.pem"));
        Path key = own.writeKey(directory.resolve("proxy.key"));
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream(broker.uri().toString())
                .listenTls(listening, tls -> tls.certificate(certificate, key))
                .start()) {
            assertThat(proxy.uri()).hasScheme("amqps");
            int port = proxy.address().getPort();
            close(connect(TlsClients.factory(port, TlsClients.context(authority, null))));
        }
        assertThat(listening.isOpen()).isTrue();
    }

    private static Connection connect(ConnectionFactory clients) {
        try {
            return clients.newConnection();
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Nobody can stop the socket from listening, and a client that hears nothing would wait for its own time-out. */
    @Test
    void whileTheBrokerIsDownClientsAreCutAtOnce() throws Exception {
        try (AmqProxy proxy = proxy(URI.create("amqp://127.0.0.1:" + Ports.free()), Duration.ofMillis(200))) {
            Await.until("it knows", () -> !proxy.health().reason().contains("has answered yet"));
            Await.until("a client is cut", this::isCut);
        }
    }

    private boolean isCut() throws IOException {
        InetSocketAddress address = (InetSocketAddress) listening.getLocalAddress();
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout(100);
            return catchThrowable(() -> socket.getInputStream().read()) instanceof SocketException;
        }
    }

    @Test
    void aSocketThatIsNoneToListenOnIsRefused() throws Exception {
        AmqProxy.Builder builder = AmqProxy.builder();
        try (ServerSocketChannel unbound = ServerSocketChannel.open();
                ServerSocketChannel local = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            assertThatThrownBy(() -> builder.listen(unbound, settings -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the socket is not bound");
            assertThatThrownBy(() -> builder.listen(local, settings -> {}))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        ServerSocketChannel closed = ServerSocketChannel.open();
        closed.close();
        assertThatThrownBy(() -> builder.listen(closed, settings -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the socket is closed");
    }
}
