package io.amqproxy.impl.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.JavaClients;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.DirectMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;

/** Listeners of Spring AMQP, in both kinds of containers, go on after each fault that consumers can meet. */
@Timeout(300)
class SpringListenerFaultsTest {

    @AutoClose
    private final InMemoryBroker broker = InMemoryBroker.start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstreams(List.of(broker.uri()))
            .acquireTimeout(Duration.ofSeconds(1))
            .listen(0)
            .start();

    private static CachingConnectionFactory factory(int port) {
        ConnectionFactory library = JavaClients.factory();
        library.setPort(port);
        return new CachingConnectionFactory(library);
    }

    /** Whoever publishes does so at the broker itself. */
    private void play(Function<CachingConnectionFactory, AbstractMessageListenerContainer> kind) throws Exception {
        CachingConnectionFactory direct = factory(broker.uri().getPort());
        CachingConnectionFactory faulty = factory(proxy.address().getPort());
        try {
            new RabbitAdmin(direct).declareQueue(new Queue(ConsumerFaults.QUEUE, false));
            RabbitTemplate publisher = new RabbitTemplate(direct);
            ConsumerFaults faults = ConsumerFaults.of091(proxy.faults());
            faults.play(
                    body -> publisher.convertAndSend("", ConsumerFaults.QUEUE, body),
                    new Listener(kind.apply(faulty), faults));
        } finally {
            SpringPublisher.end(faulty);
            SpringPublisher.end(direct);
        }
    }

    private record Listener(AbstractMessageListenerContainer container, ConsumerFaults faults)
            implements ConsumingClient {

        @Override
        public void start() {
            container.setQueueNames(ConsumerFaults.QUEUE);
            container.setRecoveryInterval(100);
            container.setFailedDeclarationRetryInterval(100);
            container.setMissingQueuesFatal(false);
            container.setMessageListener(message -> faults.onBody(new String(message.getBody(), UTF_8)));
            container.start();
        }

        @Override
        public void stop() {
            assertThat(container.isRunning()).isTrue();
            container.destroy();
        }
    }

    @Test
    void inASimpleContainer() throws Exception {
        play(SimpleMessageListenerContainer::new);
    }

    @Test
    void inADirectContainer() throws Exception {
        play(factory -> {
            DirectMessageListenerContainer container = new DirectMessageListenerContainer(factory);
            container.setMonitorInterval(100);
            return container;
        });
    }
}
