package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.PoolStats;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Many clients of several users and vhosts at once, publishing with confirms and consuming. */
@RequiresRabbitMq
class ConcurrentClientsTest {

    private static final int CLIENTS = 200;
    private static final int MESSAGES = 20;
    private static final int TENANTS = 4;
    /** What all of them at once may take on a slow machine. */
    private static final Duration SLOW = Duration.ofMinutes(2);

    @Test
    void everyMessageOfTwoHundredClientsIsConfirmedAndReceivedInItsOwnVhost(BrokerNode broker) throws Exception {
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            broker.addVhost("vhost" + tenant);
            broker.addUser("user" + tenant, "secret" + tenant);
            broker.grant("user" + tenant, "vhost" + tenant);
        }
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .loops(2)
                .handshakeTimeout(SLOW)
                .acquireTimeout(SLOW)
                .start()) {
            CountDownLatch connected = new CountDownLatch(CLIENTS);
            CountDownLatch counted = new CountDownLatch(1);
            List<Future<Set<String>>> results = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                int tenant = i % TENANTS;
                Login login = broker.login()
                        .at(proxy.address().getPort())
                        .as("user" + tenant, "secret" + tenant)
                        .in("vhost" + tenant);
                results.add(threads.submit(() -> publishAndConsume(login, number, connected, counted)));
            }
            assertThat(connected.await(SLOW.toSeconds(), TimeUnit.SECONDS)).isTrue();
            List<PoolStats> pools = proxy.stats().pools();
            counted.countDown();

            for (int i = 0; i < CLIENTS; i++) {
                Set<String> expected = ConcurrentHashMap.newKeySet();
                for (int m = 0; m < MESSAGES; m++) {
                    expected.add(i + "-" + m);
                }
                assertThat(results.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(expected);
            }
            assertThat(pools).hasSize(TENANTS);
            assertThat(pools).allSatisfy(pool -> {
                assertThat(pool.user().substring(4)).isEqualTo(pool.vhost().substring(5));
                assertThat(pool.clients()).isEqualTo(CLIENTS / TENANTS);
            });
        } finally {
            threads.shutdownNow();
        }
    }

    private static Set<String> publishAndConsume(
            Login login, int number, CountDownLatch connected, CountDownLatch counted) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(login.uri());
        factory.setAutomaticRecoveryEnabled(false);
        factory.setHandshakeTimeout((int) SLOW.toMillis());
        Set<String> received = ConcurrentHashMap.newKeySet();
        CountDownLatch all = new CountDownLatch(MESSAGES);
        try (Connection connection = factory.newConnection();
                Channel publisher = connection.createChannel();
                Channel consumer = connection.createChannel()) {
            connected.countDown();
            assertThat(counted.await(SLOW.toSeconds(), TimeUnit.SECONDS)).isTrue();
            String queue = "client-" + number;
            publisher.queueDeclare(queue, false, false, true, null);
            consumer.basicQos(number % 3 == 0 ? 0 : 5);
            consumer.basicConsume(
                    queue,
                    false,
                    (tag, delivery) -> {
                        received.add(new String(delivery.getBody(), StandardCharsets.UTF_8));
                        consumer.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                        all.countDown();
                    },
                    tag -> {});
            publisher.confirmSelect();
            for (int m = 0; m < MESSAGES; m++) {
                publisher.basicPublish("", queue, null, (number + "-" + m).getBytes(StandardCharsets.UTF_8));
            }
            publisher.waitForConfirmsOrDie(60_000);
            assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
        }
        return received;
    }
}
