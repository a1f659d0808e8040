package io.amqproxy.impl.faults;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.impl.faults.Ledger.Name;
import io.amqproxy.testkit.Login;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/** Takes what comes, acknowledges it, and now and then gives a message back. */
final class Consumer extends Worker {

    private static final int PREFETCH = 20;
    private static final int GIVES_BACK_ONE_IN = 300;
    private static final long LOOK_MILLIS = 100;

    private final boolean recovering;
    private final RandomGenerator random;
    private volatile boolean ended;

    /** @param recovering whether the library repairs the connection, or this program opens another one */
    Consumer(Login login, String queue, Ledger ledger, RandomGenerator random, boolean recovering) {
        super(login, queue, ledger);
        this.random = random;
        this.recovering = recovering;
    }

    @Override
    void work() throws IOException, TimeoutException, InterruptedException {
        ended = false;
        try (Connection connection = connect(recovering)) {
            Channel channel = connection.createChannel();
            channel.basicQos(PREFETCH);
            channel.basicConsume(queue, false, new Receiver(channel));
            while (!ended && !isFinishing()) {
                Thread.sleep(LOOK_MILLIS);
            }
        }
    }

    @Override
    boolean isDone() {
        return isFinishing();
    }

    private final class Receiver extends DefaultConsumer {

        Receiver(Channel channel) {
            super(channel);
        }

        @Override
        public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            Name name = Name.of(Body.name(new String(body, StandardCharsets.US_ASCII)));
            if (!Body.isWhole(body, name)) {
                ledger.damaged(name);
            }
            ledger.consumed(queue, name, envelope.isRedeliver());
            if (random.nextInt(GIVES_BACK_ONE_IN) == 0) {
                getChannel().basicNack(envelope.getDeliveryTag(), false, true);
            } else {
                getChannel().basicAck(envelope.getDeliveryTag(), false);
            }
        }

        @Override
        public void handleCancel(String tag) {
            ended = true;
        }

        @Override
        public void handleShutdownSignal(String tag, ShutdownSignalException signal) {
            // The library repairs a connection, but not a channel that was closed alone.
            ended = !recovering || !signal.isHardError();
        }
    }
}
