package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever gets a dump of the proxy's heap finds no secret that the proxy does not need any more. */
@Timeout(300)
@Tag("broker")
class SecretsInHeapTest {

    @TempDir
    private Path directory;

    private final String secret = UUID.randomUUID().toString();
    private EmbeddedBroker broker;
    private Process proxy;
    private BufferedReader output;
    private int port;
    private int dumps;

    @BeforeEach
    void start() throws IOException {
        broker = EmbeddedBroker.builder().user("web", secret).start();
        proxy = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ProxyWithHeapDumps.class.getName(),
                        String.valueOf(broker.port()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        output = new BufferedReader(new InputStreamReader(proxy.getInputStream(), UTF_8));
        port = Integer.parseInt(answer("port "));
    }

    @AfterEach
    void stop() throws IOException {
        proxy.destroyForcibly();
        output.close();
        broker.close();
    }

    private String answer(String prefix) throws IOException {
        String line = output.readLine();
        while (line != null && !line.startsWith(prefix)) {
            line = output.readLine();
        }
        assertThat(line).as("the process goes on").isNotNull();
        return line.substring(prefix.length());
    }

    private void ask(String command) throws IOException {
        OutputStream input = proxy.getOutputStream();
        input.write((command + '\n').getBytes(UTF_8));
        input.flush();
    }

    private boolean isInHeap(String text) throws IOException {
        Path file = directory.resolve("heap-" + ++dumps + ".hprof");
        ask(file.toString());
        answer("dumped");
        // Texts of the JVM, and bytes, both have an octet for each of these characters.
        boolean isThere = new String(Files.readAllBytes(file), ISO_8859_1).contains(text);
        Files.delete(file);
        return isThere;
    }

    @Test
    void aPasswordIsThereWhileItOpensConnectionsAndNotAfterwards() throws Exception {
        try (RawClient client = new RawClient(port).logIn("web", secret, "/")) {
            client.publishConfirmed("q");
            assertThat(isInHeap(secret)).as("it is needed").isTrue();
        }
        Await.until("the account is forgotten", () -> {
            ask("");
            return answer("upstreams ").equals("0") && !isInHeap(secret);
        });
    }

    @Test
    void aWrongPasswordIsNotKept() throws Exception {
        String wrong = UUID.randomUUID().toString();
        try (RawClient client = new RawClient(port)) {
            client.start("web", wrong);
            assertThat(client.expect(Method.CONNECTION_CLOSE).code()).isIn(403, 530);
            client.write(RawClient.method(0, Method.CONNECTION_CLOSE_OK, writer -> {}));
            assertThat(client.isAtEnd()).isTrue();
        }
        Await.until("it is forgotten", () -> !isInHeap(wrong));
    }
}
