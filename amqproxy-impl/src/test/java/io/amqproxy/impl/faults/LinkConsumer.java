package io.amqproxy.impl.faults;

import io.amqproxy.impl.faults.Ledger.Name;
import io.amqproxy.testkit.Login;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;

/** Takes what comes by AMQP 1.0, accepts it, and now and then releases a message. */
final class LinkConsumer extends Worker {

    private static final int CREDIT = 20;
    private static final int RELEASES_ONE_IN = 300;
    private static final long LOOK_MILLIS = 100;

    private final RandomGenerator random;
    /** Messages of a connection, so that there are many of those or few. */
    private final int most;

    LinkConsumer(Login login, String queue, Ledger ledger, RandomGenerator random, int most) {
        super(login, queue, ledger);
        this.random = random;
        this.most = most;
    }

    @Override
    void work() throws IOException {
        try (Connection connection = Links.connect(login())) {
            Receiver receiver = connection.openReceiver(
                    Links.address(queue),
                    new ReceiverOptions().creditWindow(CREDIT).autoAccept(false));
            for (int taken = 0; taken < most && !isFinishing(); ) {
                Delivery delivery = receiver.receive(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (delivery != null) {
                    take(delivery);
                    taken++;
                }
            }
        } catch (ClientException failure) {
            throw new IOException(failure);
        }
    }

    private void take(Delivery delivery) throws ClientException {
        Message<byte[]> message = delivery.message();
        byte[] body = message.body();
        Name name = Name.of(Body.name(new String(body, StandardCharsets.US_ASCII)));
        if (!Body.isWhole(body, name)) {
            ledger.damaged(name);
        }
        ledger.consumed(queue, name, !message.firstAcquirer());
        if (random.nextInt(RELEASES_ONE_IN) == 0) {
            delivery.release();
        } else {
            delivery.accept();
        }
    }

    @Override
    boolean isDone() {
        return isFinishing();
    }
}
