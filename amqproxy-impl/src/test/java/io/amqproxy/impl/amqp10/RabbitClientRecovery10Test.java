package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.BackOffDelayPolicy;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.Ports;
import io.amqproxy.testkit.RabbitMq4;
import io.amqproxy.testkit.RabbitNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A publisher and a consumer of RabbitMQ's Java client, which recovers their connections by itself, go on through the
 * proxy as they do directly, and nothing that was accepted is lost.
 */
@Tag("broker")
class RabbitClientRecovery10Test {

    private static final String USER = "recovers";
    private static final String QUEUE = "recovered";
    private static final Duration PAUSE = Duration.ofMillis(200);

    /** What happens to the connections. */
    enum Mishap {
        THE_BROKER_CLOSES_THEM,
        THE_PROXY_CLOSES_THEM,
        THE_PROXY_RESTARTS,
        THE_BROKER_RESTARTS
    }

    private static RabbitNode broker;

    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final Set<String> got = ConcurrentHashMap.newKeySet();
    private volatile boolean enough;
    private @Nullable AmqProxy proxy;

    @BeforeAll
    static void start() {
        broker = RabbitMq4.start();
        broker.addUser(USER, USER);
        broker.grant(USER, "/");
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theyGoOnThroughTheProxy(Mishap mishap) {
        int port = Ports.free();
        proxy = proxy(port);
        try {
            goOn(port, () -> happen(mishap, port));
        } finally {
            running().close();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"THE_BROKER_CLOSES_THEM", "THE_BROKER_RESTARTS"})
    void theyGoOnDirectly(Mishap mishap) {
        goOn(broker.port(), () -> happen(mishap, 0));
    }

    private static AmqProxy proxy(int port) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen("127.0.0.1", port)
                .start();
    }

    private AmqProxy running() {
        return Objects.requireNonNull(proxy);
    }

    private void happen(Mishap mishap, int port) {
        switch (mishap) {
            case THE_BROKER_CLOSES_THEM -> broker.ctl("close_all_user_connections", USER, "on purpose");
            case THE_PROXY_CLOSES_THEM ->
                assertThat(running().clients())
                        .hasSize(2)
                        .allMatch(client -> running().closeClient(client.id(), "on purpose"));
            case THE_PROXY_RESTARTS -> {
                running().close();
                proxy = proxy(port);
            }
            case THE_BROKER_RESTARTS -> {
                broker.kill();
                broker.startAgain();
            }
        }
    }

    private void goOn(int port, Runnable mishap) {
        try (Environment environment = new AmqpEnvironmentBuilder().build()) {
            Connection receiving = connect(environment, port);
            receiving.management().queue(QUEUE).quorum().queue().declare();
            receiving
                    .consumerBuilder()
                    .queue(QUEUE)
                    .messageHandler((context, message) -> {
                        got.add(new String(message.body(), StandardCharsets.UTF_8));
                        context.accept();
                    })
                    .build();
            Publisher publisher =
                    connect(environment, port).publisherBuilder().queue(QUEUE).build();
            Thread busy = new Thread(() -> publish(publisher), "publishes");
            busy.start();
            publishedMore(busy);
            mishap.run();
            publishedMore(busy);
            enough = true;
            Await.until("the publisher is done", () -> !busy.isAlive());
            Await.until("all that was accepted has come", () -> got.containsAll(accepted));
        }
    }

    private void publishedMore(Thread busy) {
        int before = accepted.size();
        Await.until("more is accepted", Duration.ofSeconds(60), () -> busy.isAlive() && accepted.size() > before + 50);
    }

    private void publish(Publisher publisher) {
        for (int number = 0; !enough; number++) {
            String body = "m" + number;
            try {
                publisher.publish(publisher.message(body.getBytes(StandardCharsets.UTF_8)), context -> {
                    if (context.status() == Publisher.Status.ACCEPTED) {
                        accepted.add(body);
                    }
                });
                LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
            } catch (AmqpException recovering) {
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private static Connection connect(Environment environment, int port) {
        return environment
                .connectionBuilder()
                .host("127.0.0.1")
                .port(port)
                .username(USER)
                .password(USER)
                .recovery()
                .backOffDelayPolicy(BackOffDelayPolicy.fixed(PAUSE))
                .connectionBuilder()
                .build();
    }
}
