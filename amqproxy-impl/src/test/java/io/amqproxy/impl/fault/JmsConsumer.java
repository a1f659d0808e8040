package io.amqproxy.impl.fault;

import io.amqproxy.testkit.Broker10;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.net.URI;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.qpid.jms.JmsConnection;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.apache.qpid.jms.JmsConnectionListener;
import org.apache.qpid.jms.message.JmsInboundMessageDispatch;
import org.jspecify.annotations.Nullable;

/**
 * Qpid JMS with fail-over: the library makes connections anew with all that is on them, and this the sessions and
 * consumers that end alone.
 */
final class JmsConsumer implements ConsumingClient {

    private static final long PAUSE_MILLIS = 50;

    private final Broker10 broker;
    private final int port;
    private final Consumer<String> onBody;
    private final ExecutorService repairs = Executors.newSingleThreadExecutor();
    private final Executor later = CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, repairs);
    private @Nullable Connection connection;

    JmsConsumer(Broker10 broker, int port, Consumer<String> onBody) {
        this.broker = broker;
        this.port = port;
        this.onBody = onBody;
    }

    @Override
    public void start() throws Exception {
        String uri = "failover:(amqp://127.0.0.1:" + port + "?amqp.vhost=" + broker.hostname()
                + ")?failover.useReconnectBackOff=false&failover.reconnectDelay=" + PAUSE_MILLIS;
        JmsConnection made = (JmsConnection) new JmsConnectionFactory("guest", "guest", uri).createConnection();
        made.addConnectionListener(new Ends());
        made.start();
        connection = made;
        consume();
    }

    private void consume() throws JMSException {
        Session session = Objects.requireNonNull(connection).createSession(false, Session.AUTO_ACKNOWLEDGE);
        session.createConsumer(session.createQueue(broker.address(ConsumerFaults.QUEUE)))
                .setMessageListener(message -> {
                    try {
                        onBody.accept(message.getBody(String.class));
                    } catch (JMSException unreadable) {
                        throw new IllegalStateException(unreadable);
                    }
                });
    }

    private void consumeAgain() {
        try {
            consume();
        } catch (JMSException notYet) {
            later.execute(this::consumeAgain);
        }
    }

    @Override
    public void stop() throws JMSException {
        repairs.shutdownNow();
        Objects.requireNonNull(connection).close();
    }

    /** Only ends of sessions and consumers are of interest. */
    private final class Ends implements JmsConnectionListener {

        @Override
        public void onSessionClosed(Session session, Throwable cause) {
            repairs.execute(JmsConsumer.this::consumeAgain);
        }

        @Override
        public void onConsumerClosed(MessageConsumer consumer, Throwable cause) {
            repairs.execute(JmsConsumer.this::consumeAgain);
        }

        @Override
        public void onProducerClosed(MessageProducer producer, Throwable cause) {}

        @Override
        public void onConnectionEstablished(URI remote) {}

        @Override
        public void onConnectionFailure(Throwable error) {}

        @Override
        public void onConnectionInterrupted(URI remote) {}

        @Override
        public void onConnectionRestored(URI remote) {}

        @Override
        public void onInboundMessage(JmsInboundMessageDispatch message) {}
    }
}
