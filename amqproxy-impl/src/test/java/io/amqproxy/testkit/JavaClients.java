package io.amqproxy.testkit;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.util.concurrent.TimeUnit;

/** Connections of the RabbitMQ Java client. */
public final class JavaClients {

    private static final int PATIENCE_MILLIS = (int) TimeUnit.MINUTES.toMillis(2);

    private JavaClients() {}

    /** What a test adds to, with all of the library's defaults but that it gives a log-in up after ten seconds. */
    public static ConnectionFactory factory() {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHandshakeTimeout(PATIENCE_MILLIS);
        return factory;
    }

    /** {@return the body of a message as it comes back from a queue of this connection's, where it was confirmed} */
    public static byte[] passOn(Connection connection, byte[] body) throws Exception {
        try (Channel channel = connection.createChannel()) {
            channel.confirmSelect();
            String queue = channel.queueDeclare().getQueue();
            channel.basicPublish("", queue, null, body);
            channel.waitForConfirmsOrDie();
            return channel.basicGet(queue, true).getBody();
        }
    }
}
