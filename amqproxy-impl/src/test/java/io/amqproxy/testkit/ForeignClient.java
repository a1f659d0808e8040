package io.amqproxy.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Real AMQP clients of other languages, run as child processes against a broker or a proxy.
 *
 * <p>Each plays the same scenarios from a script of its own, in the resources under {@code foreign}. A test says first
 * that it needs one, with {@link #require()}. A child that has not ended after a minute is ended, and fails the test.
 */
public enum ForeignClient {
    /** Python's pika, in the system's Python or the first one on the PATH. */
    PIKA("pika_client.py", "pika_scenarios.py"),

    /** PHP's php-amqplib, written in PHP, as packaged by Debian. */
    PHP_AMQPLIB("php_amqplib_client.php", "php_amqplib_scenarios.php"),

    /** PHP's amqp extension, written in C on top of librabbitmq. */
    PHP_AMQP("php_amqp_client.php", "php_amqp_scenarios.php"),

    /** Node's amqplib; where it is not installed, npm installs it under {@code target}. */
    NODE_AMQPLIB("node_amqplib_client.js", "node_amqplib_scenarios.js");

    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final String script;
    private final String scenarios;

    ForeignClient(String script, String scenarios) {
        this.script = script;
        this.scenarios = scenarios;
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

    /**
     * Plays one of the scenarios of the client's second script, which are named there.
     *
     * @param prefix what names of queues and the like begin with
     * @param helper does at the broker what the script asks for
     * @return what came of it, line by line
     * @throws AssertionError if the script fails, or takes longer than five minutes
     */
    public List<String> play(Login login, String scenario, String prefix, Consumer<String> helper) {
        Path directory = TempFiles.createDirectory("foreign");
        try {
            return Conversation.with(process(login, directory, scenarios, scenario, prefix), LIMIT, helper);
        } finally {
            TempFiles.delete(directory);
        }
    }

    /** What the scripts include. */
    private List<String> parts() {
        return switch (this) {
            case PHP_AMQPLIB, PHP_AMQP -> List.of("php_client.php", "php_scenario.php");
            case PIKA, NODE_AMQPLIB -> List.of();
        };
    }

    private ProcessBuilder process(Login login, Path directory, String script, String... arguments) {
        Interpreter interpreter =
                Interpreter.of(this).orElseThrow(() -> new IllegalStateException(this + " is not on this machine"));
        Path file = copyResource(script, directory);
        parts().forEach(part -> copyResource(part, directory));
        ProcessBuilder builder = interpreter.process(
                Stream.concat(Stream.of(file.toString()), Stream.of(arguments)).toArray(String[]::new));
        builder.environment()
                .putAll(Map.of(
                        "AMQP_HOST", login.host(),
                        "AMQP_PORT", Integer.toString(login.port()),
                        "AMQP_USER", login.user(),
                        "AMQP_PASSWORD", login.password(),
                        "AMQP_VHOST", login.vhost()));
        Path authorities = login.tlsAuthorities();
        if (authorities != null) {
            builder.environment().put("AMQP_TLS_AUTHORITIES", authorities.toString());
        }
        return builder;
    }

    private String run(Login login, String scenario, String queue, int count, String prefix) {
        Path directory = TempFiles.createDirectory("foreign");
        try {
            ProcessBuilder builder =
                    process(login, directory, script, scenario, queue, Integer.toString(count), prefix);
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
