package io.amqproxy.impl.faults;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.amqproxy.impl.faults.Ledger.Name;
import io.amqproxy.testkit.Login;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/** Opens a connection for each message, as a page of PHP does. */
final class ShortPublisher extends ChannelPublisher {

    private static final long LIMIT_MILLIS = 10_000;
    private static final long PAUSE_MILLIS = 10;

    ShortPublisher(Login login, String queue, Ledger ledger, RandomGenerator random) {
        super(login, queue, ledger, random);
    }

    @Override
    void work() throws IOException, TimeoutException, InterruptedException {
        int number = nextNumber();
        boolean confirmed = false;
        try (Connection connection = connect(false)) {
            Channel channel = open(connection);
            Name name = name(number);
            publish(channel, name);
            confirmed = channel.waitForConfirms(LIMIT_MILLIS);
            if (confirmed) {
                ledger.confirmed(name);
            }
        } finally {
            if (!confirmed) {
                unknown(number);
            }
        }
        Thread.sleep(PAUSE_MILLIS); // Its pace.
    }
}
