package io.amqproxy.impl.amqp10.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first eight octets of a frame. */
class FrameHeaderTest {

    private static final int MOST = 512;

    private static ByteBuffer header(int size, int dataOffset, int type) {
        return ByteBuffer.allocate(1 + FrameHeader.LENGTH)
                .put((byte) -1)
                .putInt(size)
                .put((byte) dataOffset)
                .put((byte) type)
                .putShort((short) 0xFFFE)
                .flip();
    }

    @ParameterizedTest
    @CsvSource({"8,2", "512,2", "512,128", "12,3"})
    void aFrameTellsItsSizeAndWhereItsBodyIs(int size, int dataOffset) throws AmqpError {
        ByteBuffer in = header(size, dataOffset, FrameHeader.TYPE_SASL);

        assertThat(FrameHeader.check(in, 1, MOST, FrameHeader.TYPE_SASL)).isEqualTo(size);
        assertThat(FrameHeader.body(in, 1)).isEqualTo(1 + 4 * dataOffset);
        assertThat(FrameHeader.channel(in, 1)).isEqualTo(0xFFFE);
    }

    @ParameterizedTest
    @CsvSource({
        "7,2,0,frame of 7 octets",
        "513,2,0,maximum frame size (512 bytes)",
        "-1,2,0,frame size (4294967295 bytes)",
        "8,1,0,data offset of 1",
        "8,0,0,data offset of 0",
        "11,3,0,data offset of 3",
        "512,129,0,data offset of 129",
        "8,2,1,frame of type 1",
        "8,2,255,frame of type 255"
    })
    void anyOtherEndsTheConnection(int size, int dataOffset, int type, String why) {
        assertThatThrownBy(() -> FrameHeader.check(header(size, dataOffset, type), 1, MOST, FrameHeader.TYPE_AMQP))
                .isInstanceOf(AmqpError.class)
                .hasMessageContaining(why);
    }

    @Test
    void aSizeIsCheckedAsSoonAsItIsThere() throws AmqpError {
        ByteBuffer in = header(MOST + 1, 2, FrameHeader.TYPE_AMQP);
        FrameHeader.checkBeginning(in.limit(1 + 3), 1, MOST);

        assertThatThrownBy(() -> FrameHeader.checkBeginning(in.limit(1 + 4), 1, MOST))
                .isInstanceOf(AmqpError.class);
        FrameHeader.checkBeginning(header(MOST, 2, FrameHeader.TYPE_AMQP).limit(1 + 4), 1, MOST);
    }
}
