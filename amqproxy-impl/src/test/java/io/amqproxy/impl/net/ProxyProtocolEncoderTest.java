package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.internal.IpText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Headers octet by octet, as the specification of the PROXY protocol has them in section 2.2. */
class ProxyProtocolEncoderTest {

    private static final String START = "0d0a0d0a000d0a515549540a21";
    private static final InetSocketAddress OWN = at("10.1.2.3", 40_000);
    private static final InetSocketAddress BROKER = at("127.0.0.1", 5672);

    private static InetSocketAddress at(String address, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(Objects.requireNonNull(IpText.parse(address))), port);
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 127.0.0.1, 11000c c0000207 7f000001 d431 1628",
        "2001:db8::1, ::1, 210024 20010db8000000000000000000000001 00000000000000000000000000000001 d431 1628",
        "192.0.2.7, ::1, 210024 00000000000000000000ffffc0000207 00000000000000000000000000000001 d431 1628",
        "2001:db8::1, 127.0.0.1, 210024 20010db8000000000000000000000001 00000000000000000000ffff7f000001 d431 1628"
    })
    void aClientIsToldWithTheBrokersEnd(String client, String broker, String rest) {
        byte[] header = ProxyProtocolEncoder.header(at(client, 0xd431), OWN, at(broker, 5672));

        assertThat(HexFormat.of().formatHex(header)).isEqualTo(START + rest.replace(" ", ""));
    }

    @Test
    void whereThereIsNoClientWithAnAddressItIsTheProxy() {
        byte[] expected = HexFormat.of().parseHex(START + "11000c" + "0a010203" + "7f000001" + "9c40" + "1628");

        assertThat(ProxyProtocolEncoder.header(null, OWN, BROKER)).isEqualTo(expected);
        assertThat(ProxyProtocolEncoder.header(at("127.0.0.1", 0), OWN, BROKER)).isEqualTo(expected);
        assertThat(ProxyProtocolEncoder.header(InetSocketAddress.createUnresolved("app", 7), OWN, BROKER))
                .isEqualTo(expected);
    }

    @Test
    void whatIsWrittenIsRead() {
        ProxyProtocolDecoder reader = new ProxyProtocolDecoder();

        assertThat(reader.take(ByteBuffer.wrap(ProxyProtocolEncoder.header(at("192.0.2.7", 65_535), OWN, BROKER))))
                .isEqualTo(ProxyProtocolDecoder.Status.COMPLETE);
        assertThat(reader.source()).isEqualTo(new byte[] {(byte) 192, 0, 2, 7});
        assertThat(reader.port()).isEqualTo(65_535);
    }
}
