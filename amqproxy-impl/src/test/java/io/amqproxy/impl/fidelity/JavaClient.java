package io.amqproxy.impl.fidelity;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BlockedCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.ReturnCallback;
import com.rabbitmq.client.ShutdownListener;
import com.rabbitmq.client.ShutdownSignalException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One connection of the RabbitMQ Java client in a run of a scenario. */
final class JavaClient implements AutoCloseable {

    private static final int LIMIT_MILLIS = 60_000;
    private static final int ABORT_MILLIS = 2000;

    private static final Pattern UNSET = Pattern.compile("(headers|priority|timestamp|type|expiration|"
            + "(content|correlation|message|user|app|cluster|reply|delivery)-[a-z]+)=null(, )?");

    private final ScenarioRun run;
    private final String name;
    private final Connection connection;
    private final AtomicReference<@Nullable Socket> socket;

    private JavaClient(ScenarioRun run, String name, Connection connection, AtomicReference<@Nullable Socket> socket) {
        this.run = run;
        this.name = name;
        this.connection = connection;
        this.socket = socket;
    }

    /** What a scenario does with one client, whose connection is opened before and closed after it. */
    interface Play {
        void in(ScenarioRun run, JavaClient client) throws Exception;
    }

    static Scenario scenario(String name, Play play, Scenario.Trait... traits) {
        return Scenario.of(
                "Java client: " + name,
                run -> {
                    JavaClient client = open(run, "a");
                    play.in(run, client);
                    client.leave();
                },
                traits);
    }

    static JavaClient open(ScenarioRun run, String name) throws Exception {
        return open(run, name, factory -> {});
    }

    static JavaClient open(ScenarioRun run, String name, Consumer<ConnectionFactory> settings) throws Exception {
        ConnectionFactory factory = factory(run);
        AtomicReference<@Nullable Socket> socket = new AtomicReference<>();
        factory.setSocketConfigurator(opened -> {
            opened.setTcpNoDelay(true);
            socket.set(opened);
        });
        settings.accept(factory);
        return run.closing(new JavaClient(run, name, factory.newConnection(name), socket));
    }

    /** Without recovery, and with a limit to all waiting. */
    static ConnectionFactory factory(ScenarioRun run) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(run.login().uri());
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        factory.setChannelRpcTimeout(LIMIT_MILLIS);
        factory.setHandshakeTimeout(LIMIT_MILLIS);
        factory.setConnectionTimeout(LIMIT_MILLIS);
        return factory;
    }

    Connection connection() {
        return connection;
    }

    Channel channel() throws Exception {
        Channel channel = connection.createChannel();
        if (channel == null) {
            throw new AssertionError(name + " has no more channels");
        }
        return channel;
    }

    /** A channel in confirm mode. */
    Channel confirming() throws Exception {
        Channel channel = channel();
        channel.confirmSelect();
        return channel;
    }

    /** Declares a queue of this run that ends with the broker, and publishes so many messages to it. */
    Channel filled(String queue, int count) throws Exception {
        Channel channel = confirming();
        channel.queueDeclare(run.name(queue), false, false, false, null);
        for (int i = 1; i <= count; i++) {
            channel.basicPublish("", run.name(queue), null, bytes(queue + " " + i));
        }
        channel.waitForConfirmsOrDie(LIMIT_MILLIS);
        return channel;
    }

    void leave() throws InterruptedException {
        run.attempt(name + " closes", () -> {
            connection.close(LIMIT_MILLIS);
            return "ok";
        });
    }

    /** Ends the way a killed process does. */
    void vanish() throws Exception {
        Socket open = socket.get();
        if (open != null) {
            open.setSoLinger(true, 0);
            open.close();
        }
    }

    @Override
    public void close() {
        connection.abort(ABORT_MILLIS);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static AMQP.BasicProperties replyTo(String queue) {
        return new AMQP.BasicProperties.Builder().replyTo(queue).build();
    }

    static AMQP.BasicProperties headers(Map<String, Object> headers) {
        return new AMQP.BasicProperties.Builder().headers(headers).build();
    }

    static ShutdownListener shutdown(Heard heard) {
        return signal -> heard.add("shutdown, " + text(signal));
    }

    private static String text(ShutdownSignalException signal) {
        return (signal.isHardError() ? "connection, " : "channel, ")
                + (signal.isInitiatedByApplication() ? "ours, " : "theirs, ")
                + signal.getMessage();
    }

    static ReturnCallback returned(Heard heard) {
        return (Return message) -> heard.add("returned %d %s, exchange '%s', key '%s', %s, %s"
                .formatted(
                        message.getReplyCode(),
                        message.getReplyText(),
                        message.getExchange(),
                        message.getRoutingKey(),
                        text(message.getProperties()),
                        Heard.text(message.getBody())));
    }

    static BlockedCallback blocked(Heard heard) {
        return reason -> heard.add("blocked, " + reason);
    }

    /** What {@code basic.get} got. */
    static String got(@Nullable GetResponse response) {
        return response == null
                ? "nothing"
                : delivery(response.getEnvelope(), response.getProps(), response.getBody())
                        + ", "
                        + response.getMessageCount()
                        + " left";
    }

    private static String delivery(Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
        return "delivery %d%s, exchange '%s', key '%s', %s, %s"
                .formatted(
                        envelope.getDeliveryTag(),
                        envelope.isRedeliver() ? " again" : "",
                        envelope.getExchange(),
                        envelope.getRoutingKey(),
                        text(properties),
                        Heard.text(body));
    }

    /** Without those that are not set. */
    private static String text(AMQP.BasicProperties properties) {
        StringBuilder text = new StringBuilder();
        properties.appendPropertyDebugStringTo(text);
        return UNSET.matcher(text).replaceAll("");
    }

    /** A consumer that only listens. */
    static DefaultConsumer consumer(Channel channel, Heard heard) {
        return new Listening(channel, heard);
    }

    private static final class Listening extends DefaultConsumer {

        private final Heard heard;

        Listening(Channel channel, Heard heard) {
            super(channel);
            this.heard = heard;
        }

        @Override
        public void handleConsumeOk(String tag) {
            heard.add("consume-ok " + tag);
        }

        @Override
        public void handleCancelOk(String tag) {
            heard.add("cancel-ok " + tag);
        }

        @Override
        public void handleCancel(String tag) {
            heard.add("cancelled by the broker " + tag);
        }

        @Override
        public void handleRecoverOk(String tag) {
            heard.add("recover-ok " + tag);
        }

        @Override
        public void handleShutdownSignal(String tag, ShutdownSignalException signal) {
            heard.add("consumer " + tag + " ends, " + text(signal));
        }

        @Override
        public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
            heard.add(tag + " " + delivery(envelope, properties, body));
        }
    }
}
