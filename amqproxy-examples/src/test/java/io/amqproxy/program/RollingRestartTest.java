package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.benchmark.HaProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Ports;
import io.amqproxy.testkit.Requirements;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two proxies behind HAProxy, with the configuration that comes with them, are restarted one after the other. */
@Timeout(600)
@Tag("broker")
@Tag("process")
class RollingRestartTest {

    private static final String QUEUE = "restarted";
    /** HAProxy tries each client's server once. */
    private static final String WITHOUT_RETRIES = "defaults\n  retries 0\n";

    private static final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private final int front = Ports.free();
    private final int stats = Ports.free();

    /** One of the two, at ports that it has again after its restart. */
    private final class Backend implements AutoCloseable {
        final String name;
        final int broker;
        final int port = Ports.free();
        final int httpPort = Ports.free();
        RunningProgram program;

        Backend(String name, int broker) throws IOException {
            this.name = name;
            this.broker = broker;
            this.program = start();
        }

        RunningProgram start() throws IOException {
            RunningProgram started = RunningProgram.start("-c", write("1h").toString());
            started.port();
            return started;
        }

        Path write(String lameDuck) throws IOException {
            return Files.writeString(
                    directory.resolve(name + ".ini"),
                    "[main]\nupstream = amqp://127.0.0.1:" + broker + "\nlame_duck = " + lameDuck
                            + "\nterm_client_close_timeout = 60\n[listen]\nport = " + port + "\n[http]\nport = "
                            + httpPort + '\n');
        }

        void restart(Publishers clients) throws Exception {
            program.signal("TERM");
            program.awaitLine("Ending in 3600 s");
            awaitStatus("DOWN");
            clients.awaitMessages();
            write("0");
            program.signal("HUP");
            program.awaitLine("Ended; all clients had left");
            assertThat(program.exitStatus()).isZero();
            int before = figure("stot");
            program = start();
            awaitStatus("UP");
            clients.await(name + " has clients again", () -> figure("stot") > before);
        }

        void awaitStatus(String status) {
            Await.until(name + " is " + status, () -> of(name, "status").equals(status));
        }

        int figure(String column) {
            return Integer.parseInt(of(name, column));
        }

        @Override
        public void close() {
            program.close();
        }
    }

    @Test
    void noClientHearsOfIt() throws Exception {
        Publishers.require();
        Requirements.check(HaProxy.find().isPresent(), "an installed haproxy");
        try (EmbeddedBroker broker = EmbeddedBroker.builder().amqp10().start();
                Backend one = new Backend("one", broker.port());
                Backend two = new Backend("two", broker.port());
                RunningProgram balancer = balance(one, two)) {
            assertThat(balancer.process().isAlive()).isTrue();
            one.awaitStatus("UP");
            two.awaitStatus("UP");
            declare(front);
            Publishers clients = Publishers.start(front, QUEUE);
            clients.awaitMessages();
            one.restart(clients);
            two.restart(clients);
            clients.awaitMessages();
            clients.end();
            Await.until("all is there", () -> broker.messagesIn(QUEUE) == clients.count());
        }
    }

    private RunningProgram balance(Backend one, Backend two) throws IOException {
        String shipped = Files.readString(Path.of("packaging/haproxy.cfg"));
        String configuration = shipped.replace("bind :5672", "bind 127.0.0.1:" + front)
                .replace("inter 1s", "inter 300ms")
                .replace("192.0.2.1:5673 port 15673", "127.0.0.1:" + one.port + " port " + one.httpPort)
                .replace("192.0.2.2:5673 port 15673", "127.0.0.1:" + two.port + " port " + two.httpPort)
                .replace("defaults\n", WITHOUT_RETRIES);
        assertThat(configuration).doesNotContain("192.0.2.", "15673").contains(WITHOUT_RETRIES);
        Path file = Files.writeString(
                directory.resolve("haproxy.cfg"),
                configuration + "\nlisten stats\n  mode http\n  bind 127.0.0.1:" + stats
                        + "\n  stats enable\n  stats uri /\n");
        String program = HaProxy.find().orElseThrow().toString();
        RunningProgram started = RunningProgram.start(
                new ProcessBuilder(program, "-db", "-f", file.toString()).redirectErrorStream(true));
        Await.until("HAProxy answers", () -> !statistics().isEmpty());
        return started;
    }

    /** What HAProxy says of a server. */
    private String of(String server, String column) {
        List<String> lines = answered();
        int index = List.of(lines.get(0).substring(2).split(",")).indexOf(column);
        return lines.stream()
                .filter(line -> line.startsWith("amqp," + server + ','))
                .map(line -> line.split(",", -1)[index])
                .findFirst()
                .orElseThrow();
    }

    private List<String> answered() {
        List<String> lines = new ArrayList<>();
        Await.until("HAProxy answers", () -> lines.addAll(statistics()));
        return lines;
    }

    /** HAProxy's figures, a server a line; nothing where it does not answer. */
    private List<String> statistics() {
        try {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + stats + "/;csv"))
                                    .build(),
                            BodyHandlers.ofString())
                    .body()
                    .lines()
                    .toList();
        } catch (IOException notYet) {
            return List.of();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
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
