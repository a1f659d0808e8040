package io.amqproxy.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyStats;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the examples that are programs. */
@Timeout(300)
@Tag("broker")
class ExamplesTest {

    @Test
    void theDemonstrationCountsEveryMessageAndThePoolNeedsNoFurtherConnections() throws Exception {
        var results = Demonstration.run(
                new Demonstration.Plan(Duration.ofMillis(1), 3, 30, 20),
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));

        assertThat(results).hasSize(8).allMatch(Demonstration.Result::isComplete);
        assertThat(results.get(0).connections()).isEqualTo(3);
        assertThat(results.get(1).connections()).isEqualTo(3);
        assertThat(results.subList(2, 6)).allMatch(result -> result.connections() == 0);
        assertThat(results.get(6).connections()).isEqualTo(3);
        assertThat(results.get(7).connections()).isZero();
    }

    @Test
    void thePlaygroundNamesABrokerAndAProxyThatClientsCanUse() throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        CountDownLatch end = new CountDownLatch(1);
        ExecutorService runner = Executors.newSingleThreadExecutor();
        Future<?> ended = runner.submit(() -> {
            Playground.run(Duration.ofMillis(1), new PrintStream(said, true, StandardCharsets.UTF_8), end);
            return null;
        });
        try {
            Await.until(
                    "it has begun", () -> said.toString(StandardCharsets.UTF_8).contains("Ctrl-C"));
            List<Integer> ports = Pattern.compile("port (\\d+)")
                    .matcher(said.toString(StandardCharsets.UTF_8))
                    .results()
                    .map(match -> Integer.valueOf(match.group(1)))
                    .toList();
            assertThat(ports).hasSize(2);
            for (int port : ports) {
                publish(Login.guest(port)).close();
            }
        } finally {
            end.countDown();
            ended.get(60, TimeUnit.SECONDS);
            runner.shutdownNow();
        }
    }

    @Test
    void anApplicationPublishesThroughTheProxyInIt() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start()) {
            declareQueue(broker, "reports");

            ProxyStats stats = EmbeddedInApplication.run("amqp://127.0.0.1:" + broker.port());

            assertThat(stats.clientsTotal()).isEqualTo(10);
            assertThat(stats.published()).isEqualTo(10);
            Await.until("reports counted", () -> broker.messagesIn("reports") == 10);
        }
    }

    @Test
    void metricsCountClientsUpstreamsAndLeases() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start()) {
            PoolMetrics metrics = PoolMetrics.run("amqp://127.0.0.1:" + broker.port());

            assertThat(metrics)
                    .hasToString("clients: 10, refused: 0; upstreams opened: 1, failed: 0;"
                            + " leases: {REUSED=10}, waited: 0 ms, not reused: {}");
            assertThat(metrics.reuseRatio()).isEqualTo(1);
        }
    }

    @Test
    void batchClientsGetConnectionsOfTheirOwnAndOthersShare() throws Exception {
        try (EmbeddedBroker broker =
                        EmbeddedBroker.builder().user("batch-1", "secret").start();
                AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listen(0)
                        .policy(new OwnPolicy())
                        .start()) {
            Login guest = Login.guest(proxy.address().getPort());
            Login batch = guest.as("batch-1", "secret");
            try (Connection one = publish(batch);
                    Connection two = publish(batch);
                    Connection three = publish(guest);
                    Connection four = publish(guest)) {
                assertThat(proxy.stats().pools())
                        .extracting(PoolStats::user, PoolStats::upstreams)
                        .containsExactlyInAnyOrder(tuple("batch-1", 2), tuple("guest", 1));
                assertThat(new Connection[] {one, two, three, four}).allMatch(Connection::isOpen);
            }
        }
    }

    /** Returns a connection with a channel that has published. */
    private static Connection publish(Login login) throws Exception {
        Connection connection = connect(login.uri());
        Channel channel = connection.createChannel();
        channel.confirmSelect();
        channel.basicPublish("amq.fanout", "", null, "hello".getBytes(StandardCharsets.UTF_8));
        channel.waitForConfirmsOrDie(30_000);
        return connection;
    }

    private static void declareQueue(EmbeddedBroker broker, String name) throws Exception {
        try (Connection connection = connect(broker.uri());
                Channel channel = connection.createChannel()) {
            channel.queueDeclare(name, false, false, false, null);
        }
    }

    private static Connection connect(URI uri) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(uri);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
