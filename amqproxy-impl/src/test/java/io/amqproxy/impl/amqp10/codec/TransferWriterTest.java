package io.amqproxy.impl.amqp10.codec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class TransferWriterTest {

    private static final int CHANNEL = 300;
    private static final int HANDLE = 70_000;
    private static final int ID = -2;
    private static final int LARGE = 4096;

    /** A tag, a message format in no octets, and settled in the wide form; all that follows is left out. */
    private static final String SHORT = "a00101 43 5601";

    private final Performative transfer = new Performative();
    private final TransferWriter writer = new TransferWriter(new FrameComposer());
    private final ByteQueue out = new ByteQueue(new ChunkPool(1 << 20));

    /** A transfer in the shortest encoding, of so many fields, with a payload. */
    private void read(int count, String fields, String payload) throws AmqpError {
        byte[] list = HexFormat.of().parseHex(fields.replace(" ", ""));
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        octets.writeBytes(new byte[] {0, 0x53, 0x14, (byte) 0xC0, (byte) (list.length + 1), (byte) count});
        octets.writeBytes(list);
        octets.writeBytes(payload.getBytes(US_ASCII));
        transfer.read(ByteBuffer.wrap(octets.toByteArray()), 0, octets.size());
    }

    private ByteBuffer written(boolean hasId, int maxFrameSize) throws AmqpError {
        int frames = writer.begin(
                CHANNEL, HANDLE, hasId, ID, transfer, transfer.buffer().limit(), maxFrameSize);
        writer.to(out);
        ByteBuffer written = ByteBuffer.wrap(out.toArray());
        int count = 0;
        for (int at = 0; at < written.limit(); at += (int) FrameHeader.size(written, at)) {
            count++;
        }
        assertThat(count).isEqualTo(frames);
        return written;
    }

    private static Performative frame(ByteBuffer in, int at) throws AmqpError {
        int size = FrameHeader.check(in, at, LARGE, FrameHeader.TYPE_AMQP);
        assertThat(FrameHeader.channel(in, at)).isEqualTo(CHANNEL);
        Performative read = new Performative().read(in, FrameHeader.body(in, at), at + size);
        assertThat(read.type()).isEqualTo(CompositeType.TRANSFER);
        assertThat(read.uint(Performative.TRANSFER_HANDLE, 0)).isEqualTo(HANDLE);
        return read;
    }

    private static String payload(ByteBuffer in, int at, Performative read) {
        byte[] payload = new byte[at + (int) FrameHeader.size(in, at) - read.end()];
        in.get(read.end(), payload);
        return new String(payload, US_ASCII);
    }

    @Test
    void aTransferKeepsWhatFollowsItsNumberAsItIsEncoded() throws AmqpError {
        read(5, "43 43 " + SHORT, "payload");
        ByteBuffer written = written(true, LARGE);
        Performative read = frame(written, 0);
        assertThat(read.uint(Performative.TRANSFER_DELIVERY_ID, 0)).isEqualTo(ID);
        assertThat(read.raws(Performative.TRANSFER_DELIVERY_TAG, 3))
                .isEqualTo(HexFormat.of().parseHex(SHORT.replace(" ", "")));
        assertThat(read.countBehind(Performative.TRANSFER_SETTLED)).isZero();
        assertThat(payload(written, 0, read)).isEqualTo("payload");
    }

    @Test
    void theStateAndAllFlagsAreKept() throws AmqpError {
        read(11, "5203 5204 a00101 43 41 41 5001 00532445 41 41 41", "");
        Performative read = frame(written(true, LARGE), 0);
        assertThat(read.bool(Performative.TRANSFER_MORE)).isTrue();
        assertThat(read.ubyte(Performative.TRANSFER_RCV_SETTLE_MODE, 0)).isEqualTo(1);
        assertThat(read.has(Performative.TRANSFER_STATE)).isTrue();
        assertThat(read.bool(Performative.TRANSFER_RESUME)).isTrue();
        assertThat(read.bool(Performative.TRANSFER_ABORTED)).isTrue();
        assertThat(read.bool(Performative.TRANSFER_BATCHABLE)).isTrue();
    }

    @Test
    void aTransferThatGoesOnHasNoNumber() throws AmqpError {
        read(6, "43 40 40 40 40 41", "more");
        Performative read = frame(written(false, LARGE), 0);
        assertThat(read.has(Performative.TRANSFER_DELIVERY_ID)).isFalse();
        assertThat(read.bool(Performative.TRANSFER_MORE)).isTrue();
    }

    @Test
    void aHandleMayBeAllThatATransferSays() throws AmqpError {
        read(1, "43", "last");
        ByteBuffer written = written(false, LARGE);
        Performative read = frame(written, 0);
        assertThat(read.has(Performative.TRANSFER_DELIVERY_ID)).isFalse();
        assertThat(payload(written, 0, read)).isEqualTo("last");
        assertThat(frame(written(true, LARGE), 0).uint(Performative.TRANSFER_DELIVERY_ID, 0))
                .isEqualTo(ID);
    }

    @Test
    void theNumberIsPutInLaterWhereItSaysSo() throws AmqpError {
        read(5, "43 43 " + SHORT, "payload");
        writer.begin(CHANNEL, HANDLE, true, 0, transfer, transfer.buffer().limit(), LARGE);
        writer.to(out);
        out.putInt(FrameComposer.FIRST_FIELD + 6, ID);
        assertThat(frame(ByteBuffer.wrap(out.toArray()), 0).uint(Performative.TRANSFER_DELIVERY_ID, 0))
                .isEqualTo(ID);
    }

    @Test
    void aFrameIsFilledToTheOctetBeforeThereIsASecond() throws AmqpError {
        read(5, "43 43 " + SHORT, "p".repeat(400));
        int length = written(true, LARGE).limit();
        assertThat(written(true, length).limit()).isEqualTo(length);

        ByteBuffer parts = written(true, length - 1);
        Performative first = frame(parts, 0);
        assertThat(first.bool(Performative.TRANSFER_MORE)).isTrue();
        int second = (int) FrameHeader.size(parts, 0);
        assertThat(second).isLessThanOrEqualTo(length - 1);
        Performative last = frame(parts, second);
        assertThat(last.bool(Performative.TRANSFER_MORE)).isFalse();
        assertThat(payload(parts, 0, first) + payload(parts, second, last)).isEqualTo("p".repeat(400));
    }

    /** Broker-J says the state of what it has settled in each frame, whatever its size. */
    @Test
    void eachFrameSaysTheState() throws AmqpError {
        read(8, "5203 5204 a00101 43 41 42 40 00532445", "p".repeat(2000));
        ByteBuffer parts = written(true, 512);
        StringBuilder payload = new StringBuilder();
        int count = 0;
        for (int at = 0; at < parts.limit(); at += (int) FrameHeader.size(parts, at)) {
            Performative part = frame(parts, at);
            assertThat(FrameHeader.size(parts, at)).isLessThanOrEqualTo(512);
            assertThat(part.raw(Performative.TRANSFER_STATE)).containsExactly(0, 0x53, 0x24, 0x45);
            payload.append(payload(parts, at, part));
            count++;
        }
        assertThat(count).isGreaterThan(3);
        assertThat(payload).hasToString("p".repeat(2000));
    }

    @Test
    void aStateThatWouldFillFramesIsSaidOnce() throws AmqpError {
        read(8, "5203 5204 a00101 43 41 42 40 005325c09201a18f" + "61".repeat(0x8F), "p".repeat(2000));
        ByteBuffer parts = written(true, 512);
        assertThat(frame(parts, 0).has(Performative.TRANSFER_STATE)).isTrue();
        int second = (int) FrameHeader.size(parts, 0);
        assertThat(frame(parts, second).has(Performative.TRANSFER_STATE)).isFalse();
    }

    @Test
    void whatComesBeforeThePayloadHasToFit() throws AmqpError {
        read(5, "43 43 " + "a020" + "07".repeat(32) + " 43 41", "payload");
        assertThatThrownBy(() -> written(true, 60))
                .isInstanceOf(AmqpError.class)
                .hasMessageContaining("a frame would have");
    }
}
