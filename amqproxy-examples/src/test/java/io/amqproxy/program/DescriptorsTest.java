package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.program.common.Descriptors;
import io.amqproxy.program.http.FiringAlerts;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The descriptors of the process, when there are few of them or none. */
@Timeout(300)
@Tag("broker")
class DescriptorsTest {

    private static final int LIMIT = 256;
    private static final List<String> PATHS = List.of("/healthz", "/readyz", "/metrics", "/");

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    @Test
    void probesAreAnsweredWhenThereIsNoDescriptorLeft() throws Exception {
        try (RunningProgram program = start("--max-clients", "100000")) {
            program.awaitLine("max-clients = 100000 does not fit into 256 file descriptors .*: 128 clients are taken");
            int http = http(program);
            for (String path : PATHS) {
                get(http, path); // What it takes is loaded from files.
            }
            fill(program);

            for (int i = 0; i < 10; i++) { // More connections than are kept back.
                for (String path : PATHS) {
                    assertThat(get(http, path).statusCode()).as(path).isEqualTo(200);
                }
            }
            assertThat(get(http, "/metrics").body())
                    .contains("process_open_fds 256", "process_max_fds 256", "process_resident_memory_bytes");
            assertAnsweredBesideIdleConnections(http);
        }
    }

    /** Nobody asked for a number: what fits is no mistake of anybody's. */
    @Test
    void theDefaultOfClientsIsWhatFitsAndNoWarning() throws Exception {
        try (RunningProgram program = start()) {
            assertThat(program.awaitLine("(does not fit|Up to 128 clients).*256 file descriptors")
                            .group())
                    .contains(" INFO ");
        }
    }

    /** What serves it is loaded then, from the program's jar, which is open. */
    @Test
    void theFirstProbeIsAnsweredWhenThereIsNoDescriptorLeft(@TempDir Path directory) throws Exception {
        Path jar = ProgramJar.write(directory.resolve("program.jar"));
        Path own = Path.of(FullDescriptors.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (RunningProgram program = start(LIMIT, jar + File.pathSeparator + own)) {
            int http = Integer.parseInt(
                    program.awaitLine("HTTP listening on 127.0.0.1:(\\d+)").group(1));
            fill(program);

            for (String path : PATHS) {
                assertThat(get(http, path).statusCode()).as(path).isEqualTo(200);
            }
        }
    }

    /** There are more clients than the limit was meant for. */
    @Test
    void theAlertFiresBeforeThereIsNoDescriptorLeft(@TempDir Path directory) throws Exception {
        FiringAlerts.requirePromtool();
        List<Socket> clients = new ArrayList<>();
        try (RunningProgram program = start(1024, System.getProperty("java.class.path"))) {
            int port = program.port();
            int http = http(program);
            String before = get(http, "/metrics").body();
            for (int i = 0; i < 750; i++) {
                clients.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            Await.until(
                    "all are there",
                    () -> get(http, "/metrics").body().contains("\namqproxy_client_connections 750.0\n"));

            String after = get(http, "/metrics").body();
            FiringAlerts.check("AmqProxyDescriptorsNearlyUsedUp", before, after, false, directory);
        } finally {
            for (Socket one : clients) {
                one.close();
            }
        }
    }

    private static void fill(RunningProgram program) throws IOException {
        try (OutputStream in = program.process().getOutputStream()) {
            in.write("fill\n".getBytes(StandardCharsets.US_ASCII));
        }
        program.awaitLine("no descriptors left");
    }

    /** Each may wait for 5 s, and 16 of them hold all that is kept back. */
    private static void assertAnsweredBesideIdleConnections(int http) throws Exception {
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                idle.add(new Socket(InetAddress.getLoopbackAddress(), http));
            }
            assertThat(get(http, "/healthz").statusCode()).isEqualTo(200);
        } finally {
            for (Socket one : idle) {
                one.close();
            }
        }
    }

    private static RunningProgram start(String... options) throws Exception {
        return start(LIMIT, System.getProperty("java.class.path"), options);
    }

    private static RunningProgram start(int limit, String classPath, String... options) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("sh", "-c", "ulimit -n " + limit + " && exec \"$@\"", "program"));
        command.addAll(RunningProgram.command(
                "-p", "0", "-b", "0", "--handshake-timeout", "5m", "amqp://127.0.0.1:" + broker.port()));
        command.addAll(List.of(options));
        Collections.replaceAll(command, Main.class.getName(), FullDescriptors.class.getName());
        Collections.replaceAll(command, System.getProperty("java.class.path"), classPath);
        return RunningProgram.start(new ProcessBuilder(command).redirectErrorStream(true));
    }

    private static int http(RunningProgram program) throws Exception {
        int port = Integer.parseInt(
                program.awaitLine("HTTP listening on 127.0.0.1:(\\d+)").group(1));
        Await.until("ready", () -> get(port, "/readyz").statusCode() == 200);
        return port;
    }

    /** By a connection of its own. */
    private static HttpResponse<String> get(int port, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(30))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }

    @Test
    void theLimitAndWhatIsOpenAreKnownOnLinux() {
        long most = Descriptors.most().orElse(Long.MAX_VALUE);
        assertThat(Descriptors.open().orElse(1)).isPositive().isLessThan(most);
        assertThat(Descriptors.mostAtStart()).isEqualTo(Descriptors.most());
        assertThat(Descriptors.clientsOf(1024)).isEqualTo(896);
        assertThat(Descriptors.clientsOf(64)).isEqualTo(32);
    }
}
