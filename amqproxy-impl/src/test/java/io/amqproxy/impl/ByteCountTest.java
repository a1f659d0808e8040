package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import jakarta.jms.BytesMessage;
import jakarta.jms.DeliveryMode;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients are sent counts, whoever said it. */
@Timeout(300)
@Tag("broker")
class ByteCountTest {

    @AutoClose
    private static final EmbeddedBroker broker =
            EmbeddedBroker.builder().amqp10().start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstream("amqp://127.0.0.1:" + broker.port())
            .listen(0)
            .start();

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\n\r\n", "AMQP\3\2\0\0"})
    void whatTheProxyAnswersItselfCounts(String said) throws Exception {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort())) {
            socket.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));

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

    @Test
    void messagesOfAmqp10CountOnce() throws Exception {
        String uri = "amqp://127.0.0.1:" + proxy.address().getPort() + "?amqp.vhost=default";
        int size = 1_000_000;
        try (jakarta.jms.Connection connection = new JmsConnectionFactory("guest", "guest", uri).createConnection();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            connection.start();
            TemporaryQueue queue = session.createTemporaryQueue();
            MessageConsumer consumer = session.createConsumer(queue);
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(new byte[size]);
            long before = proxy.stats().bytesOut();
            MessageProducer producer = session.createProducer(queue);
            producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
            producer.send(message);
            assertThat(consumer.receive(60_000)).isNotNull();
            assertThat(proxy.stats().bytesOut() - before).isBetween((long) size, size + 10_000L);
        }
    }
}
