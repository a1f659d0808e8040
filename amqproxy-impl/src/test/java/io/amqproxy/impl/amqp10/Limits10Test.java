package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What clients of AMQP 1.0 may take is bounded as it is for those of 0-9-1. */
@Tag("broker")
class Limits10Test {

    /** More messages than anybody needs to be slowed down. */
    private static final int MOST = 10_000;

    private static EmbeddedBroker broker;

    private final Queue<String> told = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void startBroker() throws Exception {
        broker = EmbeddedBroker.builder().amqp10().start();
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(broker.port());
        try (Connection connection = factory.newConnection()) {
            connection.createChannel().queueDeclare("q", false, false, false, Map.of());
        }
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    private AmqProxy proxy(UnaryOperator<AmqProxy.Builder> settings) {
        return settings.apply(AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listen("127.0.0.1", 0)
                        .loops(1)
                        .listener(new ProxyListener() {
                            @Override
                            public void clientSlowed(ClientInfo client, Duration time) {
                                told.add("slowed");
                            }

                            @Override
                            public void limitReached(String limit, String effect, @Nullable String user) {
                                told.add(limit);
                            }
                        }))
                .start();
    }

    @Test
    void aMessageThatIsTooLargeIsToldOf() throws Exception {
        try (AmqProxy proxy = proxy(builder -> builder.maxMessageSize(64 * 1024));
                RawClient10 client = sender(proxy, "s")) {
            client.transfer(0, 0, 0, false, true, RawClient10.message("x".repeat(70_000)));
            Await.until("it was told", () -> told.contains("maxMessageSize"));
        }
    }

    private static RawClient10 sender(AmqProxy proxy, String link) throws Exception {
        RawClient10 client = new RawClient10(proxy.address().getPort()).open().beginSession(0);
        client.attach(0, 0, link, false, "q");
        return client;
    }

    @Test
    void whoSendsMoreMessagesThanItsUserMayIsSlowedDown() throws Exception {
        try (AmqProxy proxy = proxy(builder -> builder.limits(limits -> limits.messagesPerSecond(10)));
                RawClient10 client = sender(proxy, "s")) {
            for (int id = 0; id < MOST && !told.contains("slowed"); id++) {
                client.transfer(0, 0, id, true, false, RawClient10.message("m"));
            }
            Await.until("it was slowed down", () -> told.contains("slowed"));
        }
    }

    @Test
    void messagesThatComeInPartsShareTheirMemoryAndTakeTurns() throws Exception {
        byte[] message = RawClient10.message("x".repeat(120_000));
        byte[] begin = Arrays.copyOf(message, 60_000);
        byte[] end = Arrays.copyOfRange(message, 60_000, message.length);
        try (AmqProxy proxy = proxy(builder -> builder.maxIncompleteBytes(64 * 1024));
                RawClient10 first = sender(proxy, "first");
                RawClient10 second = sender(proxy, "second")) {
            first.transfer(0, 0, 0, false, true, begin);
            Await.until("the first is on its way", () -> proxy.stats().bytesIn() > begin.length);
            second.transfer(0, 0, 0, false, true, begin);
            Await.until("the second has to wait", () -> !told.isEmpty());
            second.transfer(0, 0, 0, false, false, end);
            first.transfer(0, 0, 0, false, false, end);
            for (RawClient10 one : List.of(first, second)) {
                assertThat(one.expect(CompositeType.DISPOSITION).bool(Performative.DISPOSITION_SETTLED))
                        .isTrue();
            }
        }
    }
}
