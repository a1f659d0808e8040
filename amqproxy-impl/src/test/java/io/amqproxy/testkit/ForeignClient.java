package io.amqproxy.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Real AMQP clients of other languages, run as child processes against a broker or a proxy.
 *
 * <p>Each plays the same scenarios from a script of its own, in the resources under {@code foreign}. A test says first
 * that it needs one, with {@link #require()}. A child that has not ended after a minute is ended, and fails the test.
 */
public enum ForeignClient {
    /** Python's pika, in the system's Python or the first one on the PATH. */
    PIKA("pika_client.py"),

    /** PHP's php-amqplib, written in PHP, as packaged by Debian. */
    PHP_AMQPLIB("php_amqplib_client.php"),

    /** PHP's amqp extension, written in C on top of librabbitmq. */
    PHP_AMQP("php_amqp_client.php"),

    /** Node's amqplib; where it is not installed, npm installs it under {@code target}. */
    NODE_AMQPLIB("node_amqplib_client.js");

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final String script;

    ForeignClient(String script) {
        this.script = script;
    }

    /** Whether this machine has the client. */
    public boolean isAvailable() {
        return Interpreter.of(this).isPresent();
    }

    /**
     * Skips the test where this machine does not have the client; see {@link Requirements}.
     *
     * @return this client
     */
    public ForeignClient require() {
        Requirements.check(isAvailable(), "the client " + this);
        return this;
    }

    /**
     * Publishes messages the way a short-lived script does: connects, opens a channel, publishes one message, closes
     * the channel and the connection; one after the other, without confirms.
     *
     * @param queue an existing queue, reached through the default exchange
     * @param count how many messages
     * @param prefix the bodies are {@code prefix-0}, {@code prefix-1} and so on
     * @throws AssertionError if the client reports an error
     */
    public void publishEach(Login login, String queue, int count, String prefix) {
        run(login, "publish-each", queue, count, prefix);
    }

    /**
     * Declares a queue, publishes 100 messages with confirms, consumes them with a prefetch of 10, acks and checks
     * them, and deletes the queue.
     *
     * @param queue a queue that does not exist
     * @throws AssertionError if the client reports an error, or got something else
     */
    public void roundtrip(Login login, String queue) {
        run(login, "roundtrip", queue, 0, name());
    }

    /**
     * Connects, and closes the connection if that worked.
     *
     * @return {@code OK}, or {@code ERROR <exception class> <reply code, or a dash> <text>}: what the client makes of
     *     the refusal, in one line
     */
    public String expectError(Login login) {
        return run(login, "expect-error", "", 0, "").strip();
    }

    private String run(Login login, String scenario, String queue, int count, String prefix) {
        Interpreter interpreter =
                Interpreter.of(this).orElseThrow(() -> new IllegalStateException(this + " is not on this machine"));
        Path directory = TempFiles.createDirectory("foreign");
        try {
            Path file = copyResource(script, directory);
            ProcessBuilder builder =
                    interpreter.process(file.toString(), scenario, queue, Integer.toString(count), prefix);
            builder.environment()
                    .putAll(Map.of(
                            "AMQP_HOST", login.host(),
                            "AMQP_PORT", Integer.toString(login.port()),
                            "AMQP_USER", login.user(),
                            "AMQP_PASSWORD", login.password(),
                            "AMQP_VHOST", login.vhost()));
            Processes.Output output = Processes.run(builder, LIMIT);
            if (output.exitCode() != 0) {
                throw new AssertionError("%s, scenario %s: exit code %d%n%s%s"
                        .formatted(this, scenario, output.exitCode(), output.text(), output.errors()));
            }
            return output.text();
        } finally {
            TempFiles.delete(directory);
        }
    }

    /** Copies a file of the test resources out of what may be a jar. */
    static Path copyResource(String name, Path directory) {
        Path file = directory.resolve(Path.of(name).getFileName());
        try (InputStream content = ForeignClient.class.getResourceAsStream("/foreign/" + name)) {
            if (content == null) {
                throw new IllegalStateException("No test resource foreign/" + name);
            }
            Files.write(file, content.readAllBytes());
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
