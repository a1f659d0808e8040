package io.amqproxy.impl.amqp091.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProtocolHeaderTest {

    private static final byte[] AMQP_0_9_1 = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
    void theBeginningOfTheHeaderMatches(int length) {
        ByteBuffer in = ByteBuffer.wrap(AMQP_0_9_1, 0, length);

        assertThat(ProtocolHeader.matches(in)).isTrue();
    }

    @Test
    void theHeaderOfTheVersionBeforeMatchesAsWithRabbitMq() {
        byte[] amqp09 = {'A', 'M', 'Q', 'P', 1, 1, 0, 9};
        for (int length = 0; length <= amqp09.length; length++) {
            assertThat(ProtocolHeader.matches(ByteBuffer.wrap(amqp09, 0, length)))
                    .isTrue();
        }
        byte[] mixed = {'A', 'M', 'Q', 'P', 1, 0, 0, 9};
        assertThat(ProtocolHeader.matches(ByteBuffer.wrap(mixed))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 9, 1, true",
        "0, 0, 8, 0, true",
        "1, 1, 0, 9, true",
        "1, 1, 0, 8, false",
        "0, 1, 0, 0, false",
        "3, 1, 0, 0, false"
    })
    void versionsBeforeOneAreOfItsFamily(int first, int second, int third, int fourth, boolean isOfFamily) {
        byte[] header = {'A', 'M', 'Q', 'P', (byte) first, (byte) second, (byte) third, (byte) fourth};

        assertThat(ProtocolHeader.isOfFamily(ByteBuffer.wrap(header))).isEqualTo(isOfFamily);
    }

    @Test
    void whatFollowsTheHeaderDoesNotMatter() {
        ByteBuffer in = ByteBuffer.wrap(Arrays.copyOf(AMQP_0_9_1, 20)).put(8, (byte) 0xFF);

        assertThat(ProtocolHeader.matches(in)).isTrue();
    }

    @Test
    void theHeaderIsLookedForAtThePositionAndThePositionStays() {
        ByteBuffer in = ByteBuffer.allocate(20).put(5, AMQP_0_9_1).position(5);

        assertThat(ProtocolHeader.matches(in)).isTrue();
        assertThat(in.position()).isEqualTo(5);
        assertThat(ProtocolHeader.matches(in.position(4))).isFalse();
    }

    @Test
    void anyOtherOctetIsNoticedAsSoonAsItIsThere() {
        for (int at = 0; at < AMQP_0_9_1.length; at++) {
            for (int wrong = 1; wrong < 256; wrong++) {
                byte[] header = AMQP_0_9_1.clone();
                header[at] ^= (byte) wrong;

                assertThat(ProtocolHeader.matches(ByteBuffer.wrap(header, 0, at)))
                        .as("before octet %d", at)
                        .isTrue();
                boolean isOfOtherVersion = at == 4 && header[at] == 1;
                assertThat(ProtocolHeader.matches(ByteBuffer.wrap(header, 0, at + 1)))
                        .as("octet %d is %d", at, header[at])
                        .isEqualTo(isOfOtherVersion);
                assertThat(ProtocolHeader.matches(ByteBuffer.wrap(header)))
                        .as("octet %d is %d", at, header[at])
                        .isFalse();
            }
        }
    }

    @Test
    void theHeaderThatIsWrittenIsTheOneThatMatches() {
        ByteQueue out = new ByteQueue(new ChunkPool());

        ProtocolHeader.write(out);

        assertThat(out.toArray()).isEqualTo(AMQP_0_9_1);
        assertThat(ProtocolHeader.LENGTH).isEqualTo(AMQP_0_9_1.length);
    }
}
