package io.amqproxy.program;

import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The broker's name moves to another address, and the JVM still remembers the former one. */
@Timeout(300)
@Tag("process")
class MovedBrokerTest {

    private static final String NOBODY = "127.0.0.3";
    /** Less than the JVM remembers names for by default. */
    private static final String PATIENCE = "25";

    @TempDir
    private Path directory;

    @Test
    void whoWaitsForABrokerWhoseNameMovesIsServed() throws Exception {
        try (InMemoryBroker broker = InMemoryBroker.start();
                RunningProgram program = start(broker.uri().getPort(), moveTo(NOBODY))) {
            int port = program.port();
            if (program.output().stream().noneMatch(line -> line.contains("Connection refused"))) {
                program.awaitLine(
                        "broker\\.example.*Connection refused"); // It comes before the port's line or after it.
            }
            moveTo(broker.uri().getHost());
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(port);
            factory.newConnection().close();
        }
    }

    private Path moveTo(String address) throws IOException {
        return Files.writeString(directory.resolve("hosts"), address + " broker.example\n");
    }

    private static RunningProgram start(int port, Path hosts) throws IOException {
        List<String> command = RunningProgram.command(
                "-l",
                "127.0.0.1",
                "-p",
                "0",
                "--http-port",
                "off",
                "--acquire-timeout",
                PATIENCE,
                "amqp://broker.example:" + port);
        command.add(1, "-Djdk.net.hosts.file=" + hosts);
        return RunningProgram.start(new ProcessBuilder(command).redirectErrorStream(true));
    }
}
