package io.amqproxy.impl.amqp091.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What RabbitMQ says of frames that are none. */
class RefusedFramesTest {

    private static final int AT = 2;

    private static ByteBuffer frame(int type, byte... payload) {
        return ByteBuffer.allocate(AT + payload.length + Frame.OVERHEAD)
                .position(AT)
                .put((byte) type)
                .putShort((short) 1)
                .putInt(payload.length)
                .put(payload)
                .put(Frame.END);
    }

    private static String unexpected(String payload) {
        byte[] octets = payload.getBytes(StandardCharsets.ISO_8859_1);
        return Refusals.unexpectedFrame(frame(Frame.BODY, octets), AT, octets.length + Frame.OVERHEAD)
                .text();
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 3", "2, 12, 11", "3, 0, -1", "8, 0, 1", "7, -1, 5"})
    void aFrameIsOfAKnownTypeAndLongEnoughForIt(int type, int enough, int wrong) {
        if (enough >= 0) {
            assertThatCode(() -> Refusals.checkKind(frame(type, new byte[enough]), AT, enough + Frame.OVERHEAD))
                    .doesNotThrowAnyException();
        }
        if (wrong >= 0) {
            assertThatThrownBy(() -> Refusals.checkKind(frame(type, new byte[wrong]), AT, wrong + Frame.OVERHEAD))
                    .hasMessageStartingWith("FRAME_ERROR - type " + type + ", all octets = <<0")
                    .hasMessageEndingWith(": unknown_frame");
        }
    }

    @Test
    void octetsAreShownAsErlangShowsThem() {
        assertThat(unexpected("hello ~")).isEqualTo("UNEXPECTED_FRAME - type 3, all octets = <<\"hello ~\">>");
        assertThat(unexpected("")).isEqualTo("UNEXPECTED_FRAME - type 3, all octets = <<>>");
        assertThat(unexpected("a\u001F")).endsWith("= <<97,31>>");
        assertThat(unexpected("a\u007F")).endsWith("= <<97,127>>");
        assertThat(unexpected("\"")).endsWith("= <<34>>");
        assertThat(unexpected("\\")).endsWith("= <<92>>");
        assertThat(unexpected("\u00FF")).endsWith("= <<255>>");
    }

    @Test
    void ofManyOctetsTheFirstAreShown() {
        assertThat(unexpected("0123456789abcdef")).endsWith("all octets = <<\"0123456789abcdef\">>");
        assertThat(unexpected("0123456789abcdefg")).endsWith("first 16 octets = <<\"0123456789abcdef\">>");
    }

    @Test
    void whatIsNoFrameLosesTheFraming() {
        ByteBuffer in = frame(0xFE, (byte) 'x').put(AT + Frame.OVERHEAD, (byte) 0xAA);
        AmqpException badEnd = Refusals.badEnd(in, AT, 1 + Frame.OVERHEAD);

        assertThat(badEnd.isFramingLost()).isTrue();
        assertThat(badEnd.text())
                .isEqualTo("FRAME_ERROR - type 254, all octets = <<\"x\">>: {invalid_frame_end_marker,170}");
        assertThat(Refusals.badEndOfPartial((byte) 0xAA).text())
                .isEqualTo("FRAME_ERROR - type 3, {invalid_frame_end_marker,170}");
        assertThat(Refusals.frameTooLarge(1, 5_000_000_000L, 4096).text())
                .isEqualTo("FRAME_ERROR - type 1, all octets = <<>>: {frame_too_large,5000000000,4096}");
    }
}
