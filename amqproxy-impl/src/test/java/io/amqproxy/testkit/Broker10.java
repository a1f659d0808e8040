package io.amqproxy.testkit;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A broker of AMQP 1.0 that tests compare the proxy with. */
public final class Broker10 implements AutoCloseable {

    /** Which one. */
    public enum Kind {
        RABBITMQ_4,
        BROKER_J,
        ARTEMIS;

        /**
         * Starts it, or finds the one that the tests share.
         *
         * @throws org.opentest4j.TestAbortedException if this machine does not have it
         */
        public Broker10 start() {
            return switch (this) {
                case RABBITMQ_4 -> new Broker10(this, RabbitMq4.shared().port(), () -> {});
                case BROKER_J -> {
                    EmbeddedBroker broker = EmbeddedBroker.builder().amqp10().start();
                    yield new Broker10(this, broker.port(), broker::close);
                }
                case ARTEMIS -> {
                    EmbeddedArtemis broker = EmbeddedArtemis.start();
                    yield new Broker10(this, broker.port(), broker::close);
                }
            };
        }
    }

    private final Kind kind;
    private final int port;
    private final Runnable stop;

    private Broker10(Kind kind, int port, Runnable stop) {
        this.kind = kind;
        this.port = port;
        this.stop = stop;
    }

    public Kind kind() {
        return kind;
    }

    /** At 127.0.0.1. */
    public int port() {
        return port;
    }

    /** What clients have to say in {@code open}, as Broker-J takes no address; null where it does not matter. */
    public @Nullable String hostname() {
        return kind == Kind.BROKER_J ? "default" : null;
    }

    /** What clients of AMQP 1.0 call a queue. */
    public String address(String queue) {
        return kind == Kind.RABBITMQ_4 ? "/queues/" + queue : queue;
    }

    /** Makes a queue where they are not made by whoever uses them first. */
    public void createQueue(String queue) throws Exception {
        if (kind != Kind.ARTEMIS) {
            try (Connection connection = connect();
                    Channel channel = connection.createChannel()) {
                channel.queueDeclare(queue, kind == Kind.RABBITMQ_4, false, false, Map.of());
            }
        }
    }

    public void deleteQueue(String queue) throws Exception {
        if (kind != Kind.ARTEMIS) {
            try (Connection connection = connect();
                    Channel channel = connection.createChannel()) {
                channel.queueDelete(queue);
            }
        }
    }

    private Connection connect() throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        return factory.newConnection();
    }

    @Override
    public void close() {
        stop.run();
    }

    @Override
    public String toString() {
        return kind.toString();
    }
}
