package io.amqproxy.impl.faults;

import io.amqproxy.testkit.Login;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;

/** Connections of AMQP 1.0 for those who work by it. */
final class Links {

    private static final Client CLIENT = Client.create();

    private Links() {}

    static Connection connect(Login login) throws ClientException {
        return CLIENT.connect(
                login.host(),
                login.port(),
                new ConnectionOptions()
                        .user(login.user())
                        .password(login.password())
                        .idleTimeout(2 * Worker.HEARTBEAT_SECONDS, TimeUnit.SECONDS)
                        .openTimeout(Worker.LIMIT_MILLIS)
                        .requestTimeout(Worker.LIMIT_MILLIS)
                        .sendTimeout(Worker.LIMIT_MILLIS)
                        .closeTimeout(Worker.LIMIT_MILLIS));
    }

    /** What RabbitMQ 4 calls a queue. */
    static String address(String queue) {
        return "/queues/" + queue;
    }
}
