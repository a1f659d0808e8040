package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.Ports;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The status page of the running program in a real browser. */
@Timeout(120)
@Tag("broker")
@Tag("browser")
class StatusPageTest {

    @TempDir
    private Path directory;

    @Test
    void thePageFollowsTheProxyAndItsButtonsWork() throws Exception {
        Path file = Files.writeString(directory.resolve("a.ini"), "[http]\nport = 0\ntoken = s3cret\n");
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                RunningProgram program =
                        RunningProgram.start("-c", file.toString(), "-p", "0", "amqp://127.0.0.1:" + broker.port())) {
            int port = program.port();
            String http = program.awaitLine("HTTP listening on 127\\.0\\.0\\.1:(\\d+)")
                    .group(1);
            try (Browser browser =
                    Browser.open(URI.create("http://127.0.0.1:" + http + "/"), directory.resolve("profile"))) {
                Await.until(
                        "ready",
                        () -> browser.evaluate("document.body?.innerText").contains("Ready"));
                assertThat(browser.evaluate("document.querySelectorAll('.tiles polyline').length"))
                        .isEqualTo("8");

                CompletableFuture<ShutdownSignalException> closed = new CompletableFuture<>();
                Connection connection = connect(port);
                connection.addShutdownListener(closed::complete);
                Await.until(
                        "the client is on the page",
                        () -> browser.evaluate("document.querySelectorAll('button[data-post=close-client]').length")
                                .equals("1"));
                Files.write(
                        Files.createDirectories(Path.of("target")).resolve("status-page.png"), browser.screenshot());

                browser.evaluate("window.confirm = () => true");
                click(browser);
                Await.until("the wrong token is refused", () -> said(browser).contains("wrong token"));
                browser.evaluate("[token.value = 's3cret', token.dispatchEvent(new Event('input'))]");
                click(browser);

                assertThat(closed).succeedsWithin(30, TimeUnit.SECONDS);
                Await.until("the page says so", () -> said(browser).contains("is closed"));
                assertThat(browser.complaints())
                        .allMatch(complaint -> complaint.contains("401 (Unauthorized)"))
                        .hasSizeLessThanOrEqualTo(1);
                connection.abort();
            }
        }
    }

    @Test
    void aProxyThatIsGoneIsNotShownAsReadyAndThePageRecovers() throws Exception {
        int amqp = Ports.free();
        int http = Ports.free();
        try (EmbeddedBroker broker = EmbeddedBroker.start()) {
            String[] arguments = {
                "-p", Integer.toString(amqp), "-b", Integer.toString(http), "amqp://127.0.0.1:" + broker.port()
            };
            RunningProgram first = RunningProgram.start(arguments);
            try (first;
                    Browser browser = open(first, http)) {
                Await.until("ready", () -> state(browser).equals("Ready"));
                assertThat(isStale(browser)).isFalse();
                // The page is there before its script is.
                Await.until("it follows the proxy", () -> hasAskedAnew(browser));

                first.close();
                Await.until(
                        "the page says that it is gone", () -> state(browser).equals("No answer"));
                assertThat(isStale(browser)).isTrue();

                try (RunningProgram second = RunningProgram.start(arguments)) {
                    second.awaitLine("HTTP listening");
                    Await.until("the page is back", () -> state(browser).equals("Ready"));
                    assertThat(isStale(browser)).isFalse();
                    assertThat(said(browser)).isEmpty();
                }
            }
        }
    }

    private Browser open(RunningProgram program, int http) throws Exception {
        program.awaitLine("HTTP listening");
        return Browser.open(URI.create("http://localhost:" + http + "/"), directory.resolve("profile"));
    }

    private static String state(Browser browser) {
        return browser.evaluate("document.getElementById('state')?.textContent");
    }

    private static boolean hasAskedAnew(Browser browser) {
        return browser.evaluate("performance.getEntriesByType('resource').some(one => one.name.endsWith('/live'))")
                .equals("true");
    }

    private static boolean isStale(Browser browser) {
        return browser.evaluate("document.getElementById('stale').checkVisibility()")
                .equals("true");
    }

    private static void click(Browser browser) {
        browser.evaluate("document.querySelector('button[data-post=close-client]').click()");
    }

    private static String said(Browser browser) {
        return browser.evaluate("document.getElementById('said').textContent");
    }

    private static Connection connect(int port) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
