package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One process of the program takes over from another on the same host, whose socket somebody else keeps. */
@Timeout(300)
@Tag("broker")
@Tag("process")
class UpgradeTest {

    private static final String QUEUE = "upgraded";

    @TempDir
    private Path directory;

    @Test
    void noClientHearsOfAnUpgrade() throws Exception {
        Publishers.require();
        try (EmbeddedBroker broker = EmbeddedBroker.builder().amqp10().start();
                RunningProgram keeper = keep(broker)) {
            int port = Integer.parseInt(keeper.awaitLine("keeping port (\\d+)").group(1));
            ProcessHandle current = next(keeper);
            declare(port);
            Publishers clients = Publishers.start(port, QUEUE);
            clients.awaitMessages();
            ProcessHandle newer = next(keeper);
            signal("TERM", current);
            keeper.awaitLine("Ended; all clients had left");
            clients.awaitMessages();
            signal("HUP", newer);
            keeper.awaitLine("Configuration reloaded");
            clients.awaitMessages();
            clients.end();
            Await.until("all is there", () -> broker.messagesIn(QUEUE) == clients.count());
        }
    }

    private RunningProgram keep(EmbeddedBroker broker) throws IOException {
        Path file = Files.writeString(
                directory.resolve("a.ini"),
                "[main]\nupstream = amqp://127.0.0.1:" + broker.port()
                        + "\nterm_client_close_timeout = 60\n[listen]\ninherited_socket = plain\n[http]\nport = off\n");
        List<String> command =
                new ArrayList<>(List.of("python3", "src/test/resources/io/amqproxy/program/keep_socket.py"));
        command.addAll(RunningProgram.command("-c", file.toString()));
        return RunningProgram.start(new ProcessBuilder(command).redirectErrorStream(true));
    }

    /** Starts one more process. */
    private static ProcessHandle next(RunningProgram keeper) throws IOException {
        keeper.process().getOutputStream().write("\n".getBytes(StandardCharsets.UTF_8));
        keeper.process().getOutputStream().flush();
        long process = Long.parseLong(keeper.awaitLine("started process (\\d+)").group(1));
        keeper.awaitLine("Proxy listening on 127\\.0\\.0\\.1");
        return ProcessHandle.of(process).orElseThrow();
    }

    private static void signal(String name, ProcessHandle process) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    private static void declare(int port) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(port);
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare(QUEUE, false, false, false, null);
        }
    }
}
