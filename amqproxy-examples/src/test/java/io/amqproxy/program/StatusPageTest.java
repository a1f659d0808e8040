package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Ports;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The status page of the running program in a real browser. */
@Timeout(300)
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
                        .isEqualTo("9");
                assertThat(browser.evaluate("document.getElementById('empty').textContent"))
                        .contains("Point one to amqp://127.0.0.1:" + port);

                CompletableFuture<ShutdownSignalException> closed = new CompletableFuture<>();
                Connection connection = connect(port);
                connection.addShutdownListener(closed::complete);
                Await.until(
                        "the client is on the page",
                        () -> browser.evaluate("document.querySelectorAll('button[data-post=close-client]').length")
                                .equals("1"));
                assertThat(browser.evaluate("document.getElementById('empty').textContent"))
                        .isEmpty();
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

    @Test
    void namesAreTextWhateverTheySayAFilterFindsThemAndAllFitsOnAnyScreen() throws Exception {
        String user = "<b>&\"'user";
        try (EmbeddedBroker broker =
                        EmbeddedBroker.builder().user(user, "s3cret").start();
                RunningProgram program =
                        RunningProgram.start("-p", "0", "-b", "0", "amqp://127.0.0.1:" + broker.port())) {
            int port = program.port();
            int http = httpPort(program);
            String evil = "<img src=x onerror=document.title='taken'>" + "x".repeat(180);
            try (Connection one = connect(port, user, "s3cret", evil);
                    Connection two = connect(port, "guest", "guest", "orders of bob");
                    Browser browser =
                            Browser.open(URI.create("http://127.0.0.1:" + http + "/"), directory.resolve("profile"))) {
                assertThat(one.isOpen() && two.isOpen()).isTrue();
                Await.until("both are there", () -> rows(browser, "clients") == 2);
                assertThat(browser.evaluate("document.querySelectorAll('img, td b').length"))
                        .isEqualTo("0");
                assertThat(browser.evaluate("document.querySelector('#clients tbody tr').cells[2].textContent"))
                        .isEqualTo(user.replace("\"", "\\\""));
                assertThat(browser.evaluate(name() + ".textContent")).isEqualTo(evil);
                assertThat(browser.evaluate(name() + ".title")).isEqualTo(evil);
                // The page's policy holds where the script is wrong.
                assertThat(browser.evaluate("(() => { try { document.body.innerHTML = '<i>'; return 'taken' }"
                                + " catch (refused) { return refused.name } })()"))
                        .isEqualTo("TypeError");

                browser.evaluate("[filter.value = 'Of BOB', filter.dispatchEvent(new Event('input'))]");
                Await.until("the filter holds", () -> rows(browser, "clients") == 1);
                assertThat(browser.evaluate("document.querySelector('#clients tbody tr').cells[2].textContent"))
                        .isEqualTo("guest");
                // As after a sleep of the machine, before any timer has come.
                assertThat(browser.evaluate("(() => { heardAt -= FRESH_MS; doubt();"
                                + " return document.getElementById('state').textContent })()"))
                        .isEqualTo("No answer");
                Await.until("it has asked again", () -> state(browser).equals("Ready"));
                whatABusyProxySaysFitsOnAnyScreen(browser);
                assertThat(browser.complaints()).allMatch(complaint -> complaint.contains("TrustedHTML"));
            }
        }
    }

    private static String name() {
        return "document.querySelector('#clients tbody tr').cells[4]";
    }

    private static int rows(Browser browser, String table) {
        return Integer.parseInt(browser.evaluate("document.querySelectorAll('#" + table + " tbody tr').length"));
    }

    private static int httpPort(RunningProgram program) throws Exception {
        return Integer.parseInt(
                program.awaitLine("HTTP listening on 127\\.0\\.0\\.1:(\\d+)").group(1));
    }

    /** The page's own functions are given what a busy proxy may say. */
    private static void whatABusyProxySaysFitsOnAnyScreen(Browser browser) throws Exception {
        String busy = Files.readString(Path.of("src/test/resources/io/amqproxy/program/busy.json"))
                .replace("\n", "");
        browser.evaluate("[refresh = async () => {}, asked++, show(" + busy + ")]");
        browser.evaluate("show(Object.assign(" + busy + ", { uptimeSeconds: 93787, pools: " + busy
                + ".pools.map(pool => Object.assign(pool, { published: pool.published + 5000 })) }))");
        assertThat(browser.evaluate("document.querySelector('#pools tbody tr').cells[8].textContent"))
                .isEqualTo("2,500");
        assertThat(browser.evaluate("document.querySelectorAll('.tiles b')[1].textContent"))
                .isEqualTo("12 of 1,200");
        assertThat(browser.evaluate("document.querySelectorAll('.tiles small')[1].textContent"))
                .endsWith("; 3 pools wait for one");
        assertThat(browser.evaluate("document.querySelector('#pools details').innerText"))
                .contains("all");
        assertThat(rows(browser, "endpoints"))
                .as("of two routes with the same endpoint each has its row")
                .isEqualTo(3);
        assertThat(browser.evaluate("document.getElementById('place').textContent"))
                .contains(", broker rabbit-1.messaging.example:5672, up");
        browser.evaluate("document.querySelector('#pools details').open = true");
        assertThat(browser.evaluate("document.querySelector('#pools details').innerText"))
                .contains("longest wait 6.8", "9,876,548,210 published", "GiB in");
        for (String scheme : List.of("light", "dark")) {
            for (int width : List.of(360, 390, 600, 641, 768, 900, 1024, 1248, 1249, 1280, 1920)) {
                browser.screen(width, 1000, scheme);
                fits(browser, width <= 640 ? 2 : 3, width + "-" + scheme);
            }
            assertThat(browser.evaluate("getComputedStyle(document.body).color"))
                    .isEqualTo(scheme.equals("dark") ? "rgb(255, 255, 255)" : "rgb(0, 0, 0)");
        }
    }

    private static void fits(Browser browser, int tilesInARow, String picture) throws Exception {
        Files.write(
                Files.createDirectories(Path.of("target")).resolve("status-page-" + picture + ".png"),
                browser.screenshot());
        assertThat(browser.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .as(picture)
                .isEqualTo("true");
        assertThat(browser.evaluate("[...document.querySelectorAll('.wide')]"
                        + ".filter(one => one.scrollWidth > one.clientWidth).map(one => one.parentNode.id)"))
                .as("tables to be scrolled sideways on " + picture)
                .isEmpty();
        assertThat(browser.evaluate("[...document.querySelectorAll('.tiles > div')]"
                        + ".filter((one, i, all) => one.offsetTop === all[0].offsetTop).length"))
                .as(picture)
                .isEqualTo(Integer.toString(tilesInARow));
        assertThat(browser.evaluate("[...document.querySelectorAll('td.number, .tiles b')].filter(one => {"
                        + " const line = document.createRange(); line.selectNodeContents(one);"
                        + " return new Set([...line.getClientRects()].map(part => part.top)).size > 1"
                        + " || one.scrollWidth > one.clientWidth && one.clientWidth })"
                        + ".map(one => one.textContent + ' ' + one.scrollWidth + ' in ' + one.clientWidth)"))
                .as("numbers that are broken or cut on " + picture)
                .isEmpty();
        assertThat(browser.evaluate("[...document.querySelectorAll('td.number')]"
                        + ".every(one => getComputedStyle(one).textAlign === 'right')"))
                .isEqualTo("true");
        assertThat(browser.evaluate(
                        "(one => one.scrollWidth > one.clientWidth && one.title === one.textContent)(" + name() + ")"))
                .as("a long name is cut on " + picture)
                .isEqualTo("true");
    }

    private Browser open(RunningProgram program, int http) throws Exception {
        program.awaitLine("HTTP listening");
        return Browser.open(URI.create("http://localhost:" + http + "/"), directory.resolve("profile"));
    }

    private static String state(Browser browser) {
        return browser.evaluate("document.getElementById('state')?.textContent");
    }

    private static boolean hasAskedAnew(Browser browser) {
        return browser.evaluate(
                        "performance.getEntriesByType('resource').some(one => one.name.includes('/stats.json'))")
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
        return connect(port, "guest", "guest", "");
    }

    private static Connection connect(int port, String user, String password, String name) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUsername(user);
        factory.setPassword(password);
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection(name);
    }
}
