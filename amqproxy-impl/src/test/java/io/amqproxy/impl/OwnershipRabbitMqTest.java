package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import io.amqproxy.AmqProxy;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What RabbitMQ keeps for one client, and takes from it, beside clients that share its connection. */
@RequiresRabbitMq
class OwnershipRabbitMqTest {

    private static final int AUTO_DELETE = 1 << 3;

    private AmqProxy proxy;
    private BrokerNode broker;

    @BeforeEach
    void startProxy(BrokerNode node) {
        broker = node;
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + node.port())
                .listen(0)
                .start();
    }

    @AfterEach
    void stopProxy() {
        proxy.close();
    }

    private Connection connect(String vhost) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setVirtualHost(vhost);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    /** A channel that has to stay on the connection that it shares. */
    private static Channel confirming(Connection connection) throws Exception {
        Channel channel = connection.createChannel();
        channel.confirmSelect();
        return channel;
    }

    private static void fill(Channel channel, String queue) throws Exception {
        channel.queueDeclare(queue, true, false, false, null);
        for (int i = 0; i < 10; i++) {
            channel.basicPublish("", queue, MessageProperties.PERSISTENT_BASIC, new byte[10]);
        }
        channel.waitForConfirmsOrDie(120_000);
    }

    @Test
    void aNameThatSomebodyElseUsesByNowIsNotDeleted() throws Exception {
        try (Connection neighbour = connect("/")) {
            Channel others = confirming(neighbour);
            Connection client = connect("/");
            Channel channel = confirming(client);
            channel.queueDeclare("deleted", false, true, false, null);
            channel.queueDelete("deleted");
            channel.queueDeclare("expired", false, true, false, Map.of("x-expires", 200));
            Await.until("the queue expired", () -> !broker.queues("/").contains("expired"));
            channel.queueDeclare("kept", false, true, false, Map.of("x-max-length", 10));
            fill(others, "deleted");
            fill(others, "expired");
            client.close();

            assertThat(others.queueDelete("deleted").getMessageCount()).isEqualTo(10);
            assertThat(others.queueDelete("expired").getMessageCount()).isEqualTo(10);
            assertThat(broker.queues("/")).doesNotContain("kept");
        }
    }

    /** With others it is on two connections: the queue is declared on one and consumed from on another. */
    @Test
    void whoIsCutOffAndComesBackAtOnceFindsNothingOfItself() throws Exception {
        for (int i = 0; i < 60; i++) {
            RawClient client = RawClient.open(proxy.address().getPort()).openChannel(1);
            client.write(RawClient.method(
                    1,
                    Method.QUEUE_DECLARE,
                    writer -> writer.shortInt(0)
                            .shortString("fixed")
                            .octet(AUTO_DELETE)
                            .table(Map.of())));
            client.expect(Method.QUEUE_DECLARE_OK);
            client.write(RawClient.method(
                    1,
                    Method.BASIC_QOS,
                    writer -> writer.longInt(0).shortInt(10).octet(0)));
            client.expect(Method.BASIC_QOS_OK);
            client.write(RawClient.method(
                    1,
                    Method.BASIC_CONSUME,
                    writer -> writer.shortInt(0)
                            .shortString("fixed")
                            .shortString("tag")
                            .octet(0)
                            .table(Map.of())));
            client.expect(Method.BASIC_CONSUME_OK);
            client.kill();
        }
    }

    @Test
    void aDeletedVhostIsToldToAllOfItsClients() throws Exception {
        broker.addVhost("short-lived");
        broker.grant("guest", "short-lived");
        Connection idle = connect("short-lived");
        Connection publisher = connect("short-lived");
        publisher.createChannel().basicPublish("", "nowhere", null, new byte[1]);
        CompletableFuture<String> why = new CompletableFuture<>();
        publisher.addShutdownListener(cause -> why.complete(cause.getMessage()));
        broker.ctl("delete_vhost", "short-lived");

        Await.until("both are told", () -> !idle.isOpen() && !publisher.isOpen());
        assertThat(why.get(30, TimeUnit.SECONDS)).contains("320", "vhost 'short-lived' is d");
    }
}
