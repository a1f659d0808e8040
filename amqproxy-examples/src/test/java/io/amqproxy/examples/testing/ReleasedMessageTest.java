package io.amqproxy.examples.testing;

import static io.amqproxy.examples.testing.RecorderAssert.assertThat;
import static io.amqproxy.trace.TraceMatcher.confirmed;
import static io.amqproxy.trace.TraceMatcher.delivered;
import static io.amqproxy.trace.TraceMatcher.published;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.testkit.EmbeddedBroker;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.UUID;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worry of publishers, of AMQP 1.0: is a message that the broker gives back sent once more, and not lost? */
@Tag("broker")
@Timeout(60)
class ReleasedMessageTest {

    /** Of this project's test kit. Any broker that speaks AMQP 1.0 will do, such as RabbitMQ 4 in a container. */
    @AutoClose
    private static final EmbeddedBroker broker =
            EmbeddedBroker.builder().amqp10().start();

    @RegisterExtension
    final BrokerFront front = new BrokerFront(broker::uri);

    @Test
    void anOrderThatIsReleasedIsSentOnceMore() throws Exception {
        declareQueue();
        try (Orders orders = new Orders(front.port());
                Fault released =
                        front.faults().releaseDeliveries(FaultScope.all().nth(1))) {
            orders.place("one");
            assertThat(released.count()).isOne();
            assertThat(front.recorder())
                    .soonHas(2, published("orders").withBody("one").withHeader("kind", "book"))
                    .soonHas(confirmed());
            assertThat(orders.next()).isEqualTo("one");
            assertThat(front.recorder()).soonHas(delivered().with("address", "orders"));
        }
    }

    private void declareQueue() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(front.port()); // The same port serves both protocols.
        try (com.rabbitmq.client.Connection connection = factory.newConnection()) {
            connection.createChannel().queueDeclare("orders", false, false, false, null);
        }
    }

    /** The code under test: it waits for each outcome, and tries once more, so that a consumer can tell by the id. */
    private static final class Orders implements AutoCloseable {

        private final Connection connection;
        private final Session session;
        private final MessageProducer producer;

        Orders(int port) throws JMSException {
            String uri = "amqp://127.0.0.1:" + port + "?jms.forceSyncSend=true&amqp.vhost=default";
            connection = new JmsConnectionFactory("guest", "guest", uri).createConnection();
            connection.start();
            session = connection.createSession();
            producer = session.createProducer(session.createQueue("orders"));
            producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT); // This broker's store is its memory.
        }

        void place(String order) throws JMSException {
            TextMessage message = session.createTextMessage(order);
            message.setStringProperty("kind", "book");
            message.setJMSCorrelationID(UUID.randomUUID().toString());
            try {
                producer.send(message);
            } catch (JMSException notTaken) {
                producer.send(message);
            }
        }

        String next() throws JMSException {
            return session.createConsumer(session.createQueue("orders"))
                    .receive(30_000)
                    .getBody(String.class);
        }

        @Override
        public void close() throws JMSException {
            connection.close();
        }
    }
}
