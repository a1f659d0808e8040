package io.amqproxy.examples.testing;

import static io.amqproxy.examples.testing.RecorderAssert.assertThat;
import static io.amqproxy.trace.TraceMatcher.fromClient;
import static io.amqproxy.trace.TraceMatcher.toClient;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.trace.TraceMatcher;
import java.nio.charset.StandardCharsets;
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
import org.springframework.context.support.GenericApplicationContext;

/** A worry of all: is what went with a connection, such as an exclusive queue, declared again after a reconnect? */
@Timeout(300)
@SuppressWarnings("try") // what is opened there is there to be closed
class ReconnectTest {

    private static final TraceMatcher DECLARED = fromClient("queue.declare")
            .with("queue", "replies")
            .with("exclusive", true)
            .with("passive", false);

    @AutoClose
    private static final InMemoryBroker broker = InMemoryBroker.start();

    @RegisterExtension
    final BrokerFront front = new BrokerFront(broker::uri);

    @Test
    void anExclusiveQueueIsDeclaredAgainAfterTheConnectionWasLost() throws Exception {
        CachingConnectionFactory factory = new CachingConnectionFactory("127.0.0.1", front.port());
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        try (GenericApplicationContext context = context(factory, heard)) {
            assertThat(front.recorder()).soonHas(DECLARED).soonHas(toClient("basic.consume-ok"));
            front.recorder().clear();

            front.faults().cutClients(FaultScope.all(), Cut.RESET);

            assertThat(front.recorder()).soonHas(DECLARED).soonHas(toClient("basic.consume-ok"));
            new RabbitTemplate(factory).convertAndSend("replies", "after");
            assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("after");
        } finally {
            factory.destroy();
        }
    }

    /** The code under test, as Spring makes it of an application's beans. */
    private static GenericApplicationContext context(CachingConnectionFactory factory, BlockingQueue<String> heard) {
        GenericApplicationContext context = new GenericApplicationContext();
        context.registerBean(CachingConnectionFactory.class, () -> factory);
        context.registerBean(
                org.springframework.amqp.core.Queue.class,
                () -> QueueBuilder.nonDurable("replies").exclusive().build());
        context.registerBean(RabbitAdmin.class, () -> new RabbitAdmin(factory));
        context.registerBean(SimpleMessageListenerContainer.class, () -> {
            SimpleMessageListenerContainer container = new SimpleMessageListenerContainer(factory);
            container.setQueueNames("replies");
            container.setRecoveryInterval(10);
            container.setMessageListener(
                    (MessageListener) message -> heard.add(new String(message.getBody(), StandardCharsets.UTF_8)));
            return container;
        });
        context.refresh();
        return context;
    }
}
