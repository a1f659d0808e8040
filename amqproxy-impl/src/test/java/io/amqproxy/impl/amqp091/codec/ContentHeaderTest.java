package io.amqproxy.impl.amqp091.codec;

import static io.amqproxy.impl.amqp091.codec.WellFormed.FRAME_AT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentHeaderTest {

    private static final long SEED = 60_040;
    private static final int BASIC = 60;

    /**
     * content-type, content-encoding, headers, delivery-mode, priority, correlation-id, reply-to, expiration,
     * message-id, timestamp, type, user-id, app-id, and one that is reserved.
     */
    private static final String PROPERTIES = "SSTooSSSSLSSSS";

    private static final int ALL = 0xFFFC;

    @Test
    void everyCombinationOfPropertiesIsAccepted() throws AmqpException {
        Random random = new Random(SEED);
        for (int flags = 0; flags <= ALL; flags += 4) {
            long bodySize = random.nextLong() >>> 1;
            ByteBuffer frame = header(BASIC, 0, bodySize, flags, properties(flags, random));

            long size = ContentHeader.check(frame, FRAME_AT);

            assertThat(size).as("flags %04x, seed %d", flags, SEED).isEqualTo(bodySize);
        }
    }

    @Test
    void propertiesThatWereCutAnywhereAreRefused() {
        Random random = new Random(SEED);
        for (int property = 0; property < PROPERTIES.length(); property++) {
            int flags = 0x8000 >>> property;
            assertEveryCutRefused(flags, properties(flags, random));
        }
        assertEveryCutRefused(ALL, properties(ALL, random));
    }

    private static void assertEveryCutRefused(int flags, byte[] properties) {
        for (int length = 0; length < properties.length; length++) {
            assertMalformed(header(BASIC, 0, 1, flags, Arrays.copyOf(properties, length)));
        }
    }

    @Test
    void whatFollowsTheFrameIsNotTakenForProperties() {
        byte[] properties = properties(ALL, new Random(SEED));
        ByteBuffer frame = header(BASIC, 0, 1, ALL, properties);
        for (int size = 0; size < Frame.MIN_HEADER_PAYLOAD + properties.length; size++) {
            WellFormed.resize(frame, size);

            assertMalformed(frame);
        }
    }

    @Test
    void anOctetAfterThePropertiesIsRefused() {
        Random random = new Random(SEED);
        for (int flags = 0; flags <= ALL; flags += 4 * 97) {
            byte[] properties = properties(flags, random);

            assertMalformed(header(BASIC, 0, 1, flags, Arrays.copyOf(properties, properties.length + 1)));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MIN_VALUE + 1, -65_536})
    void aBodyOfMoreThanSixtyThreeBitsIsRefused(long bodySize) {
        assertMalformed(header(BASIC, 0, bodySize, 0, new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 0xFFFF_FFFFL, Long.MAX_VALUE})
    void theSizeOfTheBodyIsAnswered(long bodySize) throws AmqpException {
        long size = ContentHeader.check(header(BASIC, 0, bodySize, 0, new byte[0]), FRAME_AT);

        assertThat(size).isEqualTo(bodySize);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 20, 50, 61, 90, 0x3C00, 0xFFFF})
    void aHeaderOfAnotherClassIsRefused(int classId) {
        assertMalformed(header(classId, 0, 1, 0, new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 0x0100, 0xFFFF})
    void aWeightIsRefused(int weight) {
        assertMalformed(header(BASIC, weight, 1, 0, new byte[0]));
    }

    @Test
    void damagedHeadersAreAcceptedOrRefusedAndNothingElse() {
        Random random = new Random(SEED);
        for (int i = 0; i < 100_000; i++) {
            int flags = random.nextInt() & ALL & random.nextInt();
            byte[] properties = properties(flags, random);
            for (int damage = random.nextInt(3); damage > 0 && properties.length > 0; damage--) {
                properties[random.nextInt(properties.length)] = (byte) random.nextInt();
            }
            int wrongFlags = random.nextInt(4) == 0 ? random.nextInt() : flags;
            ByteBuffer frame = header(BASIC, 0, random.nextInt(), wrongFlags, properties);
            if (random.nextInt(4) == 0) {
                WellFormed.resize(frame, random.nextInt(Frame.MIN_HEADER_PAYLOAD + properties.length + 1));
            }
            assertAcceptedOrRefused(frame);
        }
    }

    @Test
    void randomOctetsAreAcceptedOrRefusedAndNothingElse() {
        Random random = new Random(SEED);
        for (int i = 0; i < 100_000; i++) {
            byte[] payload = new byte[random.nextInt(64)];
            random.nextBytes(payload);
            if (payload.length >= 4 && random.nextInt(10) > 0) {
                ByteBuffer.wrap(payload).putInt(0, BASIC << 16);
            }
            assertAcceptedOrRefused(WellFormed.frame(Frame.HEADER, payload));
        }
    }

    private static void assertAcceptedOrRefused(ByteBuffer frame) {
        try {
            assertThat(ContentHeader.check(frame, FRAME_AT)).isNotNegative();
        } catch (AmqpException refused) {
            assertThat(refused.code()).isEqualTo(541);
        } catch (RuntimeException bug) {
            throw new AssertionError(
                    "seed " + SEED + ", frame " + Arrays.toString(WellFormed.written(frame.position(frame.limit()))),
                    bug);
        }
    }

    private static void assertMalformed(ByteBuffer frame) {
        assertThatThrownBy(() -> ContentHeader.check(frame, FRAME_AT))
                .as("seed %d", SEED)
                .isInstanceOfSatisfying(AmqpException.class, refused -> {
                    assertThat(refused.code()).isEqualTo(541);
                    assertThat(refused.methodId()).isZero();
                    assertThat(refused.isChannelOnly()).isFalse();
                });
    }

    private static byte[] properties(int flags, Random random) {
        StringBuilder types = new StringBuilder();
        for (int property = 0; property < PROPERTIES.length(); property++) {
            if ((flags & (0x8000 >>> property)) != 0) {
                types.append(PROPERTIES.charAt(property));
            }
        }
        return WellFormed.arguments(types.toString(), random);
    }

    private static ByteBuffer header(int classId, int weight, long bodySize, int flags, byte[] properties) {
        ByteBuffer fixed = ByteBuffer.allocate(Frame.MIN_HEADER_PAYLOAD);
        fixed.putShort((short) classId)
                .putShort((short) weight)
                .putLong(bodySize)
                .putShort((short) flags);
        return WellFormed.frame(Frame.HEADER, fixed.array(), properties);
    }
}
