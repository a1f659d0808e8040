package io.amqproxy.impl.faults;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.MessageProperties;
import io.amqproxy.impl.faults.Ledger.Name;
import io.amqproxy.testkit.Login;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** Publishes numbered messages with confirms, and those again of which it does not know what became of them. */
abstract class Publisher extends Worker {

    private static final AMQP.BasicProperties PERSISTENT = MessageProperties.PERSISTENT_BASIC;
    private static final int LARGE = 300_000;
    private static final int SMALL = 300;

    private final RandomGenerator random;
    private final TreeSet<Integer> unknown = new TreeSet<>();
    private int session;
    private int next;

    Publisher(Login login, String queue, Ledger ledger, RandomGenerator random) {
        super(login, queue, ledger);
        this.random = random;
    }

    /** A channel for the next session. */
    Channel open(Connection connection) throws IOException {
        session++;
        Channel channel = connection.createChannel();
        channel.confirmSelect();
        channel.addReturnListener(returned ->
                ledger.returned(Name.of(Body.name(new String(returned.getBody(), StandardCharsets.UTF_8)))));
        return channel;
    }

    /** The number to send next; new ones only come after all that are sent again. */
    int nextNumber() {
        Integer again = unknown.pollFirst();
        return again == null ? next++ : again;
    }

    boolean hasUnknown() {
        return !unknown.isEmpty();
    }

    void unknown(int number) {
        unknown.add(number);
    }

    Name name(int number) {
        return new Name(queue, session, number);
    }

    void publish(Channel channel, Name name) throws IOException {
        ledger.published(name);
        int padding = random.nextInt(random.nextInt(50) == 0 ? LARGE : SMALL);
        channel.basicPublish("", queue, true, PERSISTENT, Body.of(name, padding));
    }

    @Override
    boolean isDone() {
        return isFinishing() && unknown.isEmpty();
    }
}
