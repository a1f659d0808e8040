package io.amqproxy.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/** RabbitMQ in a container, for machines with a Docker engine. */
public final class RabbitContainer implements BrokerNode, AutoCloseable {

    private static final String IMAGE = "rabbitmq:3.13-alpine";
    private static final int AMQP_PORT = 5672;
    private static final Duration START_LIMIT = Duration.ofMinutes(3);

    private final GenericContainer<?> container;

    private RabbitContainer(GenericContainer<?> container) {
        this.container = container;
    }

    /** Starts a container and waits until the broker serves. */
    public static RabbitContainer start() {
        GenericContainer<?> container = new GenericContainer<>(IMAGE)
                .withExposedPorts(AMQP_PORT)
                .waitingFor(Wait.forLogMessage(".*Server startup complete.*", 1).withStartupTimeout(START_LIMIT));
        container.start();
        return new RabbitContainer(container);
    }

    @Override
    public Login login() {
        return new Login(container.getHost(), container.getMappedPort(AMQP_PORT), "guest", "guest", "/", null);
    }

    @Override
    public String ctl(String... arguments) {
        try {
            String[] command = Stream.concat(Stream.of("rabbitmqctl", "-q"), Stream.of(arguments))
                    .toArray(String[]::new);
            ExecResult result = container.execInContainer(command);
            if (result.getExitCode() != 0) {
                throw new IllegalStateException("%s: exit code %d%n%s%s"
                        .formatted(
                                String.join(" ", command),
                                result.getExitCode(),
                                result.getStdout(),
                                result.getStderr()));
            }
            return result.getStdout();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String eval(String expression) {
        return ctl("eval", expression + ".").strip();
    }

    /** Stops and removes the container. */
    @Override
    public void close() {
        container.stop();
    }
}
