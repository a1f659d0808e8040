package io.amqproxy.testkit;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * RabbitMQ 4, which speaks AMQP 1.0 without a plug-in and is not among the packages of every system: a private node out
 * of a folder that {@code .ci/run} makes, {@code ~/.cache/amqproxy/rabbitmq4} or what {@code AMQPROXY_RABBITMQ4} says.
 * Tests of one JVM share it, as they do {@link RabbitMq}.
 *
 * <p>Where the folder could not be made, {@code AMQPROXY_WITHOUT_RABBITMQ4} says why, and its tests are skipped even
 * with {@code CI=true}.
 */
public final class RabbitMq4 {

    private static @Nullable RabbitNode shared;
    private static @Nullable RuntimeException failure;

    private RabbitMq4() {}

    private static Optional<RabbitInstallation> installation() {
        String folder = System.getenv("AMQPROXY_RABBITMQ4");
        return RabbitInstallation.in(
                folder != null
                        ? Path.of(folder)
                        : Path.of(System.getProperty("user.home"), ".cache/amqproxy/rabbitmq4"));
    }

    /** Whether this machine has it. */
    public static boolean isThere() {
        return installation().isPresent();
    }

    /**
     * The shared node; it is stopped when the JVM ends.
     *
     * @throws TestAbortedException if this machine does not have it
     * @throws AssertionError if it does not, could have it, and the environment says {@code CI=true}
     * @throws RuntimeException if the broker does not start; that is not tried again
     */
    public static synchronized RabbitNode shared() {
        if (failure != null) {
            throw new IllegalStateException("RabbitMQ 4 did not start before", failure);
        }
        RabbitNode node = shared;
        if (node == null) {
            try {
                node = start();
            } catch (TestAbortedException e) {
                throw e;
            } catch (RuntimeException e) {
                failure = e;
                throw e;
            }
            shared = node;
            Runtime.getRuntime().addShutdownHook(new Thread(node::close, "stop-rabbitmq4"));
        }
        return node;
    }

    /** Starts a node of the caller's own, which it may stop, and has to close. */
    public static RabbitNode start(String... settings) {
        RabbitInstallation installation = installation().orElseThrow(RabbitMq4::missing);
        return RabbitNode.start(
                installation, new RabbitNode.Place(Ports.free(), null, null), List.of(), List.of(settings));
    }

    private static RuntimeException missing() {
        String reason = System.getenv("AMQPROXY_WITHOUT_RABBITMQ4");
        if (reason != null && !reason.isBlank()) {
            return new TestAbortedException("RabbitMQ 4 is not here: " + reason);
        }
        return Requirements.missing("RabbitMQ 4 in a folder, see .ci/run");
    }
}
