package io.amqproxy.impl.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MissedHeartbeatException;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.AmqProxy;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import io.amqproxy.testkit.RabbitMq;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.amqp.core.ReturnedMessage;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;
import org.springframework.amqp.rabbit.connection.Connection;
import org.springframework.amqp.rabbit.connection.ConnectionListener;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;

/** What programs with Spring AMQP see of faults that neither the table of publishers nor that of listeners has. */
@Tag("broker")
@Timeout(240)
class SpringFaultsTest {

    private static final String QUEUE = "spring-faults";
    private static final String MISSING = "spring-faults-missing";

    private final Login broker = RabbitMq.shared().login();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstream("amqp://127.0.0.1:" + broker.port())
            .listen(0)
            .start();

    private final BlockingQueue<Object> ends = new LinkedBlockingQueue<>();
    private final CachingConnectionFactory direct = factory(broker.port(), 0);
    private final CachingConnectionFactory faulty = factory(proxy.address().getPort(), 0);
    private final CachingConnectionFactory beating = factory(proxy.address().getPort(), 1);

    SpringFaultsTest() {
        new RabbitTemplate(direct).execute(channel -> channel.queueDeclare(QUEUE, false, false, false, Map.of()));
    }

    @AfterEach
    void leave() {
        SpringPublisher.end(beating);
        SpringPublisher.end(faulty);
        new RabbitTemplate(direct).execute(channel -> channel.queueDelete(QUEUE));
        SpringPublisher.end(direct);
    }

    private CachingConnectionFactory factory(int port, int heartbeat) {
        ConnectionFactory library = JavaClients.factory();
        library.setPort(port);
        library.setUsername(broker.user());
        library.setPassword(broker.password());
        library.setRequestedHeartbeat(heartbeat);
        CachingConnectionFactory factory = new CachingConnectionFactory(library);
        factory.setPublisherConfirmType(ConfirmType.CORRELATED);
        factory.setPublisherReturns(true);
        factory.addConnectionListener(new ConnectionListener() {
            @Override
            public void onCreate(@Nullable Connection connection) {}

            @Override
            public void onShutDown(ShutdownSignalException signal) {
                ends.add(Objects.requireNonNullElse(signal.getCause(), signal));
            }
        });
        return factory;
    }

    private static CorrelationData publish(CachingConnectionFactory factory, String queue, String body)
            throws Exception {
        RabbitTemplate template = new RabbitTemplate(factory);
        template.setMandatory(true);
        CorrelationData published = new CorrelationData();
        template.convertAndSend("", queue, body, published);
        assertThat(published.getFuture().get(30, TimeUnit.SECONDS).ack()).isTrue();
        return published;
    }

    private static @Nullable String returned(CorrelationData published) {
        ReturnedMessage message = published.getReturned();
        return message == null
                ? null
                : message.getReplyCode() + " " + message.getReplyText() + " '" + message.getExchange() + "' "
                        + new String(message.getMessage().getBody(), UTF_8);
    }

    private @Nullable Object left() {
        return new RabbitTemplate(direct).receiveAndConvert(QUEUE);
    }

    @Test
    void aTemplateMissesHeartbeatsAndConnectsAgain() throws Exception {
        try (Fault lost = proxy.faults().loseHeartbeats(FaultScope.all())) {
            publish(beating, QUEUE, "one");
            assertThat(ends.poll(60, TimeUnit.SECONDS)).isInstanceOf(MissedHeartbeatException.class);
            assertThat(lost.count()).isPositive();
            publish(beating, QUEUE, "two");
        }
        assertThat(left()).isEqualTo("one");
        assertThat(left()).isEqualTo("two");
    }

    @Test
    void aListenerMissesHeartbeatsAndConsumesAgain() throws Exception {
        BlockingQueue<String> come = new LinkedBlockingQueue<>();
        SimpleMessageListenerContainer container = new SimpleMessageListenerContainer(beating);
        container.setQueueNames(QUEUE);
        container.setRecoveryInterval(100);
        container.setMessageListener(message -> come.add(new String(message.getBody(), UTF_8)));
        container.start();
        try {
            publish(direct, QUEUE, "one");
            assertThat(come.poll(30, TimeUnit.SECONDS)).isEqualTo("one");
            try (Fault lost = proxy.faults().loseHeartbeats(FaultScope.all())) {
                assertThat(ends.poll(60, TimeUnit.SECONDS)).isInstanceOf(MissedHeartbeatException.class);
                assertThat(lost.count()).isPositive();
            }
            publish(direct, QUEUE, "two");
            assertThat(come.poll(30, TimeUnit.SECONDS)).isEqualTo("two");
        } finally {
            container.destroy();
        }
    }

    @Test
    void aMandatoryMessageIsReturnedAsOneThatNoQueueGets() throws Exception {
        String real = returned(publish(direct, MISSING, "body"));
        assertThat(real).startsWith("312 ");
        try (Fault returned =
                proxy.faults().returnMessages(FaultScope.all().naming(QUEUE).nth(2), 312, "NO_ROUTE")) {
            assertThat(returned(publish(faulty, QUEUE, "first"))).isNull();
            assertThat(returned(publish(faulty, QUEUE, "body"))).isEqualTo(real);
            assertThat(returned(publish(faulty, QUEUE, "third"))).isNull();
            assertThat(returned.count()).isOne();
        }
        assertThat(left()).isEqualTo("first");
        assertThat(left()).isEqualTo("third");
        assertThat(left()).isNull();
    }

    @Test
    @SuppressWarnings("try") // It is blocked for as long as the block lasts.
    void aTemplateIsToldThatItIsBlockedAndUnblocked() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        faulty.createConnection().addBlockedListener(new BlockedListener() {
            @Override
            public void handleBlocked(String reason) {
                told.add(reason);
            }

            @Override
            public void handleUnblocked() {
                told.add("unblocked");
            }
        });
        CorrelationData published = new CorrelationData();
        try (Fault ignored = proxy.faults().block(FaultScope.all(), "low on memory")) {
            new RabbitTemplate(faulty).convertAndSend("", QUEUE, (Object) "body", published);
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("low on memory");
            assertThat(published.getFuture()).isNotDone();
        }
        assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("unblocked");
        assertThat(published.getFuture().get(30, TimeUnit.SECONDS).ack()).isTrue();
    }
}
