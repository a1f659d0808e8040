package io.amqproxy.impl.faults;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.MessageProperties;
import io.amqproxy.impl.faults.Ledger.Name;
import io.amqproxy.testkit.Login;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/** Publishes with confirms, by AMQP 0-9-1. */
abstract class ChannelPublisher extends Publisher {

    private static final AMQP.BasicProperties PERSISTENT = MessageProperties.PERSISTENT_BASIC;

    ChannelPublisher(Login login, String queue, Ledger ledger, RandomGenerator random) {
        super(login, queue, ledger, random);
    }

    /** A channel for the next session. */
    Channel open(Connection connection) throws IOException {
        beginSession();
        Channel channel = connection.createChannel();
        channel.confirmSelect();
        channel.addReturnListener(returned ->
                ledger.returned(Name.of(Body.name(new String(returned.getBody(), StandardCharsets.UTF_8)))));
        return channel;
    }

    void publish(Channel channel, Name name) throws IOException {
        channel.basicPublish("", queue, true, PERSISTENT, body(name));
    }
}
