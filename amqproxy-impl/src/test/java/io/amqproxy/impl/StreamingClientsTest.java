package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.TlsClients;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that publish as fast as they can, each message in a write of its own, as the Java client does: they are read
 * in ways of their own, and nobody may notice.
 */
@Tag("broker")
class StreamingClientsTest {

    private static final int CLIENTS = 4;
    private static final int MESSAGES = 20_000;

    @TempDir
    private static Path directory;

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private static Authority authority;

    @BeforeAll
    static void prepare() {
        authority = Authority.named("test authority");
    }

    @Test
    void everyMessageArrivesInOrder() throws Exception {
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .loops(1)
                .start()) {
            ConnectionFactory factory = JavaClients.factory();
            factory.setHost("127.0.0.1");
            factory.setPort(proxy.address().getPort());
            streamFrom(factory);
        }
    }

    @Test
    void everyMessageArrivesInOrderOverTls() throws Exception {
        Authority.Issued own = authority.issue("proxy", "127.0.0.1");
        Path certificate = own.writeCertificate(directory.resolve("proxy.pem"));
        Path key = own.writeKey(directory.resolve("proxy.key"));
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listenTls("127.0.0.1", 0, tls -> tls.certificate(certificate, key))
                .loops(1)
                .start()) {
            streamFrom(TlsClients.factory(proxy.address().getPort(), TlsClients.context(authority, null)));
        }
    }

    private static void streamFrom(ConnectionFactory factory) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(threads.submit(() -> {
                    publishThenConsume(factory);
                    return null;
                }));
            }
            for (Future<?> client : clients) {
                client.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void publishThenConsume(ConnectionFactory factory) throws Exception {
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            String queue = channel.queueDeclare().getQueue();
            for (int i = 0; i < MESSAGES; i++) {
                channel.basicPublish(
                        "", queue, null, ByteBuffer.allocate(4).putInt(i).array());
            }
            assertThat(channel.queueDeclarePassive(queue).getMessageCount()).isEqualTo(MESSAGES);
            List<Integer> received = new ArrayList<>(MESSAGES);
            CountDownLatch all = new CountDownLatch(MESSAGES);
            channel.basicConsume(
                    queue,
                    true,
                    (tag, message) -> {
                        received.add(ByteBuffer.wrap(message.getBody()).getInt());
                        all.countDown();
                    },
                    tag -> {});
            assertThat(all.await(2, TimeUnit.MINUTES)).isTrue();
            assertThat(received).isSorted().doesNotHaveDuplicates();
        }
    }
}
