package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.program.http.RequestReader.Verdict;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReaderTest {

    private static final String POST = "POST /pause?a=b HTTP/1.1\r\nHost: localhost\r\nAccept: a\r\nACCEPT:  b \r\n"
            + "Content-Length: 3\r\n\r\na=b";

    private final RequestReader reader = new RequestReader();

    private Verdict read(String octets) {
        return reader.read(ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @Test
    void aRequestIsTheSameHoweverItsOctetsCome() {
        for (int size = 1; size <= POST.length(); size++) {
            RequestReader one = new RequestReader();
            List<Verdict> verdicts = new ArrayList<>();
            for (int at = 0; at < POST.length(); at += size) {
                String part = POST.substring(at, Math.min(POST.length(), at + size));
                verdicts.add(one.read(ByteBuffer.wrap(part.getBytes(StandardCharsets.ISO_8859_1))));
            }

            Verdict last = verdicts.remove(verdicts.size() - 1);
            assertThat(last).as("in parts of %s", size).isEqualTo(Verdict.COMPLETE);
            assertThat(verdicts).allMatch(verdict -> verdict == Verdict.MORE);
            assertThat(one.head().method()).isEqualTo("POST");
            assertThat(one.head().target()).isEqualTo("/pause?a=b");
            assertThat(one.head().field("host")).isEqualTo("localhost");
            assertThat(one.head().field("accept")).isEqualTo("a, b");
            assertThat(one.head().keepsAlive()).isTrue();
            assertThat(one.body()).isEqualTo("a=b");
            assertThat(one.hasMore()).isFalse();
        }
    }

    @Test
    void whatComesBehindARequestIsNoticed() {
        assertThat(read("GET / HTTP/1.1\r\n\r\nG")).isEqualTo(Verdict.COMPLETE);
        assertThat(reader.hasMore()).isTrue();
    }

    @Test
    void anEmptyLineBeforeItAndLoneLineFeedsAreTaken() {
        assertThat(read("\r\nGET / HTTP/1.0\nHost: a\n\n")).isEqualTo(Verdict.COMPLETE);
        assertThat(reader.head().keepsAlive()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GARBAGE",
                "GET /",
                "GET / HTTP/2.0",
                "GET / HTTP/1.1 ",
                "GET  / HTTP/1.1",
                "G@T / HTTP/1.1",
                " / HTTP/1.1",
                "GET /\u0001 HTTP/1.1",
                "GET / HTTP/1.x",
                "PRI * HTTP/2.0",
                "GET / HTTP/1.1\r\nHost : a",
                "GET / HTTP/1.1\r\nHost: a\r\n b",
                "GET / HTTP/1.1\r\n: a",
                "GET / HTTP/1.1\r\nnothing",
                "GET / HTTP/1.1\r\nX: a\rb",
                "GET / HTTP/1.1\r\nX: a\u0000b",
                "GET / HTTP/1.1\r\nHost: a\r\nhost: b",
                "GET / HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b",
                "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1",
                "POST / HTTP/1.1\r\nContent-Length: 1, 1",
                "POST / HTTP/1.1\r\nContent-Length: -1",
                "POST / HTTP/1.1\r\nContent-Length: +1",
                "POST / HTTP/1.1\r\nContent-Length:"
            })
    void whatIsNoRequestIsRefused(String head) {
        assertThat(read(head + "\r\n\r\n")).isEqualTo(Verdict.REFUSED);
        assertThat(reader.refusal().status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"4097", "99999999999999999999"})
    void aBodyThatIsTooLargeIsRefusedBeforeItComes(String length) {
        assertThat(read("POST / HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\n"))
                .isEqualTo(Verdict.REFUSED);
        assertThat(reader.refusal().status()).isEqualTo(413);
    }

    @Test
    void aBodyWithoutALengthIsRefused() {
        assertThat(read("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"))
                .isEqualTo(Verdict.REFUSED);
        assertThat(reader.refusal().status()).isEqualTo(411);
    }

    @Test
    void whoWaitsForAWordBeforeTheBodyGetsItOnce() {
        assertThat(read("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n"))
                .isEqualTo(Verdict.CONTINUE);
        assertThat(read("a")).isEqualTo(Verdict.MORE);
        assertThat(read("b")).isEqualTo(Verdict.COMPLETE);
    }

    @Test
    void nothingElseMayBeExpected() {
        assertThat(read("POST / HTTP/1.1\r\nExpect: more\r\n\r\n")).isEqualTo(Verdict.REFUSED);
        assertThat(reader.refusal().status()).isEqualTo(417);
    }

    @Test
    void linesWithoutAnEndAreBounded() {
        int taken = 0;
        while (read("G") == Verdict.MORE) {
            taken++;
        }
        assertThat(taken).isEqualTo(RequestReader.MAX_LINE);
    }

    @Test
    void fieldsAreBoundedTogether() {
        assertThat(read("GET / HTTP/1.1\r\n")).isEqualTo(Verdict.MORE);
        int taken = 0;
        while (read("A:\r\n") == Verdict.MORE) {
            taken += 4;
        }
        assertThat(taken).isEqualTo(RequestReader.MAX_HEADERS);
    }

    @Test
    void emptyLinesBeforeItAreBounded() {
        int taken = 0;
        while (read("\n") == Verdict.MORE) {
            taken++;
        }
        assertThat(taken).isEqualTo(RequestReader.MAX_LINE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate, GZIP;q=0.5", "br ,gzip"})
    void wordsOfListsAreFound(String encodings) {
        assertThat(read("GET / HTTP/1.1\r\nConnection: keep-alive, Close\r\nAccept-Encoding: " + encodings
                        + "\r\n\r\n"))
                .isEqualTo(Verdict.COMPLETE);
        assertThat(reader.head().takesGzip()).isTrue();
        assertThat(reader.head().keepsAlive()).isFalse();
    }
}
