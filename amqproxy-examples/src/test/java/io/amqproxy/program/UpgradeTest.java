package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.ForeignClient;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
    private static final int AT_ONCE = 20;

    @TempDir
    private Path directory;

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicInteger published = new AtomicInteger();

    @Test
    void noClientHearsOfAnUpgrade() throws Exception {
        ForeignClient.PIKA.require();
        ForeignClient.PHP_AMQPLIB.require();
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                RunningProgram keeper = keep(broker)) {
            int port = Integer.parseInt(keeper.awaitLine("keeping port (\\d+)").group(1));
            ProcessHandle current = next(keeper);
            declare(port);
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (ForeignClient client : List.of(ForeignClient.PIKA, ForeignClient.PHP_AMQPLIB)) {
                clients.add(CompletableFuture.runAsync(() -> publish(client, port)));
            }
            Await.until("clients publish", () -> published.get() > 0 || isAnyDone(clients));
            ProcessHandle newer = next(keeper);
            signal("TERM", current);
            keeper.awaitLine("Ended; all clients had left");
            int before = published.get();
            Await.until("clients still publish", () -> published.get() > before + AT_ONCE || isAnyDone(clients));
            signal("HUP", newer);
            keeper.awaitLine("Configuration reloaded");
            isOver.set(true);
            assertThat(clients).allSatisfy(client -> assertThat(client).succeedsWithin(60, TimeUnit.SECONDS));
            Await.until("all is there", () -> broker.messagesIn(QUEUE) == published.get());
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

    /** Each message has a connection of its own. */
    private void publish(ForeignClient client, int port) {
        while (!isOver.get()) {
            client.publishEach(Login.guest(port), QUEUE, AT_ONCE, client.name());
            published.addAndGet(AT_ONCE);
        }
    }

    private static boolean isAnyDone(List<CompletableFuture<Void>> clients) {
        return clients.stream().anyMatch(CompletableFuture::isDone);
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
