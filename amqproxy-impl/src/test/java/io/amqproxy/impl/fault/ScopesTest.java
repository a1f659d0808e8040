package io.amqproxy.impl.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.CancelCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.GetResponse;
import io.amqproxy.AmqProxy;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults are for what their scope says, and for nothing else: of channels, consumers, connections and messages. */
@Timeout(300)
@SuppressWarnings("try") // a fault is there to be closed
class ScopesTest {

    private static final CancelCallback NOTHING = tag -> {};

    @AutoClose
    private final InMemoryBroker broker = InMemoryBroker.start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstreams(List.of(broker.uri()))
            .listen(0)
            .loops(2)
            .start();

    private Connection connect() throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    /** A channel with a consumer, which has its tag from the broker, of a queue of this name. */
    private static Channel consumer(Connection connection, String queue) throws IOException {
        Channel channel = connection.createChannel();
        channel.queueDeclare(queue, false, false, false, Map.of());
        channel.basicConsume(queue, false, (tag, message) -> {}, NOTHING);
        return channel;
    }

    private static FaultScope naming(String name) {
        return FaultScope.all().naming(name);
    }

    @Test
    void channelsAreClosedThatConsumeFromAQueue() throws Exception {
        try (Connection connection = connect()) {
            Channel orders = consumer(connection, "orders");
            Channel bills = consumer(connection, "bills");
            assertThat(proxy.faults().closeChannels(naming("none"), 404, "gone"))
                    .isZero();
            assertThat(proxy.faults().closeChannels(naming("orders"), 404, "gone"))
                    .isOne();
            Await.until("the channel is closed", () -> !orders.isOpen());
            bills.queueDeclarePassive("bills");

            int number = bills.getChannelNumber();
            assertThat(proxy.faults().closeChannels(FaultScope.all().onChannel(number + 1), 404, "gone"))
                    .isZero();
            assertThat(proxy.faults().closeChannels(FaultScope.all().onChannel(number), 404, "gone"))
                    .isOne();
            Await.until("the channel is closed", () -> !bills.isOpen());
        }
    }

    @Test
    void oneOfSeveralChannelsIsClosed() throws Exception {
        try (Connection connection = connect()) {
            List<Channel> channels = List.of(
                    consumer(connection, "orders"), consumer(connection, "orders"), consumer(connection, "orders"));
            assertThat(proxy.faults().closeChannels(FaultScope.all().nth(2), 404, "gone"))
                    .isOne();
            Await.until("the channel is closed", () -> !channels.get(1).isOpen());
            assertThat(channels.get(0).isOpen()).isTrue();
            assertThat(channels.get(2).isOpen()).isTrue();
        }
    }

    @Test
    void consumersOfAQueueAreCancelledWhateverTheirTag() throws Exception {
        BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();
        try (Connection connection = connect()) {
            Channel channel = connection.createChannel();
            channel.queueDeclare("orders", false, false, false, Map.of());
            channel.queueDeclare("bills", false, false, false, Map.of());
            String tag = channel.basicConsume("orders", false, (any, message) -> {}, cancelled::add);
            String other = channel.basicConsume("bills", false, (any, message) -> {}, cancelled::add);
            assertThat(proxy.faults().cancelConsumers(naming("orders"))).isOne();
            assertThat(cancelled.poll(2, TimeUnit.MINUTES)).isEqualTo(tag);
            assertThat(proxy.faults().cancelConsumers(naming("orders"))).isZero();
            assertThat(proxy.faults().cancelConsumers(naming(other))).isOne();
            assertThat(cancelled.poll(2, TimeUnit.MINUTES)).isEqualTo(other);
        }
    }

    @Test
    void connectionsAreCutAndClosedThatConsumeFromAQueue() throws Exception {
        Connection cut = connect();
        Connection closed = connect();
        try (Connection spared = connect()) {
            consumer(cut, "orders");
            consumer(closed, "bills");
            consumer(spared, "letters");
            assertThat(proxy.faults().cutClients(naming("orders"), Cut.RESET)).isOne();
            assertThat(proxy.faults().closeConnections(naming("bills"), 541, "gone"))
                    .isOne();
            assertThat(proxy.faults().closeConnections(FaultScope.all(), "amqp:connection:forced", "gone"))
                    .isZero();
            Await.until("they are gone", () -> !cut.isOpen() && !closed.isOpen());
            spared.createChannel().close();
        }
    }

    @Test
    void theFirstTwoWhoConnectAreRefused() throws Exception {
        try (Fault refused = proxy.faults().refuseClients(FaultScope.all().first(2))) {
            assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
            assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
            connect().close();
            assertThat(refused.count()).isEqualTo(2);
        }
        try (Fault others = proxy.faults()
                .refuseClients(FaultScope.all()
                        .ofClients(client -> client.address().getAddress().isMulticastAddress()))) {
            connect().close();
            assertThat(others.count()).isZero();
        }
    }

    @Test
    void oneOfTwoConnectionsIsNotRead() throws Exception {
        try (Connection first = connect();
                Connection second = connect()) {
            Channel held = consumer(first, "orders");
            Channel free = consumer(second, "bills");
            try (Fault unread = proxy.faults().stopReading(naming("orders"))) {
                held.basicPublish("", "letters", true, null, new byte[1]);
                free.queueDeclarePassive("bills");
                Await.until("the one is found", () -> unread.count() == 1);
                free.queueDeclarePassive("bills");
                assertThat(unread.count()).isOne();
            }
            held.queueDeclarePassive("orders");
        }
        try (Connection first = connect();
                Fault unread = proxy.faults().stopReading(FaultScope.all().nth(2));
                Fault blocked = proxy.faults().block(FaultScope.all().nth(2), "low on memory")) {
            first.createChannel().close();
            assertThat(unread.count() + blocked.count()).isZero();
        }
    }

    /** Acknowledges the next message that is delivered, and says its body and whether it has come before. */
    private static String next(BlockingQueue<Delivery> come, Channel channel) throws Exception {
        Delivery message = Objects.requireNonNull(come.poll(2, TimeUnit.MINUTES), "none comes");
        channel.basicAck(message.getEnvelope().getDeliveryTag(), false);
        return new String(message.getBody(), UTF_8) + (message.getEnvelope().isRedeliver() ? " again" : "");
    }

    @Test
    void whatComesFromAQueueIsDeliveredAgain() throws Exception {
        try (Connection connection = connect();
                Fault again = proxy.faults().redeliver(naming("orders").nth(3))) {
            Channel channel = connection.createChannel();
            BlockingQueue<Delivery> orders = new LinkedBlockingQueue<>();
            BlockingQueue<Delivery> bills = new LinkedBlockingQueue<>();
            channel.exchangeDeclare("all", "fanout");
            for (String queue : List.of("orders", "bills")) {
                channel.queueDeclare(queue, false, false, false, Map.of());
                channel.queueBind(queue, "all", "");
                channel.basicConsume(
                        queue, (tag, message) -> (queue.equals("orders") ? orders : bills).add(message), NOTHING);
            }
            for (String text : List.of("one", "two", "three")) {
                channel.basicPublish("all", "", null, text.getBytes(UTF_8));
                assertThat(next(bills, channel)).isEqualTo(text);
                assertThat(next(orders, channel)).isEqualTo(text);
            }
            assertThat(next(orders, channel)).isEqualTo("three again");
            assertThat(again.count()).isOne();
        }
    }

    @Test
    void whatIsGotAndWhatIsAcknowledgedTogetherNamesItsQueueToo() throws Exception {
        try (Connection connection = connect();
                Fault again = proxy.faults().redeliver(naming("orders").nth(1))) {
            Channel channel = connection.createChannel();
            for (String queue : List.of("orders", "bills")) {
                channel.queueDeclare(queue, false, false, false, Map.of());
                assertThat(channel.basicGet(queue, false)).isNull();
                channel.basicPublish("", queue, null, queue.getBytes(UTF_8));
                channel.basicPublish("", queue, null, queue.getBytes(UTF_8));
                channel.basicGet(queue, false);
            }
            GetResponse bill = channel.basicGet("bills", false);
            channel.basicAck(bill.getEnvelope().getDeliveryTag(), true); // Of both queues.
            assertThat(again.count()).isZero();

            GetResponse order = channel.basicGet("orders", false);
            channel.basicAck(order.getEnvelope().getDeliveryTag(), true);
            GetResponse same = channel.basicGet("orders", false);
            assertThat(same.getEnvelope().isRedeliver()).isTrue();
            assertThat(again.count()).isOne();
            channel.basicAck(same.getEnvelope().getDeliveryTag(), false);
            assertThat(channel.basicGet("orders", false)).isNull();
        }
    }
}
