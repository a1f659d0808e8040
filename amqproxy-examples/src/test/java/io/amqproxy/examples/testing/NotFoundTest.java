package io.amqproxy.examples.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.faults.FaultScope;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.trace.TraceMatcher;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.amqp.core.MessageListener;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;

/**
 * A worry of consumers: does one whose channel the broker has closed with 404 go on, as with a queue that comes back?
 */
@Timeout(300)
class NotFoundTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    @AutoClose
    private static final InMemoryBroker broker = InMemoryBroker.start();

    @RegisterExtension
    final BrokerFront front = new BrokerFront(broker::uri);

    @Test
    void aListenerOfSpringSurvivesThatItsQueueIsNotFound() throws Exception {
        CachingConnectionFactory factory = new CachingConnectionFactory("127.0.0.1", front.port());
        new RabbitAdmin(factory)
                .declareQueue(QueueBuilder.nonDurable("survivors").build());
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        SimpleMessageListenerContainer container = container(factory, heard);
        container.start();
        front.recorder().await(TraceMatcher.toClient("basic.consume-ok"), SOON);

        int closed =
                front.faults().closeChannels(FaultScope.all(), 404, "NOT_FOUND - no queue 'survivors' in vhost '/'");
        assertThat(closed).isPositive();
        // Until its library knows, the template would publish on one of them, and lose the message.
        front.recorder().await(TraceMatcher.fromClient("channel.close-ok"), closed, SOON);

        new RabbitTemplate(factory).convertAndSend("survivors", "after");
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("after");
        container.stop();
        factory.destroy();
    }

    /** The code under test, as far as it is not Spring's. */
    private static SimpleMessageListenerContainer container(
            CachingConnectionFactory factory, BlockingQueue<String> heard) {
        SimpleMessageListenerContainer container = new SimpleMessageListenerContainer(factory);
        container.setQueueNames("survivors");
        container.setRecoveryInterval(10);
        container.setMessageListener(
                (MessageListener) message -> heard.add(new String(message.getBody(), StandardCharsets.UTF_8)));
        return container;
    }
}
