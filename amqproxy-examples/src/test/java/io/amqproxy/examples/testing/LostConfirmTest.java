package io.amqproxy.examples.testing;

import static io.amqproxy.examples.testing.RecorderAssert.assertThat;
import static io.amqproxy.trace.TraceMatcher.confirmed;
import static io.amqproxy.trace.TraceMatcher.published;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.testing.InMemoryBroker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worry of publishers: is a message whose confirm is lost published once more, and not twice or never? */
@Timeout(300)
class LostConfirmTest {

    @AutoClose
    private static final InMemoryBroker broker = InMemoryBroker.start();

    @RegisterExtension
    final BrokerFront front = new BrokerFront(broker::uri);

    @Test
    void anOrderWhoseConfirmIsLostIsPublishedOnceMore() throws Exception {
        try (Orders orders = new Orders(front.port());
                Fault lost = front.faults().loseConfirms(FaultScope.all().nth(1))) {
            orders.place("one");
            org.assertj.core.api.Assertions.assertThat(lost.count()).isOne();
        }
        assertThat(front.recorder()).has(2, published("orders").withBody("one")).has(1, confirmed());
    }

    /** The code under test: it waits for each confirm, and tries once more, so that a consumer can tell by the id. */
    private static final class Orders implements AutoCloseable {

        /** For the first attempt, and for the one after it. */
        private static final long[] PATIENCE_MILLIS = {1_000, 60_000};

        private final Connection connection;

        Orders(int port) throws Exception {
            ConnectionFactory factory = new ConnectionFactory();
            factory.setPort(port);
            connection = factory.newConnection();
        }

        void place(String order) throws Exception {
            String id = UUID.randomUUID().toString();
            for (long patience : PATIENCE_MILLIS) {
                if (isConfirmed(order, id, patience)) {
                    return;
                }
            }
            throw new TimeoutException("the broker does not confirm");
        }

        /** Each attempt has a channel of its own: a confirm that is late cannot be taken for another's. */
        private boolean isConfirmed(String order, String id, long patience) throws Exception {
            try (Channel channel = connection.createChannel()) {
                channel.confirmSelect();
                channel.queueDeclare("orders", false, false, false, null);
                BasicProperties properties =
                        new BasicProperties.Builder().messageId(id).build();
                channel.basicPublish("", "orders", properties, order.getBytes(StandardCharsets.UTF_8));
                return channel.waitForConfirms(patience);
            } catch (TimeoutException none) {
                return false;
            }
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
