package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Ports;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients in the same JVM that come without a port. */
@Tag("broker")
class InProcessClientsTest {

    private static final int MEGABYTE = 1 << 20;
    private static final byte[] HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    @AutoClose
    private final AmqProxy proxy = builder(broker.port()).start();

    private static AmqProxy.Builder builder(int port) {
        return AmqProxy.builder().upstream("amqp://127.0.0.1:" + port).listenInProcess();
    }

    private ConnectionFactory clients() throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(proxy.uri());
        factory.setSocketFactory(proxy.socketFactory());
        return factory;
    }

    @Test
    void aClientNeedsNoPort() throws Exception {
        try (Connection connection = clients().newConnection();
                Channel channel = connection.createChannel()) {
            String queue = channel.queueDeclare().getQueue();
            channel.basicPublish("", queue, null, new byte[] {7});
            Await.until("the message is there", () -> channel.messageCount(queue) == 1);

            assertThat(channel.basicGet(queue, true).getBody()).containsExactly(7);
            assertThat(proxy.clients())
                    .singleElement()
                    .satisfies(
                            client -> assertThat(client.address().getAddress().isLoopbackAddress())
                                    .isTrue());
        }

        assertThat(proxy.addresses()).isEmpty();
        assertThat(proxy.address()).isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @Test
    void aPortThatIsAskedForIsThereToo() throws Exception {
        try (AmqProxy both = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listenInProcess()
                        .listen(0)
                        .start();
                Socket port =
                        new Socket(both.address().getAddress(), both.address().getPort());
                Socket none = both.socketFactory().createSocket("anywhere", 1)) {
            for (Socket socket : new Socket[] {port, none}) {
                socket.getOutputStream().write(HEADER);
                assertThat(socket.getInputStream().read()).isEqualTo(1);
            }
        }
    }

    @Test
    void largeMessagesPassBothWays() throws Exception {
        byte[] body = new byte[8 * MEGABYTE];
        new Random(1).nextBytes(body);
        try (Connection connection = clients().newConnection();
                Channel channel = connection.createChannel()) {
            String queue = channel.queueDeclare().getQueue();
            channel.basicPublish("", queue, null, body);
            Await.until("the message is there", () -> channel.messageCount(queue) == 1);

            GetResponse got = channel.basicGet(queue, true);
            assertThat(got.getBody()).isEqualTo(body);
        }
    }

    @Test
    void aReadThatNobodyAnswersTimesOutAndMayBeTriedAgain() throws Exception {
        try (Socket socket = proxy.socketFactory().createSocket("anywhere", 1)) {
            socket.setSoTimeout(20);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            socket.setSoTimeout(0);
            socket.getOutputStream().write(HEADER);
            assertThat(socket.getInputStream().read()).isEqualTo(1);
        }
    }

    @Test
    void aReadingThreadIsWokenByTheCloseOfAnother() throws Exception {
        Socket socket = proxy.socketFactory().createSocket("anywhere", 1);
        CompletableFuture<Integer> read = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try {
                read.complete(socket.getInputStream().read());
            } catch (Exception closed) {
                read.completeExceptionally(closed);
            }
        });
        reader.start();
        Await.until(
                "the reader waits",
                () -> reader.getState() == Thread.State.RUNNABLE
                        && proxy.stats().clients() == 1);

        socket.close();

        assertThatThrownBy(() -> read.get(1, TimeUnit.MINUTES))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(SocketException.class);
        reader.join();
        Await.until("the proxy has noticed", () -> proxy.stats().clients() == 0);
    }

    @Test
    void anInterruptDisturbsNoRead() throws Exception {
        try (Socket socket = proxy.socketFactory().createSocket("anywhere", 1)) {
            Thread.currentThread().interrupt();
            socket.getOutputStream().write(HEADER);
            assertThat(socket.getInputStream().read()).isEqualTo(1);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void whoSpeaksAnotherProtocolIsToldSoAndTheStreamEnds() throws Exception {
        try (Socket socket = proxy.socketFactory().createSocket("anywhere", 1)) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readAllBytes()).startsWith('A', 'M', 'Q', 'P');
        }
    }

    @Test
    void nobodyIsLetInWhileTheBrokerIsDownOrTheProxyHasEnded() throws Exception {
        try (AmqProxy alone =
                builder(Ports.free()).acquireTimeout(Duration.ofMillis(200)).start()) {
            Await.until("the broker is known to be down", () -> refuses(alone));
        }
        proxy.close();
        assertThat(refuses(proxy)).isTrue();
    }

    private static boolean refuses(AmqProxy proxy) throws Exception {
        try (Socket socket = proxy.socketFactory().createSocket("anywhere", 1)) {
            return !socket.isConnected();
        } catch (ConnectException refused) {
            return true;
        }
    }
}
