package io.amqproxy.impl.fault;

import io.amqproxy.testkit.Broker10;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.jspecify.annotations.Nullable;

/**
 * Qpid JMS, which waits for what becomes of a message, in another thread. (What it tells a listener instead it may
 * forget when the connection is lost.)
 */
final class JmsPublisher implements PublishingClient {

    private static final Pattern CONDITION = Pattern.compile("\\[condition = (.*?)]");

    private final Broker10 broker;
    private final int port;
    private final String queue;
    private @Nullable Connection connection;
    private @Nullable Session session;
    private @Nullable MessageProducer producer;
    private CompletableFuture<String> heard = new CompletableFuture<>();
    /** How the connection ended. */
    private CompletableFuture<String> ended = new CompletableFuture<>();

    JmsPublisher(Broker10 broker, int port, String queue) {
        this.broker = broker;
        this.port = port;
        this.queue = queue;
    }

    @Override
    public String connect() {
        String uri = "amqp://127.0.0.1:" + port
                + "?jms.forceSyncSend=true&jms.closeTimeout=2000&jms.requestTimeout=20000&amqp.vhost="
                + broker.hostname();
        try {
            CompletableFuture<String> end = new CompletableFuture<>();
            Connection made = new JmsConnectionFactory("guest", "guest", uri).createConnection();
            made.setExceptionListener(failure -> end.complete("lost" + condition(failure)));
            made.start();
            connection = made;
            ended = end;
            session = null;
            producer = null;
            return "connected";
        } catch (JMSException refused) {
            return "refused";
        }
    }

    private static String condition(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Matcher condition = CONDITION.matcher(String.valueOf(cause.getMessage()));
            if (condition.find()) {
                return " " + condition.group(1);
            }
        }
        return "";
    }

    /**
     * What failed first may be the link, the connection or what was sent; where it was the connection, that says why.
     */
    private String end(Throwable failure) throws Exception {
        String condition = condition(failure);
        if (condition.isEmpty() && String.valueOf(failure.getMessage()).contains("released")) {
            return "released";
        }
        if (condition.endsWith(" amqp:resource-limit-exceeded")) {
            return "nacked";
        }
        return isConnected()
                ? "channel"
                : ended.completeOnTimeout("? " + failure, PublishingClient.LONG.toMillis(), TimeUnit.MILLISECONDS)
                        .get();
    }

    /** Of links and sessions that it knows to be closed it does not always say why. */
    private boolean isConnected() {
        try {
            Objects.requireNonNull(connection).createSession().close();
            return true;
        } catch (JMSException lost) {
            return false;
        }
    }

    @Override
    public String publish(boolean isPatient) throws Exception {
        try {
            if (session == null) {
                session = Objects.requireNonNull(connection).createSession();
                producer = session.createProducer(session.createQueue(broker.address(queue)));
                producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
            }
            Message message = session.createTextMessage("body");
            MessageProducer sender = Objects.requireNonNull(producer);
            heard = CompletableFuture.supplyAsync(() -> send(sender, message));
        } catch (JMSException failure) {
            session = null;
            return end(failure);
        }
        return hear(isPatient);
    }

    private static String send(MessageProducer sender, Message message) {
        try {
            sender.send(message);
            return "confirmed";
        } catch (JMSException failure) {
            throw new CompletionException(failure);
        }
    }

    @Override
    public String hear(boolean isPatient) throws Exception {
        try {
            return heard.get(PublishingClient.patience(isPatient).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException nothing) {
            return "late";
        } catch (ExecutionException failure) {
            String end = end(Objects.requireNonNull(failure.getCause()));
            if (end.startsWith("channel")) {
                session = null;
            }
            return end;
        }
    }

    @Override
    public void roundTrip() throws JMSException {
        Objects.requireNonNull(session)
                .createProducer(session.createQueue(broker.address(queue)))
                .close();
    }

    @Override
    public void close() {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (JMSException lost) {
            // It is not there any more.
        }
        connection = null;
    }
}
