package io.amqproxy.impl.amqp10.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PerformativeTest {

    private final FrameComposer composer = new FrameComposer();
    private final Performative performative = new Performative();
    private final ByteQueue out = new ByteQueue(new ChunkPool(1 << 20));

    private ByteBuffer frame(FrameComposer composed) {
        composed.to(out);
        return ByteBuffer.wrap(out.toArray());
    }

    private Performative read(ByteBuffer frame) throws AmqpError {
        return performative.read(frame, FrameHeader.body(frame, 0), frame.limit());
    }

    private FrameComposer open() {
        return composer.begin(7, CompositeType.OPEN)
                .string("me")
                .none()
                .uint(65_536)
                .ushort(300)
                .none(3)
                .symbols(List.of("one", "two"))
                .none()
                .map(Map.of("key", "value"));
    }

    @Test
    void whatIsComposedIsRead() throws AmqpError {
        ByteBuffer frame = frame(open());
        assertThat(FrameHeader.check(frame, 0, 512, FrameHeader.TYPE_AMQP)).isEqualTo(frame.limit());
        assertThat(FrameHeader.channel(frame, 0)).isEqualTo(7);

        Performative open = read(frame);
        assertThat(open.type()).isEqualTo(CompositeType.OPEN);
        assertThat(open.text(Performative.OPEN_CONTAINER_ID)).isEqualTo("me");
        assertThat(open.has(Performative.OPEN_HOSTNAME)).isFalse();
        assertThat(open.uint(Performative.OPEN_MAX_FRAME_SIZE, 0)).isEqualTo(65_536);
        assertThat(open.ushort(Performative.OPEN_CHANNEL_MAX, 0)).isEqualTo(300);
        assertThat(open.symbols(Performative.OPEN_OFFERED_CAPABILITIES)).containsExactly("one", "two");
        assertThat(open.hasSymbol(Performative.OPEN_OFFERED_CAPABILITIES, "two"))
                .isTrue();
        assertThat(open.hasKey(Performative.OPEN_PROPERTIES, "key")).isTrue();
        assertThat(open.hasKey(Performative.OPEN_PROPERTIES, "value")).isFalse();
        assertThat(open.end()).isEqualTo(frame.limit());
    }

    @Test
    void whatIsCutOffIsRefusedWhereverItIsCut() {
        ByteBuffer frame = frame(open());
        for (int length = FrameHeader.LENGTH; length < frame.limit(); length++) {
            int end = length;
            assertThatThrownBy(() -> performative.read(frame, FrameHeader.LENGTH, end))
                    .as("cut at %s", length)
                    .isInstanceOf(AmqpError.class);
        }
    }

    @Test
    void aFieldThatHasToBeThereIsMissed() {
        ByteBuffer transfer =
                frame(composer.begin(0, CompositeType.TRANSFER).none().uint(1));
        assertThatThrownBy(() -> read(transfer)).isInstanceOf(AmqpError.class).hasMessageContaining("missing");
    }

    @Test
    void aFieldOfAnotherTypeIsRefused() {
        ByteBuffer transfer = frame(composer.begin(0, CompositeType.TRANSFER).string("handle"));
        assertThatThrownBy(() -> read(transfer)).isInstanceOf(AmqpError.class).hasMessageContaining("wrong type");
    }

    @Test
    void moreFieldsThanThereAreAreRefused() {
        ByteBuffer end = frame(composer.begin(0, CompositeType.END).none().none());
        assertThatThrownBy(() -> read(end)).isInstanceOf(AmqpError.class).hasMessageContaining("too many");
    }

    @Test
    void valuesThatLieTooDeepInEachOtherAreRefusedAndNotFollowed() {
        byte[] lists = new byte[3 * 100_000];
        for (int i = 0; i + 3 <= lists.length; i += 3) {
            lists[i] = (byte) FormatCode.LIST_8;
            lists[i + 1] = (byte) 0xFF;
            lists[i + 2] = 1;
        }
        assertThatThrownBy(() -> Values.skip(ByteBuffer.wrap(lists), 0, lists.length))
                .isInstanceOf(AmqpError.class);
    }

    @Test
    void anArrayOfNothingsOfAnyNumberCostsNothing() throws AmqpError {
        ByteBuffer array = ByteBuffer.allocate(10)
                .put((byte) FormatCode.ARRAY_32)
                .putInt(5)
                .putInt(-1)
                .put((byte) FormatCode.NULL);
        assertThat(Values.skip(array, 0, array.limit())).isEqualTo(10);
        assertThatThrownBy(() -> Values.skipStrictly(array, 0, array.limit())).isInstanceOf(AmqpError.class);
    }

    /** Artemis takes them in messages, and no broker does in performatives. */
    @Test
    void aCharBeyondUnicodeIsAnAffairOfPerformativesOnly() throws AmqpError {
        ByteBuffer character = ByteBuffer.allocate(5).put((byte) 0x73).putInt(Integer.MAX_VALUE);
        assertThat(Values.skip(character, 0, character.limit())).isEqualTo(5);
        assertThatThrownBy(() -> Values.skipStrictly(character, 0, character.limit()))
                .isInstanceOf(AmqpError.class);
    }

    @Test
    void anErrorHasItsConditionAndItsText() throws AmqpError {
        Performative close =
                read(frame(composer.begin(0, CompositeType.CLOSE).error(AmqpError.NOT_FOUND, "no such thing")));
        assertThat(close.error(Performative.CLOSE_ERROR)).isEqualTo(AmqpError.NOT_FOUND);
        assertThat(Values.errorText(close.buffer(), close.at(Performative.CLOSE_ERROR)))
                .isEqualTo("no such thing");
    }
}
