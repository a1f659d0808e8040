package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.EndpointStats;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.RabbitNode;
import io.amqproxy.testkit.Requirements;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** RabbitMQ nodes that are stopped, started and killed behind the proxy. */
@Timeout(300)
@Tag("broker")
class RabbitMqOutageTest {

    private static final AMQP.BasicProperties PERSISTENT =
            new AMQP.BasicProperties.Builder().deliveryMode(2).build();

    @BeforeAll
    static void check() {
        Requirements.check(RabbitNode.isInstalled(), "an installed rabbitmq-server");
    }

    private static String uri(RabbitNode node) {
        return "amqp://127.0.0.1:" + node.login().port();
    }

    private static ConnectionFactory factory(AmqProxy proxy) {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setNetworkRecoveryInterval(100);
        factory.setAutomaticRecoveryEnabled(false);
        return factory;
    }

    /** A node that may be killed before its test is over. */
    private static final class Victim implements AutoCloseable {
        private final RabbitNode node = RabbitNode.start();
        private boolean isKilled;

        void kill() {
            if (!isKilled) {
                isKilled = true;
                node.close();
            }
        }

        @Override
        public void close() {
            kill();
        }
    }

    private static void publish(Channel channel, String text) {
        try {
            channel.basicPublish("", "q", PERSISTENT, text.getBytes(StandardCharsets.UTF_8));
            assertThat(channel.waitForConfirms()).isTrue();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aPublisherWaitsThroughARestartAndItsMessagesAreThere() throws Exception {
        try (RabbitNode node = RabbitNode.start();
                AmqProxy proxy = AmqProxy.builder()
                        .upstream(uri(node))
                        .listen(0)
                        .acquireTimeout(Duration.ofMinutes(2))
                        .start();
                Connection connection = factory(proxy).newConnection();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare("q", true, false, false, null);
            channel.confirmSelect();
            publish(channel, "before");

            node.ctl("stop_app");
            Await.until("the connection is lost", () -> proxy.stats().upstreams() == 0);
            CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> publish(channel, "meanwhile"));
            CompletableFuture<Connection> newcomer = CompletableFuture.supplyAsync(() -> {
                try {
                    return factory(proxy).newConnection();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            node.ctl("start_app");

            waiting.get(120, TimeUnit.SECONDS);
            newcomer.get(120, TimeUnit.SECONDS).close();
            publish(channel, "after");
            assertThat(channel.messageCount("q")).isEqualTo(3);
            assertThat(connection.isOpen()).isTrue();
        }
    }

    @Test
    void whenANodeIsKilledPublishersGoOnAtTheOtherAndConsumersReconnectOnce() throws Exception {
        try (RabbitNode other = RabbitNode.start();
                Victim victim = new Victim();
                AmqProxy proxy = AmqProxy.builder()
                        .upstream(uri(victim.node), uri(other))
                        .listen(0)
                        .acquireTimeout(Duration.ofMinutes(2))
                        .start()) {
            try (AmqProxy direct =
                            AmqProxy.builder().upstream(uri(other)).listen(0).start();
                    Connection connection = factory(direct).newConnection();
                    Channel channel = connection.createChannel()) {
                channel.queueDeclare("q", true, false, false, null);
            }
            Connection publisher = factory(proxy).newConnection();
            Channel publishing = publisher.createChannel();
            publishing.queueDeclare("q", true, false, false, null);
            publishing.confirmSelect();
            publish(publishing, "one");
            ConnectionFactory recovering = factory(proxy);
            recovering.setAutomaticRecoveryEnabled(true);
            Connection consumer = recovering.newConnection();
            BlockingQueue<String> received = new LinkedBlockingQueue<>();
            consumer.createChannel()
                    .basicConsume(
                            "q",
                            true,
                            (tag, message) -> received.add(new String(message.getBody(), StandardCharsets.UTF_8)),
                            tag -> {});
            assertThat(received.poll(60, TimeUnit.SECONDS)).isEqualTo("one");
            long clients = proxy.stats().clientsTotal();

            victim.kill();
            publish(publishing, "two");

            assertThat(received.poll(120, TimeUnit.SECONDS)).isEqualTo("two");
            assertThat(publisher.isOpen()).isTrue();
            assertThat(proxy.stats().clientsTotal()).isEqualTo(clients + 1);
            assertThat(proxy.stats().endpoints())
                    .extracting(EndpointStats::reachable)
                    .containsExactly(false, true);
            consumer.close();
            publisher.close();
        }
    }
}
