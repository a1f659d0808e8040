package io.amqproxy.testkit;

import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;
import org.testcontainers.DockerClientFactory;

/**
 * The one RabbitMQ that the tests of a JVM share: a container where a Docker engine runs, otherwise a private node of
 * an installed server. It starts when first asked for and is stopped when the JVM ends.
 *
 * <p>As it is shared, a test gives its queues, users and virtual hosts names of its own, and compares totals with what
 * they were before. A test that stops or blocks the broker starts its own {@link RabbitNode}.
 */
public final class RabbitMq {

    private static @Nullable BrokerNode shared;
    private static @Nullable RuntimeException failure;

    private RabbitMq() {}

    /**
     * The shared broker.
     *
     * @throws TestAbortedException if this machine has neither Docker nor RabbitMQ
     * @throws AssertionError if it has neither, and the environment says {@code CI=true}
     * @throws RuntimeException if it has, but the broker does not start; that is not tried again
     */
    public static synchronized BrokerNode shared() {
        if (failure != null) {
            throw new IllegalStateException("RabbitMQ did not start before", failure);
        }
        if (shared == null) {
            try {
                shared = start();
            } catch (TestAbortedException e) {
                throw e;
            } catch (RuntimeException e) {
                failure = e;
                throw e;
            }
        }
        return shared;
    }

    private static BrokerNode start() {
        if (DockerClientFactory.instance().isDockerAvailable()) {
            return RabbitContainer.start(); // Testcontainers removes it when the JVM ends.
        }
        if (RabbitNode.isInstalled()) {
            RabbitNode node = RabbitNode.start();
            Runtime.getRuntime().addShutdownHook(new Thread(node::close, "stop-rabbitmq"));
            return node;
        }
        throw Requirements.missing("a Docker engine, or an installed rabbitmq-server");
    }
}
