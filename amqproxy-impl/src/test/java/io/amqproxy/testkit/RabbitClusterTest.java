package io.amqproxy.testkit;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("broker")
class RabbitClusterTest {

    @Test
    void whatOneNodeConfirmedAnotherDeliversWhenTheFirstIsKilledAndItComesBack() throws Exception {
        Requirements.check(RabbitNode.isInstalled(), "an installed rabbitmq-server");
        try (RabbitCluster cluster = RabbitCluster.start(3)) {
            RabbitNode first = cluster.nodes().get(0);
            RabbitNode second = cluster.nodes().get(1);
            try (Connection connection = connect(first);
                    Channel channel = connection.createChannel()) {
                channel.queueDeclare("kept", true, false, false, Map.of("x-queue-type", "quorum"));
                channel.confirmSelect();
                channel.basicPublish("", "kept", null, new byte[] {7});
                channel.waitForConfirmsOrDie(30_000);
            }
            first.kill();
            try (Connection connection = connect(second)) {
                Await.until("a new leader delivers", () -> isDelivered(connection));
            }
            first.startAgain();
            Await.until(
                    "all three run",
                    () -> first.eval("length(rabbit_nodes:all_running())").equals("3"));
        }
    }

    private static boolean isDelivered(Connection connection) throws TimeoutException {
        try (Channel channel = connection.createChannel()) {
            return channel.basicGet("kept", true) != null;
        } catch (IOException | AlreadyClosedException noLeaderYet) {
            return false;
        }
    }

    private static Connection connect(RabbitNode node) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(node.uri());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
