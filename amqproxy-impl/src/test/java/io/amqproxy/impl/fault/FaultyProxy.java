package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;

/**
 * A proxy in front of a broker for each test, whose faults real clients are to see; and that all goes on after them.
 */
abstract class FaultyProxy {

    static final Duration SOON = Duration.ofSeconds(30);
    static final byte[] BODY = "body".getBytes(StandardCharsets.UTF_8);

    private static int queues;

    final String queue = "faulty-" + ++queues;
    final AmqProxy proxy;
    private final EmbeddedBroker broker;

    FaultyProxy(EmbeddedBroker broker) {
        this.broker = broker;
        this.proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .loops(2)
                .start();
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    Connection connect() throws IOException, TimeoutException {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    Channel publisher(Connection connection) throws IOException {
        Channel channel = connection.createChannel();
        channel.confirmSelect();
        channel.queueDeclare(queue, false, false, false, Map.of());
        return channel;
    }

    void publish(Channel channel) throws IOException {
        channel.basicPublish("", queue, null, BODY);
    }

    int depth() {
        return broker.queueDepth(queue);
    }

    static int code(ShutdownSignalException end) {
        Method reason = end.getReason();
        return reason instanceof com.rabbitmq.client.AMQP.Channel.Close close
                ? close.getReplyCode()
                : ((com.rabbitmq.client.AMQP.Connection.Close) reason).getReplyCode();
    }

    /** Neither client nor proxy has suffered. */
    void allGoesOn() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isTrue();
        }
    }
}
