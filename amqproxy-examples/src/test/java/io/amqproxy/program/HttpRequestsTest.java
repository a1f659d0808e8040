package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.CidrSet;
import io.amqproxy.program.http.HttpEndpoints.Access;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests over HTTP that are malformed, too large, too slow, or for something that is not there. */
@Tag("broker")
class HttpRequestsTest extends HttpFixture {

    @ParameterizedTest
    @CsvSource({"GET, /nothing, 404", "GET, /healthz/x, 404", "POST, /metrics, 405", "GET, /close-client, 405"})
    void whatIsNotThereIsTold(String method, String path, int status) throws Exception {
        assertThat(send(HttpRequest.newBuilder(uri(path)).method(method, BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 200",
        "127.0.0.1:1234, 200",
        "[::1]:15673, 200",
        "LOCALHOST:15673, 200",
        "proxy.localhost., 200",
        "rebound.example:15673, 421",
        "127.0.0.1.rebound.example, 421",
        "localhost.rebound.example, 421",
        "rebound.example#localhost, 421",
        "'', 421"
    })
    void aForeignNameSeesNeitherPageNorFigures(String host, int status) throws Exception {
        for (String path : List.of("/", "/stats.json", "/metrics")) {
            assertThat(exchange("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                    .as(path)
                    .startsWith("HTTP/1.1 " + status + ' ');
        }
        assertThat(exchange("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aNameThatIsConfiguredSeesThePage() throws Exception {
        String request = "GET / HTTP/1.1\r\nHost: Proxy.example:80\r\nConnection: close\r\n\r\n";
        assertThat(exchange(request)).startsWith("HTTP/1.1 421 ");

        endpoints.access(new Access(CidrSet.of("127.0.0.0/8", "::1"), List.of("proxy.example"), TOKEN));

        assertThat(exchange(request)).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void whoSendsHalfARequestKeepsOutNobody() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 500; i++) {
                Socket socket = socket();
                slow.add(socket);
                socket.getOutputStream().write('G');
            }
            assertThat(get("/healthz").statusCode()).isEqualTo(200);
            assertThat(get("/metrics").statusCode()).isEqualTo(200);
            assertThat(isCutOff(slow.get(0))).as("end of the first").isTrue();
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    /** By the end of the stream, or by a reset where what it has sent was not read yet. */
    private static boolean isCutOff(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Test
    void whoSendsHalfARequestHasADeadline() throws Exception {
        try (Socket slow = socket()) {
            slow.getOutputStream().write("GET /healthz HTTP/1.1\r\nHost: ".getBytes(StandardCharsets.US_ASCII));
            assertThat(slow.getInputStream().read()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource({"GARBAGE, 400", "GET /%zz HTTP/1.1, 400"})
    void whatIsNoRequestIsToldAndClosed(String line, int status) throws Exception {
        assertThat(exchange(line + "\r\n\r\n")).startsWith("HTTP/1.1 " + status + ' ');
    }

    @Test
    void aRequestThatIsTooLargeIsRefused() throws Exception {
        assertThat(firstLine("GET /" + "a".repeat(4096) + " HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400 ");
        assertThat(firstLine("GET / HTTP/1.1\r\nX: " + "a".repeat(16 * 1024) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(firstLine("POST /pause HTTP/1.1\r\nContent-Length: 4097\r\n\r\n"))
                .startsWith("HTTP/1.1 413 ");
    }

    private String firstLine(String request) throws Exception {
        try (Socket socket = socket()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }

    @Test
    void theHeadOfAnAnswerHasNoBody() throws Exception {
        assertThat(exchange("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .contains("content-length: 3")
                .endsWith("\r\n\r\n");
    }
}
