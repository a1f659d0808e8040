package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ProxyListener;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RabbitMQ lets a user have few channels ({@code max-channels}), and closes the connection for one more. */
@RequiresRabbitMq
class ChannelLimitRabbitMqTest {

    private static final int SHORT_ONES = 100;

    private final Set<String> limits = ConcurrentHashMap.newKeySet();
    private final Set<String> heard = ConcurrentHashMap.newKeySet();

    @ParameterizedTest
    @ValueSource(ints = {3, 10})
    void publishersThatComeAndGoAreAllServedBesideThoseThatStay(int most, BrokerNode broker) throws Exception {
        String user = "channels" + most;
        addUser(broker, user, most);
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .listener(new ProxyListener() {
                    @Override
                    public void limitReached(String limit, String effect, @Nullable String user) {
                        limits.add(limit);
                    }
                })
                .start()) {
            learn(proxy, user);
            Connection consumer = consume(proxy, user);
            Connection stays = connect(proxy, user);
            Channel publisher = stays.createChannel();
            publisher.confirmSelect();
            publish(publisher, user, "first");

            come(proxy, user);
            publish(publisher, user, "last");

            Await.until("all have arrived: " + heard.size(), () -> heard.size() == SHORT_ONES + 2);
            consumer.close();
            stays.close();
        }
        broker.eval("rabbit_auth_backend_internal:delete_user(<<\"%s\">>, <<\"test\">>)".formatted(user));
    }

    private static void addUser(BrokerNode broker, String user, int most) {
        broker.eval(("rabbit_auth_backend_internal:add_user(<<\"%1$s\">>, <<\"secret\">>, <<\"test\">>),"
                        + "rabbit_auth_backend_internal:set_permissions(<<\"%1$s\">>, <<\"/\">>, <<\".*\">>, <<\".*\">>,"
                        + " <<\".*\">>, <<\"test\">>),"
                        + "rabbit_auth_backend_internal:set_user_limits(<<\"%1$s\">>, <<\"{\\\"max-channels\\\": %2$d}\">>,"
                        + " <<\"test\">>)")
                .formatted(user, most));
    }

    private static Connection connect(AmqProxy proxy, String user) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setUsername(user);
        factory.setPassword("secret");
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    /**
     * The first refusal costs a connection, and its client with what that has just published. RabbitMQ counts late, and
     * lets in more than it should of channels that are opened at once.
     */
    private void learn(AmqProxy proxy, String user) throws Exception {
        Connection client = connect(proxy, user);
        Await.until("the limit is known", () -> {
            try {
                client.createChannel().basicPublish("", "nowhere", null, new byte[0]);
            } catch (IOException | AlreadyClosedException lost) {
                assertThat(client.isOpen()).isFalse();
            }
            return limits.contains("brokerChannels");
        });
        client.abort();
    }

    private Connection consume(AmqProxy proxy, String queue) throws Exception {
        Connection connection = connect(proxy, queue);
        Channel channel = connection.createChannel();
        channel.basicQos(50);
        channel.queueDeclare(queue, false, false, true, null);
        channel.basicConsume(
                queue,
                (tag, message) -> {
                    heard.add(new String(message.getBody(), UTF_8));
                    channel.basicAck(message.getEnvelope().getDeliveryTag(), false);
                },
                tag -> {});
        return connection;
    }

    /** Four at a time, with and without confirms, which need different channels. */
    private static void come(AmqProxy proxy, String queue) throws Exception {
        ExecutorService four = Executors.newFixedThreadPool(4);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < SHORT_ONES; i++) {
            int number = i;
            all.add(four.submit(() -> {
                try (Connection connection = connect(proxy, queue)) {
                    Channel channel = connection.createChannel();
                    if (number % 3 == 0) {
                        channel.basicPublish("", queue, null, ("m" + number).getBytes(UTF_8));
                        channel.close();
                    } else {
                        channel.confirmSelect();
                        publish(channel, queue, "m" + number);
                    }
                }
                return number;
            }));
        }
        four.shutdown();
        for (Future<?> one : all) {
            one.get();
        }
        assertThat(all).hasSize(SHORT_ONES);
    }

    private static void publish(Channel channel, String queue, String body) throws Exception {
        channel.basicPublish("", queue, null, body.getBytes(UTF_8));
        channel.waitForConfirmsOrDie(30_000);
    }
}
