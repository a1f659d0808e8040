package io.amqproxy.impl.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8Test {

    private static final long SEED = 5;

    @Test
    void whatTheJdkCannotDecodeIsNoText() {
        for (int first = 0; first < 256; first++) {
            for (int second = 0; second < 256; second++) {
                check((byte) first);
                check((byte) first, (byte) second);
                check((byte) first, (byte) second, (byte) 0x80);
                check((byte) first, (byte) second, (byte) 0xBF, (byte) 0x80);
                check((byte) first, (byte) second, (byte) 0x80, (byte) 0x41);
            }
        }
    }

    @Test
    void textOfAnyKindIsText() {
        Random random = new Random(SEED);
        for (int i = 0; i < 10_000; i++) {
            String text = random.ints(random.nextInt(20), 0, Character.MAX_CODE_POINT + 1)
                    .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            check(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void octetsAroundTheTextDoNotCount() {
        ByteBuffer octets = ByteBuffer.wrap(new byte[] {(byte) 0xFF, 'a', (byte) 0xC3, (byte) 0xA4, (byte) 0xFF});

        assertThat(Utf8.isText(octets, 1, 4)).isTrue();
        assertThat(Utf8.isText(octets, 1, 3)).isFalse();
        assertThat(Utf8.isText(octets, 2, 2)).isTrue();
    }

    private static void check(byte... octets) {
        ByteBuffer buffer = ByteBuffer.wrap(octets);
        boolean isText = Utf8.isText(buffer, 0, octets.length);
        if (isText != canBeDecoded(octets)) {
            assertThat(isText).as("%s", octets).isEqualTo(!isText);
        }
    }

    private static boolean canBeDecoded(byte... octets) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
