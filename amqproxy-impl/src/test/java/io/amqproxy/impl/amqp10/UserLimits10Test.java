package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Message;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.amqproxy.AmqProxy;
import io.amqproxy.ProxyListener;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.Broker10;
import io.amqproxy.testkit.RabbitMq4;
import io.amqproxy.testkit.RabbitNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * RabbitMQ 4 lets a user have few connections, and resets one more than that after some seconds, without a word:
 * programs that send and receive work with those that there are.
 */
@Tag("broker")
class UserLimits10Test {

    private static final int PROGRAMS = 4;

    private final RabbitNode broker = RabbitMq4.shared();
    private final Queue<String> told = new ConcurrentLinkedQueue<>();
    private final Set<String> got = ConcurrentHashMap.newKeySet();

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void nobodyIsRefusedWhomTheOpenConnectionsCanCarry(int most) throws Exception {
        String user = "limited" + most;
        broker.addUser(user, user);
        broker.grant(user, "/");
        broker.ctl("set_user_limits", user, "{\"max-connections\": " + most + "}");
        Broker10 kind = Broker10.Kind.RABBITMQ_4.start();
        kind.createQueue(user);
        try (AmqProxy proxy = proxy();
                Environment environment = environment(proxy, user)) {
            List<Connection> connections = new ArrayList<>();
            for (int i = 0; i < PROGRAMS; i++) {
                Connection receiving = environment.connectionBuilder().build();
                receiving
                        .consumerBuilder()
                        .queue(user)
                        .messageHandler((context, message) -> {
                            got.add(new String(message.body(), StandardCharsets.UTF_8));
                            context.accept();
                        })
                        .build();
                Connection sending = environment.connectionBuilder().build();
                send(sending.publisherBuilder().queue(user).build(), "m" + i);
                connections.addAll(List.of(receiving, sending));
            }
            Await.until("all have come", () -> got.size() == PROGRAMS);
            assertThat(proxy.stats().upstreams()).isBetween(1, most);
            connections.forEach(Connection::close);
        } finally {
            kind.deleteQueue(user);
            broker.deleteUser(user);
        }
        assertThat(Set.copyOf(told)).isEqualTo(most == 1 ? Set.of("brokerConnections") : Set.of());
    }

    private AmqProxy proxy() {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen("127.0.0.1", 0)
                .listener(new ProxyListener() {
                    @Override
                    public void limitReached(String limit, String effect, @Nullable String user) {
                        told.add(limit);
                    }
                })
                .start();
    }

    private static Environment environment(AmqProxy proxy, String user) {
        return new AmqpEnvironmentBuilder()
                .connectionSettings()
                .host("127.0.0.1")
                .port(proxy.address().getPort())
                .username(user)
                .password(user)
                .environmentBuilder()
                .build();
    }

    private static void send(Publisher publisher, String body) throws Exception {
        CompletableFuture<Publisher.Status> outcome = new CompletableFuture<>();
        Message message = publisher.message(body.getBytes(StandardCharsets.UTF_8));
        publisher.publish(message, context -> outcome.complete(context.status()));
        assertThat(outcome.get(30, TimeUnit.SECONDS)).isEqualTo(Publisher.Status.ACCEPTED);
    }
}
