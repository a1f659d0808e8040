package io.amqproxy.impl.fault;

import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import java.util.ConcurrentModificationException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.amqp.AmqpAuthenticationException;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.core.NestedExceptionUtils;

/** A template of Spring AMQP with correlated confirms. */
final class SpringPublisher implements PublishingClient {

    private static final String QUEUE = "published";
    private static final Pattern CLOSED = Pattern.compile("#method<(channel|connection).close>\\(reply-code=([0-9]+),");

    private final int port;
    private @Nullable CachingConnectionFactory factory;
    private CorrelationData last = new CorrelationData();

    SpringPublisher(int port) {
        this.port = port;
    }

    @Override
    public String connect() {
        ConnectionFactory library = JavaClients.factory();
        library.setPort(port);
        CachingConnectionFactory made = new CachingConnectionFactory(library);
        made.setCloseTimeout(2000);
        made.setPublisherConfirmType(ConfirmType.CORRELATED);
        made.afterPropertiesSet();
        try {
            new RabbitTemplate(made).execute(channel -> channel.queueDeclare(QUEUE, false, false, false, Map.of()));
        } catch (AmqpAuthenticationException refused) {
            return "refused 403";
        } catch (AmqpException refused) {
            return "refused";
        }
        factory = made;
        return "connected";
    }

    @Override
    public String publish(boolean isPatient) throws Exception {
        last = new CorrelationData();
        try {
            new RabbitTemplate(Objects.requireNonNull(factory)).convertAndSend("", QUEUE, "body", last);
        } catch (AmqpException failure) { // Of a channel that it opens first, or of that of the last message.
            return end(String.valueOf(NestedExceptionUtils.getMostSpecificCause(failure)));
        }
        return hear(isPatient);
    }

    /** What is not confirmed when its channel ends Spring says to be refused, with the channel's end as the cause. */
    @Override
    public String hear(boolean isPatient) throws Exception {
        try {
            CorrelationData.Confirm confirm =
                    last.getFuture().get(PublishingClient.patience(isPatient).toMillis(), TimeUnit.MILLISECONDS);
            String cause = confirm.reason();
            if (confirm.ack()) {
                awaitChannel();
                return "confirmed";
            }
            if (cause == null) {
                return "nacked";
            }
            return end(cause);
        } catch (TimeoutException nothing) {
            return "late";
        } catch (ExecutionException failure) {
            return "? " + failure;
        }
    }

    /** The next message goes by the same channel, once that is back among those that are kept. */
    private void awaitChannel() {
        CachingConnectionFactory channels = Objects.requireNonNull(factory);
        Await.until(
                "a channel is kept",
                () -> !"0".equals(channels.getCacheProperties().getProperty("idleChannelsNotTx")));
    }

    /** What it does not say was the end of a connection may have been that of a channel only. */
    private static String end(String cause) {
        Matcher closed = CLOSED.matcher(cause);
        if (!closed.find()) {
            return "channel";
        }
        return (closed.group(1).equals("channel") ? "channel " : "lost ") + closed.group(2);
    }

    @Override
    public void close() {
        if (factory != null) {
            end(factory);
            factory = null;
        }
    }

    /** Spring's list of channels may change under its own hands, where one is just being closed. */
    static void end(CachingConnectionFactory connections) {
        Await.until("Spring has closed its connections", () -> {
            try {
                connections.destroy();
                return true;
            } catch (ConcurrentModificationException e) {
                return false;
            }
        });
    }
}
