package io.amqproxy.impl.fault;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** RabbitMQ's client for Java. */
class JavaPublisher implements PublishingClient {

    private static final String QUEUE = "published";

    private final int port;
    private @Nullable Connection connection;
    private @Nullable Channel channel;
    private BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    JavaPublisher(int port) {
        this.port = port;
    }

    /** Another library may make it on top of this one. */
    Connection open() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    int port() {
        return port;
    }

    @Override
    public String connect() throws Exception {
        try {
            connection = open();
            channel = null;
            return "connected";
        } catch (AuthenticationFailureException refused) {
            return "refused 403";
        } catch (IOException refused) {
            return "refused";
        }
    }

    @Override
    public String publish(boolean isPatient) throws Exception {
        Channel present = channel;
        if (present != null && !present.isOpen()) {
            channel = null; // It ended before anything was published, which its listener may be told of yet.
            return end(present.getCloseReason());
        }
        try {
            Channel open = channel();
            open.basicPublish("", QUEUE, null, new byte[10]);
        } catch (AlreadyClosedException closed) {
            channel = null; // Of its end its listener may be told yet.
            return end(closed);
        } catch (IOException failure) {
            return failure.getCause() instanceof ShutdownSignalException end ? end(end) : "lost";
        }
        return hear(isPatient);
    }

    private Channel channel() throws IOException {
        Channel present = channel;
        if (present != null) {
            return present;
        }
        BlockingQueue<String> hears = new LinkedBlockingQueue<>();
        Channel next = Objects.requireNonNull(connection).createChannel();
        next.addShutdownListener(end -> hears.add(end(end)));
        next.confirmSelect();
        next.queueDeclare(QUEUE, false, false, false, Map.of());
        next.addConfirmListener(new ConfirmListener() {
            @Override
            public void handleAck(long tag, boolean multiple) {
                hears.add("confirmed");
            }

            @Override
            public void handleNack(long tag, boolean multiple) {
                hears.add("nacked");
            }
        });
        heard = hears;
        channel = next;
        return next;
    }

    private static String end(ShutdownSignalException end) {
        Method reason = end.getReason();
        if (reason instanceof AMQP.Channel.Close close) {
            return "channel " + close.getReplyCode();
        }
        return reason instanceof AMQP.Connection.Close close && !end.isInitiatedByApplication()
                ? "lost " + close.getReplyCode()
                : "lost";
    }

    @Override
    public String hear(boolean isPatient) throws Exception {
        String said = heard.poll(PublishingClient.patience(isPatient).toMillis(), TimeUnit.MILLISECONDS);
        if (said == null) {
            return "late";
        }
        if (said.startsWith("channel")) {
            channel = null;
        }
        return said;
    }

    @Override
    public void close() {
        if (connection != null) {
            connection.abort(5000);
            connection = null;
        }
    }
}
