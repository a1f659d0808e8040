package io.amqproxy.impl.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.net.ProxyProtocolDecoder.Status;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Headers as the specification of the PROXY protocol shows them, sections 2.1 and 2.2. */
class ProxyProtocolDecoderTest {

    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String LONGEST =
            "PROXY TCP6 ffff:f0ff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";

    static Stream<Arguments> headers() {
        String v4 = "0a010203" + "7f000001" + "d431" + "1628";
        String v6 = "20010db8000000000000000000000001" + "00000000000000000000000000000001" + "0001" + "1628";
        return Stream.of(
                Arguments.of("v1 TCP4", text("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"), "c0a80001", 56324),
                Arguments.of("v1 TCP6", text("PROXY TCP6 2001:db8::1 ::1 1 2\r\n"), v6.substring(0, 32), 1),
                Arguments.of("v1 longest", text(LONGEST), "fffff0ffffffffffffffffffffffffff", 65535),
                Arguments.of("v1 UNKNOWN", text("PROXY UNKNOWN\r\n"), null, 0),
                Arguments.of("v1 UNKNOWN with more", text("PROXY UNKNOWN ffff::1 and so on\r\n"), null, 0),
                Arguments.of("v2 LOCAL", v2("20", "00", ""), null, 0),
                Arguments.of("v2 LOCAL of any family, with data", v2("20", "7f", "0102030405"), null, 0),
                Arguments.of("v2 TCP4", v2("21", "11", v4), "0a010203", 0xd431),
                Arguments.of("v2 TCP4 with TLVs", v2("21", "11", v4 + "04000411223344"), "0a010203", 0xd431),
                Arguments.of("v2 TCP6", v2("21", "21", v6), v6.substring(0, 32), 1),
                Arguments.of("v2 TCP6 with TLVs", v2("21", "21", v6 + "e00000".repeat(2_000)), v6.substring(0, 32), 1),
                Arguments.of("v2 UNIX", v2("21", "31", "00".repeat(216)), null, 0),
                Arguments.of("v2 UNSPEC", v2("21", "00", "aabb"), null, 0));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("headers")
    void aHeaderIsReadWhereverItIsSplitAndNothingBeyondIt(String name, byte[] header, String source, int port) {
        byte[] withMore = Arrays.copyOf(header, header.length + 8);
        for (int cut = 0; cut <= header.length; cut++) {
            ProxyProtocolDecoder reader = new ProxyProtocolDecoder();
            ByteBuffer in = ByteBuffer.wrap(withMore);
            reader.take(in.limit(cut));
            assertThat(in.hasRemaining()).isFalse();
            assertThat(reader.take(in.limit(withMore.length))).isEqualTo(Status.COMPLETE);
            assertThat(in.position()).isEqualTo(header.length);
            assertThat(reader.missing()).isZero();
            assertThat(reader.source()).isEqualTo(source == null ? null : bytes(source));
            assertThat(reader.port()).isEqualTo(port);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("headers")
    void readingWhatIsMissingNeverGoesBeyondTheHeader(String name, byte[] header, String source, int port) {
        ProxyProtocolDecoder reader = new ProxyProtocolDecoder();
        int at = 0;
        while (reader.missing() > 0) {
            int next = at + reader.missing();
            assertThat(next).isLessThanOrEqualTo(header.length);
            reader.take(ByteBuffer.wrap(header, at, next - at));
            at = next;
        }
        assertThat(at).isEqualTo(header.length);
    }

    static Stream<byte[]> others() {
        return Stream.of(
                text("AMQP\0\0\11\1"),
                text("PROXY"),
                text("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n"),
                text("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rx"),
                text("PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n"),
                text("PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n"),
                text("PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n"),
                text("PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n"),
                text("PROXY TCP4 ::1 ::1 1 2\r\n"),
                text("PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n"),
                text("PROXY TCP4 localhost 5.6.7.8 1 2\r\n"),
                text("PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n"),
                text("PROXY UNKNOWN" + " ".repeat(200)),
                text(LONGEST.replace("\r\n", "6\r\n")),
                bytes(SIGNATURE + "1100"),
                bytes(SIGNATURE + "2200"),
                v2("21", "11", "0a010203"),
                v2("21", "21", "00".repeat(35)),
                v2("21", "12", "00".repeat(12)),
                v2("21", "41", "00".repeat(12)));
    }

    @ParameterizedTest
    @MethodSource("others")
    void whatIsNoHeaderIsNotTakenForOne(byte[] bytes) {
        ProxyProtocolDecoder reader = new ProxyProtocolDecoder();
        Status status = reader.take(ByteBuffer.wrap(bytes));

        assertThat(status == Status.MALFORMED || reader.missing() > 0).isTrue();
        assertThat(status).isNotEqualTo(Status.COMPLETE);
    }

    @Test
    void randomChangesDoNoHarm() {
        Random random = new Random(11);
        byte[][] headers = headers().map(header -> (byte[]) header.get()[1]).toArray(byte[][]::new);
        int complete = 0;
        for (int i = 0; i < 50_000; i++) {
            byte[] header = headers[random.nextInt(headers.length)].clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                header[random.nextInt(Math.min(header.length, 60))] = (byte) random.nextInt(256);
            }
            ProxyProtocolDecoder reader = new ProxyProtocolDecoder();
            ByteBuffer in = ByteBuffer.wrap(header);
            Status status = Status.INCOMPLETE;
            while (status == Status.INCOMPLETE && in.position() < header.length) {
                in.limit(Math.min(header.length, in.position() + 1 + random.nextInt(reader.missing())));
                status = reader.take(in);
                assertThat(reader.missing() == 0).isEqualTo(status != Status.INCOMPLETE);
            }
            if (status == Status.COMPLETE && reader.source() != null) {
                complete++;
                assertThat(reader.source().length).isIn(4, 16);
                assertThat(reader.port()).isBetween(0, 65_535);
            }
        }
        assertThat(complete).isPositive();
    }

    private static byte[] v2(String command, String family, String rest) {
        return bytes(SIGNATURE + command + family + "%04x".formatted(rest.length() / 2) + rest);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static byte[] text(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
