package io.amqproxy.impl.fault;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * RabbitMQ's client for Java with automatic recovery: the library makes connections anew with all that is on them, and
 * this the channels and consumers that end alone.
 */
final class JavaConsumer implements ConsumingClient {

    private static final long PAUSE_MILLIS = 50;

    private final int port;
    private final Consumer<String> onBody;
    private final ExecutorService repairs = Executors.newSingleThreadExecutor();
    private final Executor later = CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, repairs);
    private @Nullable Connection connection;

    JavaConsumer(int port, Consumer<String> onBody) {
        this.port = port;
        this.onBody = onBody;
    }

    @Override
    public void start() throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(port);
        factory.setNetworkRecoveryInterval(PAUSE_MILLIS);
        connection = factory.newConnection();
        consume();
    }

    private void consume() throws IOException {
        Channel channel = Objects.requireNonNull(connection).createChannel();
        channel.addShutdownListener(end -> {
            if (!end.isHardError() && !end.isInitiatedByApplication()) {
                repairs.execute(() -> consumeAgain(channel));
            }
        });
        channel.basicConsume(
                ConsumerFaults.QUEUE,
                (tag, delivery) -> {
                    onBody.accept(new String(delivery.getBody(), UTF_8));
                    channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                },
                cancelled -> repairs.execute(() -> consumeAgain(channel)));
    }

    /** The library forgets a channel that is aborted. */
    private void consumeAgain(Channel gone) {
        try {
            gone.abort();
            consume();
        } catch (IOException | ShutdownSignalException notYet) {
            later.execute(() -> consumeAgain(gone));
        }
    }

    @Override
    public void stop() {
        repairs.shutdownNow();
        Objects.requireNonNull(connection).abort();
    }
}
