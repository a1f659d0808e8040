package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseRequest;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import io.amqproxy.testkit.RequiresRabbitMq;
import org.junit.jupiter.api.Test;

/** What an operator of the broker sees of the clients behind the proxy. */
@RequiresRabbitMq
class ClientPropertiesTest {

    @Test
    void aClientWithAConnectionOfItsOwnIsSeenAsItIs(BrokerNode broker) throws Exception {
        try (AmqProxy proxy = start(broker, PoolPolicy.exclusive());
                Connection connection = connect(proxy, "orders of the shop");
                Channel channel = connection.createChannel()) {
            channel.exchangeDeclarePassive("amq.direct");

            assertThat(seen(broker))
                    .contains("{\"connection_name\",\"orders of the shop\"}")
                    .contains("{\"product\",\"RabbitMQ\"}")
                    .contains("{\"proxy\",\"AmqProxy ");
        }
    }

    /** One that hands its questions on to the exclusive one, as an application's own would for some clients. */
    private static final class OwnPolicy implements PoolPolicy {
        private final PoolPolicy exclusive = PoolPolicy.exclusive();

        @Override
        public Placement place(LeaseRequest request, PoolView pool) {
            return exclusive.place(request, pool);
        }

        @Override
        public boolean introducesAs(ClientInfo client) {
            return exclusive.introducesAs(client);
        }
    }

    @Test
    void aPolicyOfOnesOwnGetsWhatTheExclusiveOnePromises(BrokerNode broker) throws Exception {
        try (AmqProxy proxy = start(broker, new OwnPolicy().tellingOfLosses());
                Connection connection = connect(proxy, "orders of the shop");
                Channel channel = connection.createChannel()) {
            channel.exchangeDeclarePassive("amq.direct");

            assertThat(seen(broker)).contains("{\"connection_name\",\"orders of the shop\"}");
        }
    }

    @Test
    void aConsumerWithoutALimitIsSeenAsItIs(BrokerNode broker) throws Exception {
        try (AmqProxy proxy = start(broker, PoolPolicy.multiplexed());
                Connection connection = connect(proxy, "watcher");
                Channel channel = connection.createChannel()) {
            String queue =
                    channel.queueDeclare("watched", false, false, true, null).getQueue();
            channel.basicConsume(queue, true, (tag, message) -> {}, tag -> {});

            assertThat(seen(broker)).contains("{\"connection_name\",\"watcher\"}");
        }
    }

    @Test
    void aSharedConnectionSaysWhoseProxyItIs(BrokerNode broker) throws Exception {
        try (AmqProxy proxy = start(broker, PoolPolicy.multiplexed());
                Connection connection = connect(proxy, "one of many");
                Channel channel = connection.createChannel()) {
            channel.exchangeDeclarePassive("amq.direct");

            assertThat(seen(broker))
                    .contains("{\"product\",\"AmqProxy\"}")
                    .containsPattern("\\{\"connection_name\",\"AmqProxy \\d+ on .+: guest\"}")
                    .doesNotContain("one of many");
        }
    }

    private static AmqProxy start(BrokerNode broker, PoolPolicy policy) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .policy(policy)
                .start();
    }

    private static Connection connect(AmqProxy proxy, String name) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(Login.guest(proxy.address().getPort()).uri());
        return factory.newConnection(name);
    }

    private static String seen(BrokerNode broker) {
        return broker.ctl("list_connections", "--no-table-headers", "client_properties");
    }
}
