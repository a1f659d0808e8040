package io.amqproxy.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.AmqProxy;
import io.amqproxy.LeaseInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import io.amqproxy.testing.InMemoryBroker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An example: the proxy as the front of a test broker. It tells the test what the code under test did on its
 * connection, and ends that connection when the test says so; neither needs a hook in the code under test.
 */
@Timeout(300)
class TestBrokerFrontTest {

    private final BlockingQueue<Long> publishedPerChannel = new LinkedBlockingQueue<>();
    private InMemoryBroker broker;
    private AmqProxy front;
    private OrderService service;

    @BeforeEach
    void start() throws Exception {
        broker = InMemoryBroker.start();
        front = AmqProxy.builder()
                .upstreams(List.of(broker.uri()))
                .listen(0) // A free port: tests can run side by side.
                .listener(new ProxyListener() {
                    @Override
                    public void channelReleased(LeaseInfo lease, Release release) {
                        publishedPerChannel.add(release.published());
                    }
                })
                .start();
        service = new OrderService(front.address().getPort());
    }

    @AfterEach
    void stop() throws Exception {
        service.close();
        front.close();
        broker.close();
    }

    @Test
    void eachOrderIsPublishedOnce() throws Exception {
        service.place("one");
        service.place("two");
        service.close();

        assertThat(publishedPerChannel.poll(30, TimeUnit.SECONDS)).isEqualTo(2);
    }

    @Test
    void anOrderIsAcceptedAgainAfterTheConnectionWasLost() throws Exception {
        service.place("one");
        front.clients().forEach(client -> front.closeClient(client.id(), "the test wants it so"));

        // The service's client connects again by itself, at the same port.
        while (!service.tryToPlace("two")) {
            Thread.sleep(10); // The test's own time bounds it.
        }
        assertThat(front.stats().clientsTotal()).isEqualTo(2);
    }

    /** The code under test. It knows nothing of the test, except at which port its broker is. */
    private static final class OrderService implements AutoCloseable {

        private final Connection connection;
        private final Channel channel;

        OrderService(int brokerPort) throws IOException, TimeoutException {
            ConnectionFactory factory = new ConnectionFactory();
            factory.setPort(brokerPort);
            factory.setNetworkRecoveryInterval(10);
            connection = factory.newConnection();
            channel = connection.createChannel();
            channel.confirmSelect();
            channel.queueDeclare("orders", false, false, false, null);
        }

        void place(String order) throws Exception {
            channel.basicPublish("", "orders", null, order.getBytes(StandardCharsets.UTF_8));
            channel.waitForConfirmsOrDie(30_000);
        }

        boolean tryToPlace(String order) throws Exception {
            try {
                place(order);
                return true;
            } catch (ShutdownSignalException e) {
                return false; // Says with which code and text the connection was closed.
            } catch (IOException e) {
                return false; // The socket was closed while it wrote.
            }
        }

        @Override
        public void close() throws IOException {
            if (connection.isOpen()) {
                connection.close();
            }
        }
    }
}
