package io.amqproxy.impl.amqp10.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values as they are encoded (part 1, section 1.2), each written in hexadecimal digits. */
class ValuesTest {

    /** Where a value lies that has something before it and behind it. */
    private static final int AT = 3;

    private static ByteBuffer buffer(String digits) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(digits.replace(" ", "")));
    }

    private static ByteBuffer between(String digits) {
        return buffer("c0ffc0" + digits + "414141");
    }

    private static int length(String digits) {
        return buffer(digits).limit();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "40",
                "41",
                "42",
                "43",
                "44",
                "45",
                "56 00",
                "56 01",
                "50 ff",
                "51 ff",
                "52 ff",
                "53 ff",
                "54 ff",
                "55 ff",
                "60 ffff",
                "61 ffff",
                "70 ffffffff",
                "71 ffffffff",
                "72 ffffffff",
                "73 0010ffff",
                "74 ffffffff",
                "80 ffffffffffffffff",
                "81 ffffffffffffffff",
                "82 ffffffffffffffff",
                "83 ffffffffffffffff",
                "84 ffffffffffffffff",
                "94 ffffffffffffffffffffffffffffffff",
                "98 ffffffffffffffffffffffffffffffff",
                "a0 00",
                "a0 02 ffff",
                "a1 02 c3a9",
                "a3 02 6162",
                "b0 00000002 ffff",
                "b1 00000002 c3a9",
                "b3 00000002 6162",
                "c0 01 00",
                "c0 03 02 40 41",
                "d0 00000006 00000002 40 41",
                "c1 05 02 a10161 40",
                "d1 00000008 00000002 a10161 40",
                "e0 04 02 50 0102",
                "f0 00000007 00000002 50 0102",
                "e0 02 00 50",
                "00 53 24 c0 01 00",
                "e0 06 01 00 53 24 50 05",
                "e0 05 01 c0 02 01 40",
                "e0 06 02 a1 01 61 01 62",
                "c0 04 01 c0 01 00"
            })
    void aValueEndsWhereItSaysAndIsRefusedWhereverItIsCutOff(String digits) throws AmqpError {
        ByteBuffer in = between(digits);
        int behind = AT + length(digits);

        assertThat(Values.skip(in, AT, in.limit())).isEqualTo(behind);
        assertThat(Values.skipStrictly(in, AT, in.limit())).isEqualTo(behind);
        assertThat(Values.skipField(in, AT, in.limit())).isEqualTo(behind);
        assertThat(Values.skipField(in, AT, behind)).isEqualTo(behind);
        for (int end = AT; end < behind; end++) {
            int cut = end;
            assertThatThrownBy(() -> Values.skip(in, AT, cut)).isInstanceOf(AmqpError.class);
            assertThatThrownBy(() -> Values.skipField(in, AT, cut)).isInstanceOf(AmqpError.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "3f, unknown constructor 0x3f",
        "56 02, boolean of 2",
        "a1 01 ff, string that is not UTF-8",
        "b1 00000002 c341, string that is not UTF-8",
        "a3 02 6180, symbol that is not ASCII",
        "b3 00000001 80, symbol that is not ASCII",
        "b0 ffffffff, value of 4294967295 octets is cut off",
        "b0 80000000, value of 2147483648 octets is cut off",
        "c0 00, value is cut off",
        "d0 00000003 000000, value is cut off",
        "c0 02 02 40 41, value expected",
        "c0 03 01 40 41, compound value whose size does not fit to its elements",
        "c0 03 00 40 41, compound value whose size does not fit to its elements",
        "c1 04 01 a10161, map with a key without a value",
        "d1 00000007 00000001 a10161, map with a key without a value",
        "e0 05 02 50 010203, array whose size does not fit to its elements",
        "e0 03 02 50 01, value is cut off",
        "e0 01 00, array whose size does not fit to its elements",
        "e0 01 01, value expected",
    })
    void whatIsMalformedIsRefused(String digits, String words) {
        ByteBuffer in = between(digits);

        assertThatThrownBy(() -> Values.skip(in, AT, in.limit()))
                .isInstanceOf(AmqpError.class)
                .hasMessage(words);
        assertThatThrownBy(() -> Values.skipField(in, AT, in.limit())).isInstanceOf(AmqpError.class);
    }

    @Test
    void valuesLieSoDeepInEachOtherAndNoDeeper() throws AmqpError {
        for (String inner : new String[] {"40", "e0 03 01 50 01"}) {
            int levels = inner.equals("40") ? Values.MAX_DEPTH : Values.MAX_DEPTH - 1;
            ByteBuffer deep = nested(inner, levels);
            assertThat(Values.skip(deep, 0, deep.limit())).isEqualTo(deep.limit());
            ByteBuffer deeper = nested(inner, levels + 1);
            assertThatThrownBy(() -> Values.skip(deeper, 0, deeper.limit()))
                    .hasMessage("values lie deeper in each other than 32");
        }
    }

    @Test
    void descriptorsAndArraysCountAsDepthToo() throws AmqpError {
        int most = Values.MAX_DEPTH;
        for (int more = 0; more <= 1; more++) {
            int levels = most + more;
            String lists = HexFormat.of().formatHex(nested("40", levels - 1).array());
            for (String digits : new String[] {
                "005301".repeat(levels) + "40", // What is described is described.
                "00".repeat(levels) + "5301" + "40".repeat(levels), // So is a descriptor.
                "e0" + arrays(levels - 1),
                "e0" + sized("0100" + lists + "5001"),
            }) {
                ByteBuffer in = buffer(digits);
                if (more == 0) {
                    assertThat(Values.skip(in, 0, in.limit())).isEqualTo(in.limit());
                } else {
                    assertThatThrownBy(() -> Values.skip(in, 0, in.limit()))
                            .hasMessage("values lie deeper in each other than 32");
                }
            }
        }
    }

    /** An array in so many others, without its constructor. */
    private static String arrays(int levels) {
        String digits = "03015001";
        for (int level = 0; level < levels; level++) {
            digits = sized("01e0" + digits);
        }
        return digits;
    }

    private static String sized(String digits) {
        return HexFormat.of().toHexDigits((byte) (digits.length() / 2)) + digits;
    }

    private static ByteBuffer nested(String inner, int levels) {
        String digits = inner.replace(" ", "");
        for (int level = 0; level < levels; level++) {
            digits = "c0" + sized("01" + digits);
        }
        return buffer(digits);
    }

    @ParameterizedTest
    @CsvSource({"43, 0", "52 fe, 254", "70 fffffffe, -2", "70 00010000, 65536"})
    void aUintIsReadInEachOfItsForms(String digits, int value) {
        assertThat(Values.uint(between(digits), AT)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({"44, 0", "53 fe, 254", "80 fffffffffffffffe, -2", "80 0000000100000000, 4294967296"})
    void aUlongIsReadInEachOfItsForms(String digits, long value) {
        assertThat(Values.ulong(between(digits), AT)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({"41, true", "42, false", "56 01, true", "56 00, false", "40, false"})
    void aBooleanIsReadInEachOfItsForms(String digits, boolean value) {
        assertThat(Values.bool(between(digits), AT)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({"a1 02 c3a9, \u00E9", "b1 00000002 c3a9, \u00E9", "a3 02 6162, ab", "b3 00000002 6162, ab"})
    void textIsReadInEachOfItsForms(String digits, String text) {
        assertThat(Values.text(between(digits), AT)).isEqualTo(text);
        assertThat(Values.textOrNull(between(digits), AT)).isEqualTo(text);
        assertThat(Values.contentLength(between(digits), AT)).isEqualTo(2);
    }

    @Test
    void whatIsNoTextHasNone() {
        assertThat(Values.textOrNull(between("a0 02 6162"), AT)).isNull();
        assertThat(Values.textOrNull(between("52 61"), AT)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "e0 08 02 a3 02 6161 02 6262", "f0 00000011 00000002 b3 00000002 6161 00000002 6262",
                "f0 0000000b 00000002 a3 02 6161 02 6262", "e0 0e 02 b3 00000002 6161 00000002 6262"
            })
    void symbolsAreReadInEachOfTheirForms(String digits) {
        assertThat(Values.symbols(between(digits), AT)).containsExactly("aa", "bb");
        assertThat(Values.hasSymbol(between(digits), AT, "bb")).isTrue();
        assertThat(Values.hasSymbol(between(digits), AT, "b")).isFalse();
    }

    @Test
    void oneSymbolIsAsAnArrayOfOneAndOtherThingsAreNone() {
        assertThat(Values.symbols(between("a3 02 6161"), AT)).containsExactly("aa");
        assertThat(Values.symbols(between("e0 04 01 a1 01 61"), AT)).isEqualTo(List.of());
        assertThat(Values.symbols(between("c0 04 01 a3 01 61"), AT)).isEqualTo(List.of());
    }

    @ParameterizedTest
    @CsvSource({"45, 0, 1", "c0 03 02 40 41, 2, 3", "d0 00000006 00000002 40 41, 2, 9"})
    void aListHasSoManyValues(String digits, int count, int first) {
        ByteBuffer in = between(digits);

        assertThat(Values.count(in, AT)).isEqualTo(count);
        assertThat(Values.firstItem(in, AT)).isEqualTo(AT + first);
        assertThat(Values.countItems(in, AT + first, AT + length(digits))).isEqualTo(count);
        assertThat(Values.isEmptyCompound(in, AT)).isEqualTo(count == 0);
        assertThat(Values.elementConstructor(in, AT)).isEqualTo(-1);
    }

    @Test
    void whatIsEmptyAndWhatAnArrayIsOf() {
        assertThat(Values.isEmptyCompound(between("c0 01 00"), AT)).isTrue();
        assertThat(Values.isEmptyCompound(between("c1 01 00"), AT)).isTrue();
        assertThat(Values.isEmptyCompound(between("d0 00000004 00000000"), AT)).isTrue();
        assertThat(Values.isEmptyCompound(between("d1 00000004 00000000"), AT)).isTrue();
        assertThat(Values.isEmptyCompound(between("d1 00000008 00000002 a10161 40"), AT))
                .isFalse();
        assertThat(Values.isEmptyCompound(between("a1 00"), AT)).isFalse();
        assertThat(Values.elementConstructor(between("e0 02 00 50"), AT)).isEqualTo(0x50);
        assertThat(Values.elementConstructor(between("f0 00000005 00000000 a3"), AT))
                .isEqualTo(0xA3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"c1 0c 04 a10161 a10178 a30162 52 05", "d1 0000000f 00000004 a10161 a10178 a30162 52 05"})
    void aMapIsAskedForItsKeys(String digits) {
        ByteBuffer in = between(digits);

        assertThat(Values.hasKey(in, AT, "a")).isTrue();
        assertThat(Values.hasKey(in, AT, "b")).isTrue();
        assertThat(Values.hasKey(in, AT, "x")).isFalse();
        assertThat(Values.textOf(in, AT, "a")).isEqualTo("x");
        assertThat(Values.textOf(in, AT, "b")).isNull();
        assertThat(Values.textOf(in, AT, "x")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "00 53 1d c0 07 02 a30161 a10162, a, b",
        "00 53 1d d0 0000000a 00000002 a30161 a10162, a, b",
        "00 53 1d c0 04 01 a30161, a, ''",
        "00 53 1d c0 05 02 a30161 40, a, ''",
        "00 53 1d c0 01 00, amqp:internal-error, ''",
        "00 53 1d d0 00000004 00000000, amqp:internal-error, ''",
        "00 53 1d 45, amqp:internal-error, ''",
        "00 53 1d c0 05 02 40 a10162, amqp:internal-error, b",
        "00 53 1d c1 01 00, amqp:internal-error, ''",
        "00 3f, amqp:internal-error, ''",
    })
    void anErrorHasACondition(String digits, String condition, String text) {
        ByteBuffer in = buffer("c0ffc0" + digits);

        assertThat(Values.errorCondition(in, AT)).isEqualTo(condition);
        assertThat(Values.errorText(in, AT)).isEqualTo(text);
    }
}
