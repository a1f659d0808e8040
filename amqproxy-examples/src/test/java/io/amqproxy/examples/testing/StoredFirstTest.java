package io.amqproxy.examples.testing;

import static io.amqproxy.examples.testing.RecorderAssert.assertThat;
import static io.amqproxy.trace.TraceMatcher.acknowledged;
import static io.amqproxy.trace.TraceMatcher.delivered;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testing.InMemoryBroker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worry of consumers: is a message acknowledged before it is stored, so that a crash in between loses it? */
@Timeout(300)
class StoredFirstTest {

    @AutoClose
    private static final InMemoryBroker broker = InMemoryBroker.start();

    @RegisterExtension
    final BrokerFront front = new BrokerFront(broker::uri);

    @Test
    void noMessageIsAcknowledgedBeforeItIsStored() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        BlockingQueue<String> storing = new LinkedBlockingQueue<>();
        try (Archive archive = new Archive(front.port(), text -> {
            storing.add(text);
            awaitUninterruptibly(goOn);
        })) {
            archive.send("one");
            assertThat(storing.take()).isEqualTo("one");
            // What was sent before the answer to this, on the same connection, the proxy has read.
            archive.isThere();
            assertThat(front.recorder()).has(1, delivered().withBody("one")).hasNo(acknowledged());

            // The connection is lost while the message is being stored: the broker delivers it again.
            front.faults().cutClients(FaultScope.all(), Cut.RESET);
            goOn.countDown();
            assertThat(front.recorder())
                    .soonHas(delivered().with("redelivered", true).withBody("one"))
                    .soonHas(acknowledged())
                    .hasFirst(delivered().with("redelivered", true), acknowledged());
            assertThat(storing.take()).isEqualTo("one");
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The code under test. */
    private static final class Archive implements AutoCloseable {

        private final Connection connection;

        Archive(int port, Consumer<String> store) throws Exception {
            ConnectionFactory factory = new ConnectionFactory();
            factory.setPort(port);
            factory.setNetworkRecoveryInterval(10);
            connection = factory.newConnection();
            Channel channel = connection.createChannel();
            channel.queueDeclare("archive", false, false, false, null);
            channel.basicConsume(
                    "archive",
                    false,
                    (tag, delivery) -> {
                        store.accept(new String(delivery.getBody(), StandardCharsets.UTF_8));
                        channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                    },
                    tag -> {});
        }

        /** Asks the broker whether the queue is there, and waits for its answer. */
        void isThere() throws Exception {
            try (Channel channel = connection.createChannel()) {
                channel.queueDeclarePassive("archive");
            }
        }

        void send(String text) throws Exception {
            try (Channel channel = connection.createChannel()) {
                channel.basicPublish("", "archive", null, text.getBytes(StandardCharsets.UTF_8));
            }
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
