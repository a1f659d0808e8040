package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients are sent counts, whoever said it. */
@Timeout(300)
@Tag("broker")
class ByteCountTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstream("amqp://127.0.0.1:" + broker.port())
            .listen(0)
            .start();

    @Test
    void whatTheProxyAnswersItselfCounts() throws Exception {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

            int octets = socket.getInputStream().readAllBytes().length;

            assertThat(octets).isEqualTo("AMQP0091".length());
            assertThat(proxy.stats().bytesOut()).isEqualTo(octets);
        }
    }

    @Test
    void messagesCountOnce() throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        int size = 1_000_000;
        try (Connection connection = factory.newConnection()) {
            var channel = connection.createChannel();
            String queue = channel.queueDeclare().getQueue();
            long before = proxy.stats().bytesOut();
            channel.basicPublish("", queue, null, new byte[size]);
            Await.until("it is there", () -> channel.basicGet(queue, true) != null);
            assertThat(proxy.stats().bytesOut() - before).isBetween((long) size, size + 10_000L);
        }
    }
}
