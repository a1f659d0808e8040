package io.amqproxy.examples;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ProxyStats;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * The proxy inside a host application: it is started with the application, on a port that the system chooses, its
 * address is handed to the parts that connect for one message only, and it is drained when the application ends.
 *
 * <p>Expects a broker with user {@code guest}, and a queue {@code reports}.
 */
public final class EmbeddedInApplication {

    private EmbeddedInApplication() {}

    /** The broker's URL may be given as the first argument. */
    public static void main(String[] args) throws IOException, TimeoutException {
        ProxyStats stats = run(args.length > 0 ? args[0] : "amqp://127.0.0.1:5672");
        System.out.printf(
                "%d clients published %d messages over %d connections to the broker%n",
                stats.clientsTotal(), stats.published(), stats.upstreamsTotal());
    }

    static ProxyStats run(String broker) throws IOException, TimeoutException {
        try (AmqProxy proxy = AmqProxy.builder().upstream(broker).listen(0).start()) {
            for (int i = 0; i < 10; i++) {
                report(proxy.address(), "report " + i);
            }
            proxy.drain(Duration.ofSeconds(10)); // Lets others finish that are still at it.
            return proxy.stats();
        }
    }

    /** A part of the application that knows no better than to connect each time, and to log in as itself. */
    private static void report(InetSocketAddress address, String text) throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost(address.getHostString());
        factory.setPort(address.getPort());
        factory.setUsername("guest");
        factory.setPassword("guest");
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            channel.basicPublish("", "reports", null, text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
