package io.amqproxy.impl.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShortNameTest {

    private static final int AT = 3;

    /** A short string that is followed by nothing. */
    private static ByteBuffer buffer(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(AT + 1 + bytes.length)
                .put(AT, (byte) bytes.length)
                .put(AT + 1, bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 16, 31, 255})
    void aNameIsWhatLiesThereAndNothingElse(int length) {
        String text = "x".repeat(length);
        ShortName name = ShortName.of(text);

        assertThat(name.isAt(buffer(text), AT)).isTrue();
        assertThat(name).isEqualTo(ShortName.copyOf(buffer(text), AT)).hasSameHashCodeAs(ShortName.of(text));
        for (int i = 0; i < length; i++) {
            ByteBuffer other = buffer(text.substring(0, i) + 'y' + text.substring(i + 1));
            assertThat(name.isAt(other, AT)).as("another octet at %d", i).isFalse();
            assertThat(name).isNotEqualTo(ShortName.copyOf(other, AT));
        }
        if (length > 0) {
            assertThat(name.isAt(buffer(text.substring(1)), AT)).isFalse();
            assertThat(name).isNotEqualTo(ShortName.of(text.substring(1)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tag", "amq.ctag-ÄÖ"})
    void oneReaderReadsManyNames(String text) {
        ShortName reader = ShortName.reader();
        reader.read(buffer("something else that is longer"), AT);

        assertThat(reader.read(buffer(text), AT)).isEqualTo(ShortName.of(text)).hasSameHashCodeAs(ShortName.of(text));
        assertThat(reader.text()).isEqualTo(text);
    }

    /** A table of names is as fast as their hashes differ. */
    @Test
    void namesThatDifferInOneOctetOrInTheirOrderDifferInTheirHash() {
        Set<Integer> hashes = new HashSet<>();
        for (String text : new String[] {"", "a", "b", "ab", "ba", "amq.ctag-1", "amq.ctag-2", "amq.ctag-12"}) {
            assertThat(hashes.add(ShortName.of(text).hashCode())).as(text).isTrue();
        }
    }
}
