package io.amqproxy.impl.amqp10.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ActiveMQ Artemis 2.55.0 accepts passes, and what it was seen to close the connection for does not. */
class MessageHeadTest {

    private static final String DATA = "005375a00178";

    private static byte[] octets(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static void inParts(byte[] message, int length) throws AmqpError {
        MessageHead head = new MessageHead();
        head.begin();
        for (int at = 0; at < message.length; at += length) {
            int end = Math.min(message.length, at + length);
            head.take(ByteBuffer.wrap(message), at, end, end == message.length);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // Nothing at all.
                DATA,
                "005370c006044150044042" + DATA,
                "005370c00604415004404200" + "5373c00401a10161" + "005375a10178", // Properties too.
                "005374" + "45" + DATA, // Application properties that are a list.
                "005375a10178", // Data that is a string, then data that is cut off, and so on: the body is not read.
                "005375a00978",
                "0053773f",
                "00537045", // No body.
                "00a310616d71703a646174613a62696e617279a00178",
                "00800000000000000075a00178",
                "005372c10702a30178a10179" + DATA
            })
    void whatArtemisTakesPasses(String hex) {
        byte[] octets = octets(hex);
        assertThatNoException().isThrownBy(() -> MessageHead.check(ByteBuffer.wrap(octets), 0, octets.length));
        for (int length = 1; length <= octets.length; length++) {
            int parts = length;
            assertThatNoException().isThrownBy(() -> inParts(octets, parts));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "67617262616765", // Text.
                "005370c10100" + DATA, // A header that is a map.
                "005370c00401a10178" + DATA, // A header's first field is a string.
                "005370c00403404080" + DATA,
                "005370c00706404040404040" + DATA, // Too many fields.
                "005373c00803404070" + "00000001" + DATA, // An address that is a number.
                "005373c0090440404070" + "00000001" + DATA,
                "005373c00f0e" + "4040404040404040404040404040" + DATA,
                "005372c1050254015401" + DATA, // An annotation by number.
                "005371c104023f0154" + DATA,
                "005372c1", // Cut off.
                "00",
                "0053",
                "00537f40"
            })
    void whatArtemisClosesTheConnectionForDoesNot(String hex) {
        byte[] octets = octets(hex);
        assertThatThrownBy(() -> MessageHead.check(ByteBuffer.wrap(octets), 0, octets.length))
                .isInstanceOfSatisfying(AmqpError.class, MessageHeadTest::assertOfConnection);
        for (int length = 1; length <= octets.length; length++) {
            int parts = length;
            assertThatThrownBy(() -> inParts(octets, parts)).isInstanceOf(AmqpError.class);
        }
    }

    private static void assertOfConnection(AmqpError error) {
        assertThat(error.condition()).isEqualTo(AmqpError.INTERNAL_ERROR);
        assertThat(error.scope()).isEqualTo(AmqpError.Scope.CONNECTION);
    }

    @Test
    void noMoreIsKeptThanABound() {
        byte[] section = ByteBuffer.allocate(200_000)
                .put(octets("005372d1"))
                .putInt(190_000)
                .array();
        assertThatThrownBy(() -> inParts(section, 1000)).isInstanceOf(AmqpError.class);
        byte[] body = ByteBuffer.allocate(200_000)
                .put(octets("005375b0"))
                .putInt(200_000 - 8)
                .array();
        assertThatNoException().isThrownBy(() -> inParts(body, 1000));
    }
}
