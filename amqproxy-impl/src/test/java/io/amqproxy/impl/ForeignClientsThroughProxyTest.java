package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.ForeignClient;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients of other languages use the proxy in front of RabbitMQ as they would use RabbitMQ itself. */
@RequiresRabbitMq
class ForeignClientsThroughProxyTest {

    private static final int MESSAGES = 1000;

    @ParameterizedTest
    @EnumSource(ForeignClient.class)
    void aThousandMessagesOnAThousandConnectionsArriveOnceEachOverOneUpstream(ForeignClient client, BrokerNode broker)
            throws Exception {
        client.require();
        String queue = "thousand-" + client;
        try (AmqProxy proxy = start(broker);
                Connection connection = factory(broker.login()).newConnection();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare(queue, false, false, false, null);
            long openedBefore = broker.connectionsOpenedTotal();

            client.publishEach(broker.login().at(proxy.address().getPort()), queue, MESSAGES, "m");

            Await.until("all messages arrived", () -> channel.messageCount(queue) >= MESSAGES);
            assertThat(bodies(channel, queue))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, MESSAGES).mapToObj(i -> "m-" + i).toList());
            assertThat(broker.connectionsOpenedTotal() - openedBefore).isBetween(1L, 2L);
            assertThat(proxy.stats().clientsTotal()).isEqualTo(MESSAGES);
            channel.queueDelete(queue);
        }
    }

    @ParameterizedTest
    @EnumSource(ForeignClient.class)
    void publishesConfirmsConsumesAndAcknowledges(ForeignClient client, BrokerNode broker) {
        client.require();
        try (AmqProxy proxy = start(broker)) {
            client.roundtrip(broker.login().at(proxy.address().getPort()), "roundtrip-" + client);

            Await.until("all clients are gone", () -> proxy.stats().clients() == 0);
        }
    }

    @ParameterizedTest
    @EnumSource(ForeignClient.class)
    void refusalsLookAsTheyDoWithoutTheProxy(ForeignClient client, BrokerNode broker) {
        client.require();
        try (AmqProxy proxy = start(broker)) {
            Login direct = broker.login();
            Login proxied = direct.at(proxy.address().getPort());

            assertThat(client.expectError(proxied)).isEqualTo("OK");
            assertThat(client.expectError(proxied.as("guest", "wrong")))
                    .isEqualTo(client.expectError(direct.as("guest", "wrong")));
            assertThat(client.expectError(proxied.in("nowhere"))).isEqualTo(client.expectError(direct.in("nowhere")));
        }
    }

    private static AmqProxy start(BrokerNode broker) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .start();
    }

    private static ConnectionFactory factory(Login login) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(login.uri());
        return factory;
    }

    private static List<String> bodies(Channel channel, String queue) throws Exception {
        List<String> bodies = new ArrayList<>();
        GetResponse response = channel.basicGet(queue, true);
        while (response != null) {
            bodies.add(new String(response.getBody(), StandardCharsets.UTF_8));
            response = channel.basicGet(queue, true);
        }
        return bodies;
    }
}
