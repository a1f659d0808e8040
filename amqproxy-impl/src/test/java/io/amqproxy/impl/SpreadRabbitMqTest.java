package io.amqproxy.impl;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.PoolPolicy;
import io.amqproxy.UpstreamStats;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.RabbitCluster;
import io.amqproxy.testkit.RabbitNode;
import io.amqproxy.testkit.Requirements;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Consumers at the nodes of a cluster, one of which dies. */
@Timeout(600)
@Tag("broker")
@Tag("process")
class SpreadRabbitMqTest {

    private static final String QUEUE = "SpreadRabbitMqTest";
    private static final int CONSUMERS = 6;

    @Test
    void consumersAreSpreadOverTheNodesAndGoOnAtThoseThatAreLeft() throws Exception {
        Requirements.check(RabbitNode.isInstalled(), "rabbitmq-server");
        try (RabbitCluster cluster = RabbitCluster.start(2)) {
            List<String> nodes = cluster.nodes().stream()
                    .map(node -> "127.0.0.1:" + node.login().port())
                    .toList();
            try (AmqProxy proxy = AmqProxy.builder()
                    .upstream("amqp://" + nodes.get(0), "amqp://" + nodes.get(1))
                    .policy(PoolPolicy.spread())
                    .listen("127.0.0.1", 0)
                    .start()) {
                Await.until(
                        "both nodes answer",
                        () -> proxy.stats().endpoints().stream().allMatch(one -> one.reachable()));
                consume(proxy, cluster, nodes);
            }
        }
    }

    private static void consume(AmqProxy proxy, RabbitCluster cluster, List<String> nodes) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        List<Connection> connections = new ArrayList<>();
        AtomicInteger delivered = new AtomicInteger();
        try {
            for (int i = 0; i < CONSUMERS; i++) {
                Connection connection = factory.newConnection();
                connections.add(connection);
                Channel channel = connection.createChannel();
                channel.queueDeclare(QUEUE, true, false, false, null);
                channel.basicQos(10);
                channel.basicConsume(QUEUE, false, (tag, message) -> delivered.incrementAndGet(), tag -> {});
            }
            Await.until(
                    "as many at each",
                    () -> List.copyOf(leased(proxy).values()).equals(List.of(CONSUMERS / 2, CONSUMERS / 2)));
            publish(factory, connections);
            Await.until("all are delivered", () -> delivered.get() == CONSUMERS);

            cluster.nodes().get(1).kill();
            Await.until(
                    "all are at the node that is left", () -> leased(proxy).equals(Map.of(nodes.get(0), CONSUMERS)));
        } finally {
            for (Connection connection : connections) {
                connection.abort();
            }
        }
    }

    private static void publish(ConnectionFactory factory, List<Connection> connections) throws Exception {
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            for (int i = 0; i < connections.size(); i++) {
                channel.basicPublish("", QUEUE, null, new byte[] {1});
            }
        }
    }

    private static Map<String, Integer> leased(AmqProxy proxy) {
        Map<String, Integer> leased = new TreeMap<>();
        for (UpstreamStats upstream : proxy.upstreams()) {
            if (upstream.channelsLeased() > 0) {
                leased.merge(upstream.info().endpoint(), upstream.channelsLeased(), Integer::sum);
            }
        }
        return leased;
    }
}
