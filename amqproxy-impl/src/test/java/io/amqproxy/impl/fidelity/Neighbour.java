package io.amqproxy.impl.fidelity;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import io.amqproxy.testkit.Login;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Clients that share upstreams with whatever a scenario does, and must not notice: one publishes with confirms, another
 * one consumes. A beat is a message that was confirmed and consumed.
 */
final class Neighbour implements AutoCloseable {

    private static final int BEAT_SECONDS = 60;
    private static final int ABORT_MILLIS = 1000;

    private final Connection publishing;
    private final Connection consuming;
    private final Channel publisher;
    private final String queue;
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private @Nullable Beating beating;
    private int beats;

    Neighbour(Login login, String queue) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(login.uri());
        factory.setAutomaticRecoveryEnabled(false);
        this.queue = queue;
        publishing = factory.newConnection("neighbour publishing");
        consuming = factory.newConnection("neighbour consuming");
        publisher = publishing.createChannel();
        publisher.queueDeclare(queue, false, false, false, null);
        publisher.confirmSelect();
        Channel consumer = consuming.createChannel();
        consumer.basicQos(10);
        consumer.basicConsume(queue, new DefaultConsumer(consumer) {
            @Override
            public void handleDelivery(
                    String tag,
                    com.rabbitmq.client.Envelope envelope,
                    com.rabbitmq.client.AMQP.BasicProperties properties,
                    byte[] body)
                    throws java.io.IOException {
                consumer.basicAck(envelope.getDeliveryTag(), false);
                received.add(new String(body, StandardCharsets.UTF_8));
            }
        });
    }

    /** Publishes, waits for the confirm, and for the message to be consumed. */
    void beat() throws Exception {
        String body = "beat " + ++beats;
        publisher.basicPublish("", queue, true, null, body.getBytes(StandardCharsets.UTF_8));
        publisher.waitForConfirmsOrDie(TimeUnit.SECONDS.toMillis(BEAT_SECONDS));
        String got = received.poll(BEAT_SECONDS, TimeUnit.SECONDS);
        if (!body.equals(got)) {
            throw new AssertionError("the neighbour published '" + body + "' and consumed '" + got + "'");
        }
    }

    /** Begins to beat again and again. */
    void beginBeating() throws Exception {
        beat();
        Beating begun = new Beating();
        beating = begun;
        Thread thread = new Thread(begun, "neighbour");
        thread.setDaemon(true);
        thread.start();
    }

    /** Ends it, with one more beat; throws what went wrong meanwhile. */
    void endBeating() throws Exception {
        Beating ended = beating;
        beating = null;
        if (ended != null) {
            ended.end();
            beat();
        }
    }

    private final class Beating implements Runnable {

        private final CountDownLatch done = new CountDownLatch(1);
        private volatile boolean stopping;
        private volatile @Nullable Throwable failure;

        @Override
        public void run() {
            try {
                while (!stopping) {
                    beat();
                }
            } catch (Throwable hurt) {
                failure = hurt;
            } finally {
                done.countDown();
            }
        }

        void end() throws InterruptedException {
            stopping = true;
            done.await();
            Throwable hurt = failure;
            if (hurt != null) {
                throw new AssertionError("the neighbour was hurt", hurt);
            }
        }
    }

    @Override
    public void close() {
        publishing.abort(ABORT_MILLIS);
        consuming.abort(ABORT_MILLIS);
    }
}
