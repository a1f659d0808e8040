package io.amqproxy.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@RequiresRabbitMq
@Timeout(300)
class ForeignClientTest {

    @ParameterizedTest
    @EnumSource
    void aRoundtripWorks(ForeignClient client, BrokerNode broker) {
        client.require().roundtrip(broker.login(), "roundtrip-" + client);

        assertThat(broker.queues("/")).doesNotContain("roundtrip-" + client);
    }

    @ParameterizedTest
    @EnumSource
    void eachMessageIsPublishedWithAConnectionAndAChannelOfItsOwn(ForeignClient client, BrokerNode broker)
            throws Exception {
        client.require();
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(broker.uri());
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            String queue = channel.queueDeclare().getQueue();
            long connections = broker.connectionsOpenedTotal();
            long channels = broker.channelsOpenedTotal();

            client.publishEach(broker.login(), queue, 5, "body");

            assertThat(broker.connectionsOpenedTotal() - connections).isEqualTo(5);
            assertThat(broker.channelsOpenedTotal() - channels).isEqualTo(5);
            List<String> bodies = new ArrayList<>();
            for (GetResponse message = channel.basicGet(queue, true);
                    message != null;
                    message = channel.basicGet(queue, true)) {
                bodies.add(new String(message.getBody(), StandardCharsets.UTF_8));
            }
            assertThat(bodies).containsExactly("body-0", "body-1", "body-2", "body-3", "body-4");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRefusalIsReportedInOneLine(ForeignClient client, BrokerNode broker) {
        client.require();
        assertThat(client.expectError(broker.login())).isEqualTo("OK");
        String wrongPassword = client.expectError(broker.login().as("guest", "wrong"));
        String wrongVhost = client.expectError(broker.login().in("no-such-vhost"));
        assertThat(wrongPassword).startsWith("ERROR ").contains("403").hasLineCount(1);
        // Node's client does not pass on the code and the text of a refusal at this stage.
        String reason = client == ForeignClient.NODE_AMQPLIB ? "ConnectionClose" : "530";
        assertThat(wrongVhost).startsWith("ERROR ").contains(reason).hasLineCount(1);
    }
}
