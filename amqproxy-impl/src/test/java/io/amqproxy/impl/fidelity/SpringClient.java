package io.amqproxy.impl.fidelity;

import com.rabbitmq.client.ShutdownSignalException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.Connection;
import org.springframework.amqp.rabbit.connection.ConnectionListener;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.DirectMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;

/** What Spring AMQP needs in a scenario, with limits that are short enough for a test. */
final class SpringClient {

    static final long LIMIT_MILLIS = 15_000;
    private static final long RETRY_MILLIS = 100;
    private static final long POLL_MILLIS = 50;

    private SpringClient() {}

    static CachingConnectionFactory factory(ScenarioRun run) throws Exception {
        CachingConnectionFactory factory = new CachingConnectionFactory(JavaClient.factory(run));
        run.closing(factory::destroy);
        return factory;
    }

    static RabbitTemplate template(CachingConnectionFactory factory) {
        RabbitTemplate template = new RabbitTemplate(factory);
        template.setReplyTimeout(LIMIT_MILLIS);
        return template;
    }

    static RabbitAdmin admin(CachingConnectionFactory factory) {
        RabbitAdmin admin = new RabbitAdmin(factory);
        admin.setIgnoreDeclarationExceptions(false);
        return admin;
    }

    /** Tells when the one connection that is kept begins and ends. */
    static ConnectionListener connections(Heard heard) {
        AtomicReference<@Nullable ShutdownSignalException> last = new AtomicReference<>();
        return new ConnectionListener() {
            @Override
            public void onCreate(@Nullable Connection connection) {
                heard.add("connected");
            }

            @Override
            public void onShutDown(ShutdownSignalException signal) {
                if (last.getAndSet(signal) != signal) { // Spring tells it more than once.
                    heard.add("connection ends, " + signal.getMessage());
                }
            }
        };
    }

    /** One of the two kinds of containers. */
    enum Kind {
        SIMPLE {
            @Override
            AbstractMessageListenerContainer create(CachingConnectionFactory factory) {
                SimpleMessageListenerContainer container = new SimpleMessageListenerContainer(factory);
                container.setReceiveTimeout(POLL_MILLIS);
                container.setMissingQueuesFatal(false);
                return container;
            }
        },
        DIRECT {
            @Override
            AbstractMessageListenerContainer create(CachingConnectionFactory factory) {
                DirectMessageListenerContainer container = new DirectMessageListenerContainer(factory);
                container.setMonitorInterval(RETRY_MILLIS);
                return container;
            }
        };

        abstract AbstractMessageListenerContainer create(CachingConnectionFactory factory);

        AbstractMessageListenerContainer container(
                ScenarioRun run, CachingConnectionFactory factory, String... queues) {
            AbstractMessageListenerContainer container = create(factory);
            container.setQueueNames(queues);
            container.setPrefetchCount(1);
            container.setRecoveryInterval(RETRY_MILLIS);
            container.setFailedDeclarationRetryInterval(RETRY_MILLIS);
            container.setShutdownTimeout(LIMIT_MILLIS);
            run.closing(container::destroy);
            return container;
        }

        @Override
        public String toString() {
            return this == SIMPLE ? "simple" : "direct";
        }
    }

    /** A message with what the broker said about it. */
    static String text(@Nullable Message message) {
        if (message == null) {
            return "nothing";
        }
        MessageProperties properties = message.getMessageProperties();
        return "%d%s, exchange '%s', key '%s', %s, %s, %s"
                .formatted(
                        properties.getDeliveryTag(),
                        Boolean.TRUE.equals(properties.isRedelivered()) ? " again" : "",
                        properties.getReceivedExchange(),
                        properties.getReceivedRoutingKey(),
                        properties.getContentType(),
                        properties.getHeaders(),
                        Heard.text(message.getBody()));
    }
}
