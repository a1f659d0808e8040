package io.amqproxy.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the program, as a process of its own where it comes to listening. */
@Timeout(120)
class MainTest {

    private static final Pattern READY = Pattern.compile(".* INFO +Ready at amqp://127\\.0\\.0\\.1:(\\d+)");

    private final List<String> output = new ArrayList<>();
    private @Nullable Process program;

    @AfterEach
    void end() {
        if (program != null) {
            program.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--no-such-option amqp://127.0.0.1",
                "-p 65536 amqp://127.0.0.1",
                "-p -1 amqp://127.0.0.1",
                "-p five amqp://127.0.0.1",
                "-p",
                "--drain-timeout -1 amqp://127.0.0.1",
                "http://127.0.0.1",
                "amqp://127.0.0.1:99999",
                "127.0.0.1",
                "http://somebody:s3cret@127.0.0.1",
                "-p amqp://somebody:s3cret@127.0.0.1",
                "amqp://127.0.0.1 amqp://somebody:s3cret@127.0.0.1",
                "amqp://127.0.0.1 -x=amqp://somebody:s3cret@127.0.0.1",
            })
    void wrongArgumentsGetOneLineAndStatus2(String arguments) {
        StringWriter errors = new StringWriter();

        int status = Main.commandLine()
                .setErr(new PrintWriter(errors, true))
                .execute(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));

        assertThat(status).isEqualTo(2);
        assertThat(errors.toString()).hasLineCount(1).startsWith("amqproxy: ").doesNotContain("s3cret");
    }

    @Test
    void anAddressInUseGetsOneLineAndStatus1() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            start("-p", Integer.toString(taken.getLocalPort()), "amqp://127.0.0.1");

            assertThat(exitStatus()).isEqualTo(1);
            assertThat(output)
                    .singleElement()
                    .asString()
                    .startsWith("amqproxy: cannot listen on 127.0.0.1:" + taken.getLocalPort() + ": ");
        }
    }

    @ParameterizedTest
    @CsvSource({"--help, --drain-timeout", "--version, amqproxy "})
    void helpAndVersionAreTold(String argument, String expected) {
        StringWriter text = new StringWriter();

        int status = Main.commandLine().setOut(new PrintWriter(text, true)).execute(argument);

        assertThat(status).isZero();
        assertThat(text.toString()).contains(expected);
    }

    @Test
    void theTermSignalLetsClientsFinishAndEndsWithStatus0() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start()) {
            Process running = start(
                    "-p", "0", "--drain-timeout", "60", "amqp://somebody:s3cret@127.0.0.1:" + broker.port() + "/x");
            Matcher ready = awaitLine(READY);
            try (Connection connection = connect(Integer.parseInt(ready.group(1)));
                    Channel channel = connection.createChannel()) {
                channel.queueDeclare("q", false, false, false, null);

                running.toHandle().destroy();

                awaitLine(Pattern.compile(".*Draining.*"));
                channel.basicPublish("", "q", null, "hello".getBytes(StandardCharsets.UTF_8));
            }
            assertThat(exitStatus()).isZero();
            assertThat(output).last().asString().contains("all clients had left");
            assertThat(output).noneMatch(line -> line.contains("s3cret"));
            Await.until("publish counted", () -> broker.messagesIn("q") == 1);
        }
    }

    private Process start(String... arguments) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        // The test class path holds a logback-test.xml, which would come first.
        List<String> command = Stream.concat(
                        Stream.of(
                                java,
                                "-Dlogback.configurationFile=logback.xml",
                                "-classpath",
                                System.getProperty("java.class.path"),
                                Main.class.getName()),
                        Stream.of(arguments))
                .toList();
        Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
        program = started;
        return started;
    }

    private Process program() {
        assertThat(program).isNotNull();
        return program;
    }

    private Matcher awaitLine(Pattern pattern) throws IOException {
        BufferedReader reader = program().inputReader(StandardCharsets.UTF_8);
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            output.add(line);
            Matcher matcher = pattern.matcher(line);
            if (matcher.matches()) {
                return matcher;
            }
        }
        throw new AssertionError("The program ended without a line like " + pattern + ": " + output);
    }

    private int exitStatus() throws IOException, InterruptedException {
        BufferedReader reader = program().inputReader(StandardCharsets.UTF_8);
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            output.add(line);
        }
        return program().waitFor();
    }

    private static Connection connect(int port) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
