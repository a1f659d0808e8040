package io.amqproxy.impl.amqp10.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrays that RabbitMQ 4.0.5 reads pass, and those that it was seen to close the connection for do not. */
class ArrayElementsTest {

    private static int check(String value) throws AmqpError {
        byte[] octets = HexFormat.of().parseHex(value);
        return ArrayElements.check(ByteBuffer.wrap(octets), 0, Values.skip(ByteBuffer.wrap(octets), 0, octets.length));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "40",
                "45",
                "a3026162",
                "e00501a3026162",
                "e00402500102",
                "f000000006000000015001",
                "f000000009000000017000000001",
                "e0080100a30178a10179",
                "c10c02a30178e006017000000001",
                "c0020145",
                "f00000000e00000001d0000000050000000140",
                "f00000001200000001f000000009000000017000000001"
            })
    void whatItReadsPasses(String value) throws AmqpError {
        assertThat(check(value)).isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "e003015201",
                "e003015301",
                "e003015401",
                "e003015501",
                "e006017400000000",
                "e00a01840000000000000000",
                "e00401c00100",
                "e00401c10100",
                "e00601e003015001",
                "00a30178e003015201",
                "c10902a30178e003015201",
                "c00901c00601e003015201",
                "e0070100a301785201",
                "f00000001200000001d00000000900000001e003015201",
                "f00000000f00000001f000000006000000015201"
            })
    void whatItClosesTheConnectionForDoesNot(String value) {
        assertThatThrownBy(() -> check(value)).hasMessageContaining("array of elements of type");
    }
}
