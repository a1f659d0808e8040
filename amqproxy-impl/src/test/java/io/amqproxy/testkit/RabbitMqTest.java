package io.amqproxy.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@RequiresRabbitMq
@Timeout(300)
class RabbitMqTest {

    @Test
    void theBrokerIsSharedAndServes(BrokerNode broker) throws Exception {
        assertThat(broker).isSameAs(RabbitMq.shared());
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(broker.uri());
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            String queue = channel.queueDeclare().getQueue();
            assertThat(broker.queues("/")).contains(queue);
            assertThat(broker.messages("/", queue)).isZero();
            assertThat(broker.connections()).isPositive();
        }
    }
}
