package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Ports;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program under process control: signals, exit statuses, and what goes wrong around it. */
@Timeout(300)
@Tag("broker")
class ProgramTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    @TempDir
    private Path directory;

    @Test
    void theTermSignalLetsClientsFinishAndEndsWithStatus0() throws Exception {
        try (RunningProgram program = RunningProgram.start(
                "-p",
                "0",
                "-b",
                "0",
                "--term-client-close-timeout",
                "60",
                "amqp://somebody:s3cret@127.0.0.1:" + broker.port() + "/x")) {
            program.awaitLine("Proxy upstream: 127.0.0.1:" + broker.port());
            try (Connection connection = connect(program.port());
                    Channel channel = connection.createChannel()) {
                channel.queueDeclare("q", false, false, false, null);

                program.signal("TERM");

                program.awaitLine("Draining");
                channel.basicPublish("", "q", null, "hello".getBytes(StandardCharsets.UTF_8));
            }
            assertThat(program.exitStatus()).isZero();
            assertThat(program.output()).last().asString().contains("all clients had left");
            assertThat(program.output()).noneMatch(line -> line.contains("s3cret"));
            Await.until("publish counted", () -> broker.messagesIn("q") == 1);
        }
    }

    @Test
    void clientsThatStayAreClosedAndTheStatusIs0() throws Exception {
        try (RunningProgram program = start("--term-client-close-timeout", "0")) {
            CompletableFuture<Integer> code = new CompletableFuture<>();
            connect(program.port()).addShutdownListener(cause -> code.complete(replyCode(cause)));
            program.signal("TERM");

            assertThat(program.exitStatus()).isZero();
            assertThat(program.output()).last().asString().contains("clients that were still here were closed");
            assertThat(code).succeedsWithin(30, TimeUnit.SECONDS).isEqualTo(320);
        }
    }

    @Test
    void aLameDuckTakesClientsAndIsNotReady() throws Exception {
        try (RunningProgram program =
                RunningProgram.start("-p", "0", "-b", "0", "--lame-duck", "1h", "amqp://127.0.0.1:" + broker.port())) {
            int port = program.port();
            URI ready = URI.create("http://127.0.0.1:"
                    + program.awaitLine("HTTP listening on 127.0.0.1:(\\d+)").group(1) + "/readyz");
            program.signal("TERM");
            program.awaitLine("Ending in 3600 s");

            try (Connection connection = connect(port)) {
                assertThat(connection.isOpen()).isTrue();
            }
            assertThat(HttpClient.newHttpClient()
                            .send(HttpRequest.newBuilder(ready).build(), BodyHandlers.ofString())
                            .body())
                    .isEqualTo("not ready: the program is about to end\n");
            program.signal("HUP");
            program.awaitLine("Nothing to reload: the program was started without --config");
            program.signal("TERM");
            assertThat(program.exitStatus()).isEqualTo(1);
        }
    }

    private static int replyCode(ShutdownSignalException cause) {
        return cause.getReason() instanceof AMQP.Connection.Close close ? close.getReplyCode() : 0;
    }

    @Test
    void aSecondTermSignalEndsAtOnceWithStatus1() throws Exception {
        try (RunningProgram program = start("--term-client-close-timeout", "1h")) {
            Connection connection = connect(program.port());
            program.signal("TERM");
            program.awaitLine("Draining; clients may take up to 3600 s");
            program.signal("HUP");
            program.awaitLine("Nothing is reloaded while the program ends");
            assertThat(connection.isOpen()).isTrue();
            program.signal("TERM");

            assertThat(program.exitStatus()).isEqualTo(1);
            assertThat(program.output()).last().asString().contains("Ended at once by a second signal");
            connection.abort();
        }
    }

    @Test
    void theTermTimeoutEndsAtOnceWithStatus1() throws Exception {
        try (RunningProgram program = start("--term-client-close-timeout", "0", "--term-timeout", "0");
                Socket silent = new Socket(InetAddress.getLoopbackAddress(), program.port())) {
            silent.getOutputStream().write("AMQP\0\0\11\1".getBytes(StandardCharsets.ISO_8859_1));
            assertThat(silent.getInputStream().read()).isEqualTo(1);
            program.signal("TERM");

            assertThat(program.exitStatus()).isEqualTo(1);
            assertThat(program.output()).anyMatch(line -> line.contains("Ended by the term timeout"));
        }
    }

    @Test
    void anAddressInUseGetsOneLineAndStatus1() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunningProgram program = RunningProgram.start(
                        "-b", "off", "-p", Integer.toString(taken.getLocalPort()), "amqp://127.0.0.1")) {
            assertThat(program.exitStatus()).isEqualTo(1);
            assertThat(program.output())
                    .singleElement()
                    .asString()
                    .startsWith("amqproxy: cannot listen on 127.0.0.1:" + taken.getLocalPort() + ": ");
        }
    }

    @Test
    void anHttpAddressInUseGetsOneLineAndStatus1() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunningProgram program = RunningProgram.start(
                        "--log-level",
                        "none",
                        "-p",
                        "0",
                        "-b",
                        Integer.toString(taken.getLocalPort()),
                        "amqp://127.0.0.1:" + broker.port())) {
            assertThat(program.exitStatus()).isEqualTo(1);
            assertThat(program.output())
                    .singleElement()
                    .asString()
                    .startsWith("amqproxy: cannot listen on 127.0.0.1:" + taken.getLocalPort() + " for HTTP: ");
        }
    }

    @Test
    void aBrokenFileGetsOneLineAndStatus2() throws Exception {
        Path file = write("upstream = amqp://127.0.0.1\nlog_level = loud\n");
        try (RunningProgram program = RunningProgram.start("-c", file.toString())) {
            assertThat(program.exitStatus()).isEqualTo(2);
            assertThat(program.output())
                    .containsExactly("amqproxy: " + file
                            + " line 2: log_level: expected trace, debug, info, warn, error or none");
        }
    }

    @Test
    void hangUpReadsTheFileAgainAndABadOneChangesNothing() throws Exception {
        String good = "upstream = amqp://127.0.0.1:" + broker.port() + "\n[listen]\nport = 0\n[http]\nport = 0\n";
        Path file = write(good);
        try (RunningProgram program = RunningProgram.start("-c", file.toString())) {
            int port = program.port();

            write(good + "[main]\nlog_level = debug\nmax_clients = 5\nloops = 3\n");
            program.signal("HUP");
            program.awaitLine(
                    "Configuration reloaded; taken over: log-level, max-clients; only after a restart: loops");
            connect(port).close();
            program.awaitLine(" DEBUG .*joins the pool.*");

            write(good + "colour = red\n");
            program.signal("HUP");
            program.awaitLine(
                    " ERROR The configuration stays as it was: " + file + " line 6: unknown key colour in \\[http\\]");
            connect(port).close();

            program.signal("TERM");
            assertThat(program.exitStatus()).isZero();
        }
    }

    /** A stand-in for a second broker: the route is known by where its clients get. */
    @Test
    void hangUpAddsARouteAndTakesItAwayWithItsClients() throws Exception {
        try (InMemoryBroker other = InMemoryBroker.start()) {
            String plain = "upstream = amqp://127.0.0.1:" + broker.port() + "\n[listen]\nport = 0\n[http]\nport = 0\n";
            Path file = write(plain);
            try (RunningProgram program = RunningProgram.start("-c", file.toString())) {
                int port = program.port();
                ConnectionFactory factory = JavaClients.factory();
                factory.setPort(port);
                factory.setUsername("orders-1");
                factory.setPassword("any");
                factory.setAutomaticRecoveryEnabled(false);
                assertThatThrownBy(factory::newConnection).isInstanceOf(IOException.class);

                write(plain + "[route orders]\nupstream = " + other.uri() + "\nusers = orders-*\n");
                program.signal("HUP");
                program.awaitLine("Proxy upstream of route orders: .*");
                program.awaitLine(
                        "Configuration reloaded; taken over: \\[route orders] upstream, \\[route orders] users;"
                                + " only after a restart: nothing");
                Connection connection = factory.newConnection();
                connection.createChannel().queueDeclare("there", false, false, false, null);
                assertThat(other.messageCount("there")).isZero();

                CompletableFuture<Integer> code = new CompletableFuture<>();
                connection.addShutdownListener(cause -> code.complete(replyCode(cause)));
                write(plain);
                program.signal("HUP");
                assertThat(code).succeedsWithin(30, TimeUnit.SECONDS).isEqualTo(320);
                connect(port).close();
                program.signal("TERM");
                assertThat(program.exitStatus()).isZero();
            }
        }
    }

    @Test
    void hangUpWithoutAFileChangesNothing() throws Exception {
        try (RunningProgram program = start()) {
            int port = program.port();
            program.signal("HUP");
            program.awaitLine("Nothing to reload");
            connect(port).close();
        }
    }

    /** A file can be a pipe, as of {@code -c <(make-configuration)}, or on a disk that does not answer. */
    @Test
    void aFileThatCannotBeReadToItsEndKeepsNoSignalWaiting() throws Exception {
        Path file = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor())
                .isZero();
        String text = "upstream = amqp://127.0.0.1:" + broker.port() + "\n[listen]\nport = 0\n[http]\nport = 0\n";
        try (RunningProgram program = RunningProgram.start("-c", file.toString())) {
            Files.writeString(file, text);
            int port = program.port();
            program.awaitLine("HTTP listening");
            program.signal("HUP");
            program.awaitLine("Reading the configuration again");
            program.signal("HUP");
            program.awaitLine("The configuration is still being read; after that it is read once more");
            connect(port).close();

            Files.writeString(file, text + "[main]\nmax_clients = 5\n");
            program.awaitLine("Configuration reloaded; taken over: max-clients; only after a restart: nothing");
            program.awaitLine("Reading the configuration again");
            program.signal("TERM");
            assertThat(program.exitStatus()).isZero();
        }
    }

    /** The JVM does not take such a signal, and nobody would know why HUP does nothing. */
    @Test
    void aSignalThatIsIgnoredFromTheStartIsToldAndOthersCome() throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "trap '' HUP; exec \"$@\"", "sh"));
        command.addAll(RunningProgram.command("-p", "0", "-b", "0", "amqp://127.0.0.1:" + broker.port()));
        try (RunningProgram program = RunningProgram.start(new ProcessBuilder(command).redirectErrorStream(true))) {
            program.port();
            program.signal("HUP");
            program.signal("TERM");

            assertThat(program.exitStatus()).isZero();
            assertThat(program.output())
                    .anyMatch(line -> line.contains("The signal HUP will not come: it was ignored"))
                    .noneMatch(line -> line.matches(".*The signal (INT|TERM) will not come.*"))
                    .noneMatch(line -> line.contains("reload"));
        }
    }

    @Test
    void aFullDiskForTheLogIsToldElsewhereAndTheProxyGoesOn() throws Exception {
        int port = Ports.free();
        ProcessBuilder builder = new ProcessBuilder(
                RunningProgram.command("-p", Integer.toString(port), "-b", "off", "amqp://127.0.0.1:" + broker.port()));
        builder.redirectError(new File("/dev/full"));
        try (RunningProgram program = RunningProgram.start(builder)) {
            program.awaitLine("amqproxy: the log cannot be written \\(is the disk full\\?\\); the proxy goes on");
            Await.until("it listens", () -> listens(port)); // The line is not the log's, which says so.
            connect(port).close();
            program.signal("TERM");

            assertThat(program.exitStatus()).isZero();
        }
    }

    @Test
    void aLogThatNobodyReadsStopsNothing() throws Exception {
        int port = Ports.free();
        ProcessBuilder builder = new ProcessBuilder(RunningProgram.command(
                "--log-level",
                "debug",
                "--max-clients",
                "1",
                "-p",
                Integer.toString(port),
                "-b",
                "off",
                "amqp://127.0.0.1:" + broker.port()));
        try (RunningProgram program = RunningProgram.start(builder)) {
            Await.until("it listens", () -> listens(port));
            try (Connection only = connect(port)) {
                for (int i = 0; i < 3000; i++) { // Each is a line; a pipe takes 64 KiB.
                    try (Socket refused = new Socket(InetAddress.getLoopbackAddress(), port)) {
                        assertThat(refused.getInputStream().read()).isEqualTo(-1);
                    }
                }
                assertThat(only.isOpen()).isTrue();
                only.createChannel().basicPublish("amq.fanout", "", null, new byte[0]);
            }
            program.signal("TERM");

            assertThat(program.exitStatus()).isZero();
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aTerminalHasALineOfLiveCountsBelowTheLog() throws Exception {
        // The shell gives way to the program, so that the signal below reaches nothing else.
        String command = RunningProgram.command("-p", "0", "-b", "0", "amqp://127.0.0.1:" + broker.port()).stream()
                .map(word -> '\'' + word + '\'')
                .collect(Collectors.joining(" ", "exec ", ""));
        ProcessBuilder builder = new ProcessBuilder("script", "-qefc", command, "/dev/null");
        builder.environment().put("TERM", "xterm");
        try (RunningProgram program = RunningProgram.start(builder)) {
            int port = program.port();
            try (Connection connection = connect(port)) {
                assertThat(connection.isOpen()).isTrue();
                program.awaitText("clients 1 | upstreams 1 | channels 0 leased, 0 idle | messages/s 0 in, 0 out");
            }
            program.process().descendants().forEach(ProcessHandle::destroy);
            assertThat(program.exitStatus()).isZero();
        }
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("amqproxy.ini"), text);
    }

    private static RunningProgram start(String... options) throws IOException {
        String[] arguments = new String[options.length + 5];
        System.arraycopy(options, 0, arguments, 5, options.length);
        System.arraycopy(new String[] {"-p", "0", "-b", "0", "amqp://127.0.0.1:" + broker.port()}, 0, arguments, 0, 5);
        return RunningProgram.start(arguments);
    }

    private static Connection connect(int port) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
