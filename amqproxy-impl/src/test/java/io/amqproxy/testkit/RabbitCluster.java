package io.amqproxy.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Private nodes of an installed RabbitMQ that form a cluster on this machine. */
public final class RabbitCluster implements AutoCloseable {

    private final NameService names;
    private final List<RabbitNode> nodes = new ArrayList<>();

    private RabbitCluster(NameService names) {
        this.names = names;
    }

    /**
     * Starts the nodes one after the other, each of which joins those before it.
     *
     * @param size how many nodes
     * @param settings lines for the {@code rabbitmq.conf} of each
     */
    public static RabbitCluster start(int size, String... settings) {
        RabbitCluster cluster;
        try {
            cluster = new RabbitCluster(new NameService());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            cluster.startNodes(size, List.of(settings));
            return cluster;
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    private void startNodes(int size, List<String> settings) {
        String cookie = UUID.randomUUID().toString();
        List<RabbitNode.Place> places = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            places.add(new RabbitNode.Place(Ports.free(), names, cookie));
        }
        List<String> lines = new ArrayList<>(settings);
        lines.add("cluster_formation.peer_discovery_backend = classic_config");
        lines.add("cluster_formation.discovery_retry_limit = 1");
        for (int i = 0; i < size; i++) {
            lines.add("cluster_formation.classic_config.nodes.%d = %s"
                    .formatted(i + 1, places.get(i).nodeName()));
        }
        for (RabbitNode.Place place : places) {
            nodes.add(RabbitNode.start(place, List.of(), lines));
        }
        String expected = Integer.toString(size);
        Await.until(
                "a cluster of " + size,
                () -> nodes.stream()
                        .allMatch(node ->
                                node.eval("length(rabbit_nodes:all_running())").equals(expected)));
    }

    public List<RabbitNode> nodes() {
        return List.copyOf(nodes);
    }

    @Override
    public void close() {
        nodes.forEach(RabbitNode::close);
        names.close();
    }
}
