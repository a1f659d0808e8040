package io.amqproxy.examples.testing;

import static io.amqproxy.examples.testing.RecorderAssert.assertThat;
import static io.amqproxy.trace.TraceMatcher.confirmed;
import static io.amqproxy.trace.TraceMatcher.published;
import static io.amqproxy.trace.TraceMatcher.toClient;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.testing.InMemoryBroker;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;

/** A worry of publishers: does a broker that is short of memory slow them, and not make them fail? */
@Timeout(300)
@SuppressWarnings("try") // what is opened there is there to be closed
class BlockedBrokerTest {

    @AutoClose
    private static final InMemoryBroker broker = InMemoryBroker.start();

    @RegisterExtension
    final BrokerFront front = new BrokerFront(broker::uri);

    @Test
    void aBlockedBrokerSlowsATemplateOfSpringAndDoesNotMakeItFail() throws Exception {
        CachingConnectionFactory factory = new CachingConnectionFactory("127.0.0.1", front.port());
        factory.setPublisherConfirmType(ConfirmType.SIMPLE);
        new RabbitAdmin(factory)
                .declareQueue(QueueBuilder.nonDurable("payments").build());

        CompletableFuture<Boolean> allConfirmed;
        try (Fault ignored = front.faults().block(FaultScope.all(), "low on memory")) {
            allConfirmed = CompletableFuture.supplyAsync(() -> pay(factory));
            assertThat(front.recorder()).soonHas(toClient("connection.blocked").with("reason", "low on memory"));
        }

        assertThat(allConfirmed.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(front.recorder())
                .has(10, published("payments"))
                .hasFirst(toClient("connection.unblocked"), confirmed());
        factory.destroy();
    }

    /** The code under test: it publishes on one channel, and waits for the confirms. */
    private static Boolean pay(CachingConnectionFactory factory) {
        return new RabbitTemplate(factory).invoke(operations -> {
            for (int i = 0; i < 10; i++) {
                operations.convertAndSend("", "payments", "payment " + i);
            }
            return operations.waitForConfirms(30_000);
        });
    }
}
