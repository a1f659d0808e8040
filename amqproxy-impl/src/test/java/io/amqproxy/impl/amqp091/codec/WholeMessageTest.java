package io.amqproxy.impl.amqp091.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WholeMessageTest {

    private static final long SEED = 60_041;
    private static final int CHANNEL = 7;
    private static final int MAX_FRAME = 4096;
    private static final int MAX_BODY = 10_000;

    private final Random random = new Random(SEED);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16, 4088, 4089, 9_999, 10_000})
    void aPublishIsRecognisedUpToItsEnd(int bodySize) {
        ByteBuffer in = publish("ex", "key", 0, bodySize, 4088);
        int end = in.limit();
        in = withTail(in);

        assertThat(publishEnd(in)).isEqualTo(end);
    }

    @Test
    void aMessageThatIsNotAllThereIsNotRecognised() {
        ByteBuffer in = publish("exchange", "routing.key", 0, 5000, 4088);
        for (int limit = 0; limit < in.limit(); limit++) {
            assertThat(WholeMessage.publishEnd(in, 0, limit, CHANNEL, MAX_FRAME, MAX_BODY))
                    .as("%d octets of %d", limit, in.limit())
                    .isEqualTo(WholeMessage.NONE);
        }
    }

    @Test
    void nothingBehindTheLimitIsRead() {
        ByteBuffer whole = publish("exchange", "routing.key", 0, 50, 4088);
        for (int limit = 8; limit < whole.limit(); limit++) {
            ByteBuffer in = whole.duplicate().limit(limit);

            assertThat(WholeMessage.publishEnd(in, 0, limit, CHANNEL, MAX_FRAME, MAX_BODY))
                    .isEqualTo(WholeMessage.NONE);
        }
    }

    @Test
    void theMandatoryBitIsFoundAndAnImmediateMessageIsNotRecognised() {
        ByteBuffer plain = publish("", "q", 0, 3, 4088);
        ByteBuffer mandatory = publish("", "q", 1, 3, 4088);

        assertThat(WholeMessage.isMandatory(plain, WholeMessage.nextFrame(plain, 0)))
                .isFalse();
        assertThat(publishEnd(mandatory)).isPositive();
        assertThat(WholeMessage.isMandatory(mandatory, WholeMessage.nextFrame(mandatory, 0)))
                .isTrue();
        assertThat(publishEnd(publish("", "q", 2, 3, 4088))).isEqualTo(WholeMessage.NONE);
    }

    @Test
    void framesAndBodiesThatAreTooLargeAreNotRecognised() {
        assertThat(publishEnd(publish("", "q", 0, 4089, 4089))).isEqualTo(WholeMessage.NONE);
        assertThat(publishEnd(publish("", "q", 0, MAX_BODY + 1, 4088))).isEqualTo(WholeMessage.NONE);
    }

    @Test
    void onlyTheChannelsOwnMessagesAreRecognised() {
        ByteBuffer in = publish("", "q", 0, 3, 4088);

        assertThat(WholeMessage.publishEnd(in, 0, in.limit(), CHANNEL + 1, MAX_FRAME, MAX_BODY))
                .isEqualTo(WholeMessage.NONE);
    }

    @Test
    void thePatchedMessageIsTheSameOnAnotherChannel() {
        ByteBuffer in = publish("ex", "key", 0, 9000, 4000);
        int end = in.limit();

        WholeMessage.patchChannel(in, 0, end, 0xFFFE);

        assertThat(WholeMessage.publishEnd(in, 0, end, 0xFFFE, MAX_FRAME, MAX_BODY))
                .isEqualTo(end);
        WholeMessage.patchChannel(in, 0, end, CHANNEL);
        assertThat(in).isEqualTo(publish("ex", "key", 0, 9000, 4000));
    }

    @Test
    void whatIsRecognisedAlsoPassesTheChecksFrameByFrame() {
        int recognised = 0;
        for (int i = 0; i < 200_000; i++) {
            ByteBuffer in = withTail(publish("ex".repeat(random.nextInt(3)), "key", 0, random.nextInt(40), 20));
            for (int damage = random.nextInt(3); damage > 0; damage--) {
                in.put(random.nextInt(in.limit()), (byte) random.nextInt());
            }
            int end = publishEnd(in);
            if (end != WholeMessage.NONE) {
                recognised++;
                assertThat(endFrameByFrame(in))
                        .as("round %d of seed %d", i, SEED)
                        .isEqualTo(end);
            }
        }
        assertThat(recognised).isBetween(60_000, 199_999);
    }

    @Test
    void aDeliveryIsRecognisedWithItsTag() {
        ByteBuffer in = delivery("a-consumer", 0x0102030405060708L, "ex", "key", 100);

        assertThat(WholeMessage.deliveryEnd(in, 0, in.limit(), CHANNEL, MAX_FRAME))
                .isEqualTo(in.limit());
        assertThat(in.getLong(WholeMessage.deliveryTagAt(in, 0))).isEqualTo(0x0102030405060708L);
        for (int limit = 0; limit < in.limit(); limit++) {
            assertThat(WholeMessage.deliveryEnd(in, 0, limit, CHANNEL, MAX_FRAME))
                    .isEqualTo(WholeMessage.NONE);
        }
    }

    @Test
    void aDeliveryWhoseConsumerTagLeavesNoRoomForTheRestIsNotRecognised() {
        ByteBuffer in = delivery("a-consumer", 1, "ex", "key", 100);
        in.put(Frame.PAYLOAD_OFFSET + 4, (byte) 0xFF);

        assertThat(WholeMessage.deliveryEnd(in, 0, in.limit(), CHANNEL, MAX_FRAME))
                .isEqualTo(WholeMessage.NONE);
    }

    private static int publishEnd(ByteBuffer in) {
        return WholeMessage.publishEnd(in, 0, in.limit(), CHANNEL, MAX_FRAME, MAX_BODY);
    }

    /** What the checks for single frames make of the same octets. */
    private static int endFrameByFrame(ByteBuffer in) {
        try {
            assertThat(Frame.methodId(in, 0)).isEqualTo(Method.BASIC_PUBLISH.id());
            ArgumentReader.check(in, 0, Method.BASIC_PUBLISH);
            int at = checkedEnd(in, 0, Frame.METHOD);
            int header = at;
            at = checkedEnd(in, at, Frame.HEADER);
            long missing = ContentHeader.check(in, header);
            while (missing > 0) {
                int end = checkedEnd(in, at, Frame.BODY);
                missing -= end - at - Frame.OVERHEAD;
                at = end;
            }
            assertThat(missing).isZero();
            return at;
        } catch (AmqpException offence) {
            throw new AssertionError(offence);
        }
    }

    private static int checkedEnd(ByteBuffer in, int at, int type) {
        assertThat(Frame.type(in, at)).isEqualTo(type);
        assertThat(Frame.channel(in, at)).isEqualTo(CHANNEL);
        assertThat(Frame.size(in, at)).isLessThanOrEqualTo(MAX_FRAME - Frame.OVERHEAD);
        int end = at + (int) Frame.size(in, at) + Frame.OVERHEAD;
        assertThat(in.get(end - 1)).isEqualTo(Frame.END);
        return end;
    }

    private ByteBuffer withTail(ByteBuffer message) {
        byte[] tail = new byte[random.nextInt(20)];
        random.nextBytes(tail);
        return ByteBuffer.allocate(message.limit() + tail.length)
                .put(message.duplicate())
                .put(tail)
                .flip();
    }

    private static ByteBuffer publish(String exchange, String key, int bits, int bodySize, int bodyFrame) {
        FrameWriter writer = new FrameWriter();
        ByteQueue out = new ByteQueue(new ChunkPool());
        writer.method(CHANNEL, Method.BASIC_PUBLISH)
                .shortInt(0)
                .shortString(exchange)
                .shortString(key)
                .octet(bits)
                .to(out);
        return withContent(out, bodySize, bodyFrame);
    }

    private static ByteBuffer delivery(String consumer, long tag, String exchange, String key, int bodySize) {
        FrameWriter writer = new FrameWriter();
        ByteQueue out = new ByteQueue(new ChunkPool());
        writer.method(CHANNEL, Method.BASIC_DELIVER)
                .shortString(consumer)
                .longLong(tag)
                .octet(0)
                .shortString(exchange)
                .shortString(key)
                .to(out);
        return withContent(out, bodySize, 4088);
    }

    private static ByteBuffer withContent(ByteQueue methodFrame, int bodySize, int bodyFrame) {
        ByteBuffer message = ByteBuffer.allocate(64 * 1024);
        message.put(methodFrame.toArray());
        // Delivery mode and priority.
        message.put((byte) Frame.HEADER).putShort((short) CHANNEL).putInt(16);
        message.putInt(60 << 16).putLong(bodySize).putShort((short) 0x1800);
        message.put((byte) 2).put((byte) 5).put(Frame.END);
        for (int left = bodySize; left > 0; left -= bodyFrame) {
            int size = Math.min(left, bodyFrame);
            message.put((byte) Frame.BODY).putShort((short) CHANNEL).putInt(size);
            message.put(new byte[size]).put(Frame.END);
        }
        return message.flip();
    }
}
