package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.amqproxy.AmqProxy;
import io.amqproxy.CloseMode;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Channels of one client serve the next, and nothing of the first reaches the second. */
@RequiresRabbitMq
class ChannelReuseTest {

    private AmqProxy proxy;
    private BrokerNode broker;

    @BeforeEach
    void startProxy(BrokerNode node) {
        broker = node;
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + node.port())
                .listen(0)
                .maxChannelAge(Duration.ZERO) // However long it takes here.
                .start();
    }

    @AfterEach
    void stopProxy() {
        proxy.close();
    }

    @Test
    void tenThousandShortConnectionsOpenAHandfulOfConnectionsAndChannelsAtTheBroker() throws Exception {
        long connections = broker.connectionsOpenedTotal();
        long channels = broker.channelsOpenedTotal();
        long messages = broker.messagesReceivedTotal();
        byte[] body = "short".getBytes(StandardCharsets.UTF_8);

        for (int i = 0; i < 10_000; i++) {
            try (RawClient client = RawClient.open(port()).openChannel(1)) {
                client.write(RawClient.publish(1, "nobody-reads", body));
                closeInOrder(client, 1);
            }
            if (i % 250 == 249) {
                Await.until(
                        "no channel waits for its fence",
                        () -> proxy.stats().channelsIdle() == broker.channelsOpenedTotal() - channels);
            }
        }

        Await.until("all messages arrived", () -> broker.messagesReceivedTotal() - messages >= 10_000);
        assertThat(broker.connectionsOpenedTotal() - connections).isEqualTo(1);
        // As many as waited for their fences at once, however many clients there were.
        assertThat(broker.channelsOpenedTotal() - channels).isBetween(1L, 250L);
        assertThat(proxy.stats().leasesTotal()).isEqualTo(10_000);
    }

    @Test
    void anErrorOfAClientThatLeftReachesNoneOfFiftyThatFollow() throws Exception {
        for (int i = 0; i < 50; i++) {
            try (RawClient first = RawClient.open(port()).openChannel(1)) {
                byte[] publish = publishTo("no-such-exchange", 0);
                byte[] close = closeChannel(1);
                first.write(ByteBuffer.allocate(publish.length + close.length)
                        .put(publish)
                        .put(close)
                        .array());
                first.expect(Method.CHANNEL_CLOSE_OK);
            }
            useAndSeeNothingStrange("after-error-" + i);
        }
    }

    @Test
    void aReturnedMessageOfAClientThatVanishedReachesNoneOfFiftyThatFollow() throws Exception {
        for (int i = 0; i < 50; i++) {
            RawClient first = RawClient.open(port()).openChannel(1);
            first.write(publishTo("", 1));
            first.kill();
            useAndSeeNothingStrange("after-return-" + i);
        }
    }

    @Test
    void aMandatoryMessageIsReturnedBeforeCloseOk() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (RawClient client = RawClient.open(port()).openChannel(1)) {
                client.write(publishTo("", 1));
                client.write(closeChannel(1));

                assertThat(client.expect(Method.BASIC_RETURN).channel()).isEqualTo(1);
                assertThat(client.read().type()).isEqualTo(Frame.HEADER);
                assertThat(client.read().type()).isEqualTo(Frame.BODY);
                client.expect(Method.CHANNEL_CLOSE_OK);
            }
        }
    }

    @Test
    void confirmsAreNumberedFromOneForEachOfAThousandClients() throws Exception {
        long channels = broker.channelsOpenedTotal();
        for (int i = 0; i < 1000; i++) {
            try (RawClient client = RawClient.open(port()).openChannel(1)) {
                client.write(RawClient.method(1, Method.CONFIRM_SELECT, writer -> writer.octet(0)));
                client.expect(Method.CONFIRM_SELECT_OK);
                for (int tag = 1; tag <= 2; tag++) {
                    client.write(RawClient.publish(1, "nobody", new byte[] {1}));
                    ByteBuffer ack = client.expect(Method.BASIC_ACK).payload();
                    assertThat(ack.getLong(4)).isEqualTo(tag);
                }
                closeInOrder(client, 1);
            }
        }
        assertThat(broker.channelsOpenedTotal() - channels).isBetween(1L, 20L);
    }

    @Test
    void aPrefetchLimitEndsWithItsClient() throws Exception {
        String queue = "prefetch";
        try (Connection one = connect();
                Channel channel = one.createChannel()) {
            channel.queueDeclare(queue, false, false, false, null);
            for (int i = 0; i < 10; i++) {
                channel.basicPublish("", queue, null, new byte[] {1});
            }
        }
        for (int i = 0; i < 20; i++) {
            try (Connection limited = connect();
                    Channel channel = limited.createChannel()) {
                channel.basicQos(1, i % 2 == 0);
                channel.basicGet(queue, false);
            }
            CountDownLatch all = new CountDownLatch(10);
            try (Connection unlimited = connect();
                    Channel channel = unlimited.createChannel()) {
                channel.basicQos(0);
                channel.basicConsume(queue, false, (tag, delivery) -> all.countDown(), tag -> {});
                assertThat(all.await(120, TimeUnit.SECONDS)).isTrue();
            }
        }
        try (Connection one = connect();
                Channel channel = one.createChannel()) {
            channel.queueDelete(queue);
        }
    }

    @Test
    void anExclusiveQueueIsGoneWhenItsClientIs() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (Connection owner = connect();
                    Channel channel = owner.createChannel()) {
                channel.queueDeclare("mine", false, true, false, null);
            }
            assertThat(broker.queues("/")).doesNotContain("mine");
        }
    }

    @Test
    void anExclusiveQueueEndsWithItsClientWhereTheUpstreamLivesOnForOthers() throws Exception {
        List<String> others = broker.queues("/");
        try (AmqProxy small = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listen(0)
                        .maxConnections(1)
                        .start();
                Connection neighbour = connect(small);
                Channel neighbours = neighbour.createChannel()) {
            neighbours.queueDeclare("shared", false, false, true, null);
            try (Connection owner = connect(small);
                    Channel channel = owner.createChannel()) {
                channel.queueDeclarePassive("shared");
                channel.queueDeclare("mine", false, true, false, null);
                channel.queueDeclare("", false, true, false, null);
            }
            Await.until(
                    "only the neighbour's queue is there, and those from before",
                    () -> broker.queues("/").stream()
                            .filter(queue -> !others.contains(queue))
                            .toList()
                            .equals(List.of("shared")));

            neighbours.queueDelete("shared");
        }
    }

    @Test
    void deliveriesOfGetAreNumberedFromOneOnAReusedChannel() throws Exception {
        String queue = "gets";
        try (Connection one = connect();
                Channel channel = one.createChannel()) {
            channel.queueDeclare(queue, false, false, false, null);
            for (int i = 0; i < 20; i++) {
                channel.basicPublish("", queue, null, new byte[] {1});
            }
            // Those who get them do so by other channels, which do not wait for this one.
            Await.until("all are there", () -> channel.messageCount(queue) == 20);
        }
        long channels = broker.channelsOpenedTotal();
        for (int i = 0; i < 10; i++) {
            Await.until("those before have left nothing", () -> proxy.stats().channelsLeased() == 0);
            try (Connection connection = connect();
                    Channel channel = connection.createChannel()) {
                GetResponse first = channel.basicGet(queue, true);
                GetResponse second = channel.basicGet(queue, false);
                assertThat(first.getEnvelope().getDeliveryTag()).isEqualTo(1);
                assertThat(second.getEnvelope().getDeliveryTag()).isEqualTo(2);
                channel.basicAck(2, false);
            }
        }
        assertThat(broker.channelsOpenedTotal() - channels).isLessThanOrEqualTo(4);
        assertThat(broker.messages("/", queue)).isZero();
        try (Connection one = connect();
                Channel channel = one.createChannel()) {
            channel.queueDelete(queue);
        }
    }

    @Test
    void withFencedClosesWhatWasPublishedIsInTheQueueWhenTheClientHasClosed() throws Exception {
        try (AmqProxy fenced = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .closeMode(CloseMode.FENCED)
                .start()) {
            try (RawClient client = RawClient.open(fenced.address().getPort()).openChannel(1)) {
                client.write(publishTo("no-such-exchange", 0));
                client.write(closeChannel(1));

                RawClient.Received close = client.expect(Method.CHANNEL_CLOSE);
                assertThat(close.code()).isEqualTo(404);
                client.expect(Method.CHANNEL_CLOSE_OK);
            }
        }
    }

    private void useAndSeeNothingStrange(String queue) throws Exception {
        List<String> strange = new ArrayList<>();
        try (Connection connection = connect()) {
            Channel channel = connection.createChannel();
            channel.addReturnListener((code, text, exchange, key, properties, body) -> strange.add("return " + key));
            channel.addShutdownListener(cause -> {
                if (!cause.isInitiatedByApplication()) {
                    strange.add(cause.toString());
                }
            });
            channel.queueDeclare(queue, false, false, true, null);
            channel.basicPublish("", queue, new AMQP.BasicProperties(), queue.getBytes(StandardCharsets.UTF_8));
            GetResponse response = channel.basicGet(queue, true);
            assertThat(new String(response.getBody(), StandardCharsets.UTF_8)).isEqualTo(queue);
            channel.queueDelete(queue);
            channel.close();
        }
        assertThat(strange).isEmpty();
    }

    private int port() {
        return proxy.address().getPort();
    }

    private Connection connect() throws Exception {
        return connect(proxy);
    }

    private static Connection connect(AmqProxy proxy) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(Login.guest(proxy.address().getPort()).uri());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private static byte[] publishTo(String exchange, int bits) {
        byte[] publish = RawClient.method(
                1,
                Method.BASIC_PUBLISH,
                writer -> writer.shortInt(0)
                        .shortString(exchange)
                        .shortString("no-such-queue")
                        .octet(bits));
        byte[] content = RawClient.publish(1, "", new byte[] {1});
        int methodLength = RawClient.publish(1, "", new byte[0]).length - 2 * Frame.OVERHEAD - Frame.MIN_HEADER_PAYLOAD;
        return ByteBuffer.allocate(publish.length + content.length - methodLength)
                .put(publish)
                .put(content, methodLength, content.length - methodLength)
                .array();
    }

    private static byte[] closeChannel(int channel) {
        return RawClient.method(
                channel,
                Method.CHANNEL_CLOSE,
                writer -> writer.shortInt(200).shortString("").longInt(0));
    }

    private static void closeInOrder(RawClient client, int channel) throws Exception {
        client.write(closeChannel(channel));
        client.expect(Method.CHANNEL_CLOSE_OK);
        client.write(RawClient.method(
                0,
                Method.CONNECTION_CLOSE,
                writer -> writer.shortInt(200).shortString("").longInt(0)));
        client.expect(Method.CONNECTION_CLOSE_OK);
    }
}
