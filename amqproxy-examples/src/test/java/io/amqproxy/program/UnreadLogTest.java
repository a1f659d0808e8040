package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.program.http.FiringAlerts;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever looks after a proxy hears that its log is not written, elsewhere than in its log. */
@Timeout(300)
@Tag("broker")
@Tag("process")
class UnreadLogTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private static final Pattern DROPPED =
            Pattern.compile("^amqproxy_log_lines_dropped_total(?:\\{.*})? ([0-9.E]+)$", Pattern.MULTILINE);

    private final HttpClient client = HttpClient.newHttpClient();
    private int http;

    @BeforeAll
    static void needPromtool() {
        FiringAlerts.requirePromtool();
    }

    @Test
    void theAlertFiresWhereLinesOfTheLogAreDropped(@TempDir Path directory) throws Exception {
        int port = Ports.free();
        http = Ports.free();
        // Nobody reads its standard error.
        ProcessBuilder builder = new ProcessBuilder(RunningProgram.command(
                "--log-level",
                "debug",
                "-p",
                Integer.toString(port),
                "-b",
                Integer.toString(http),
                "amqp://127.0.0.1:" + broker.port()));
        try (RunningProgram program = RunningProgram.start(builder)) {
            Await.until("it answers", this::isScraped);
            String before = scrape();
            assertThat(dropped(before)).isZero();
            Await.until("lines are dropped", () -> {
                for (int i = 0; i < 500; i++) {
                    new Socket(InetAddress.getLoopbackAddress(), port).close();
                }
                return dropped(scrape()) > 0;
            });

            FiringAlerts.check("AmqProxyBlind", before, scrape(), false, directory);
            program.signal("TERM");
            assertThat(program.exitStatus()).isZero();
        }
    }

    private boolean isScraped() throws InterruptedException {
        try {
            return scrape().contains("amqproxy_log_lines_dropped_total");
        } catch (IOException e) {
            return false;
        }
    }

    private String scrape() throws IOException, InterruptedException {
        URI metrics = URI.create("http://127.0.0.1:" + http + "/metrics");
        return client.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
                .body();
    }

    private static double dropped(String scrape) {
        Matcher line = DROPPED.matcher(scrape);
        return line.find() ? Double.parseDouble(line.group(1)) : 0;
    }
}
