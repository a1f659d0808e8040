package io.amqproxy.impl.amqp091.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldTableTest {

    private static final long SEED = 77_001;
    private static final int MALFORMED = -1;
    private static final int[] HOSTILE = {0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 0x7FFFFFFB, 0x00010000};

    static Stream<Character> valueTypes() {
        return WellFormed.VALUE_TYPES.chars().mapToObj(type -> (char) type);
    }

    @ParameterizedTest
    @MethodSource("valueTypes")
    void aValueOfEachTypeIsSteppedOver(char type) {
        Random random = new Random(SEED);
        for (int i = 0; i < 100; i++) {
            byte[] table = tableOf(type, random);

            int next = FieldTable.skip(ByteBuffer.wrap(table), 0, table.length);

            assertThat(next)
                    .as("seed %d, table %s", SEED, Arrays.toString(table))
                    .isEqualTo(table.length);
        }
    }

    @ParameterizedTest
    @MethodSource("valueTypes")
    void aTableThatWasCutAnywhereIsRefused(char type) {
        byte[] table = tableOf(type, new Random(SEED));
        for (int end = 0; end < table.length; end++) {
            int next = FieldTable.skip(ByteBuffer.wrap(table), 0, end);

            assertThat(next).as("cut at %d, seed %d", end, SEED).isEqualTo(MALFORMED);
        }
    }

    @ParameterizedTest
    @MethodSource("valueTypes")
    void aValueThatReachesOutOfItsTableIsRefused(char type) {
        byte[] table = tableOf(type, new Random(SEED));
        for (int length = 1; length < table.length - 4; length++) {
            ByteBuffer in = ByteBuffer.wrap(table).putInt(0, length);

            int next = FieldTable.skip(in, 0, table.length);

            assertThat(next).as("length %d, seed %d", length, SEED).isEqualTo(MALFORMED);
        }
    }

    @ParameterizedTest
    @ValueSource(chars = {'S', 'x', 'F', 'A'})
    void aValueWithAHostileLengthIsRefused(char type) {
        byte[] table = tableOf(type, new Random(SEED));
        for (int length : HOSTILE) {
            ByteBuffer in = ByteBuffer.wrap(table).putInt(4 + 2 + 1, length);

            int next = FieldTable.skip(in, 0, table.length);

            assertThat(next).as("length %08x, seed %d", length, SEED).isEqualTo(MALFORMED);
        }
    }

    @Test
    void aLetterThatIsNoTypeIsRefused() {
        for (int letter = 0; letter < 256; letter++) {
            if (WellFormed.VALUE_TYPES.indexOf(letter) >= 0) {
                continue;
            }
            ByteBuffer in =
                    ByteBuffer.allocate(32).putInt(0, 28).put(4, (byte) 1).put(6, (byte) letter);

            int next = FieldTable.skip(in, 0, in.limit());

            assertThat(next).as("letter %d", letter).isEqualTo(MALFORMED);
        }
    }

    @Test
    void valuesAreReadAsTheirTypesSay() {
        ByteBuffer out = ByteBuffer.allocate(1024).putInt(0);
        entry(out, "true", 't').put((byte) 1);
        entry(out, "false", 't').put((byte) 0);
        entry(out, "signed octet", 'b').put((byte) -2);
        entry(out, "octet", 'B').put((byte) -2);
        entry(out, "signed short", 's').putShort((short) -3);
        entry(out, "short", 'u').putShort((short) -3);
        entry(out, "signed long", 'I').putInt(-4);
        entry(out, "long", 'i').putInt(-4);
        entry(out, "longlong", 'l').putLong(Long.MIN_VALUE);
        entry(out, "float", 'f').putFloat(1.5f);
        entry(out, "double", 'd').putDouble(-0.25);
        entry(out, "decimal", 'D').put((byte) 2).putInt(314);
        entry(out, "time", 'T').putLong(1_000_000_007L);
        entry(out, "text", 'S').putInt(2).put("\u00E9".getBytes(StandardCharsets.UTF_8));
        entry(out, "octets", 'x').putInt(1).put((byte) 9);
        entry(out, "nothing", 'V');
        entry(out, "table", 'F')
                .putInt(4)
                .put((byte) 1)
                .put((byte) 'k')
                .put((byte) 't')
                .put((byte) 1);
        entry(out, "array", 'A')
                .putInt(4)
                .put((byte) 'V')
                .put((byte) 'b')
                .put((byte) 7)
                .put((byte) 'V');
        out.putInt(0, out.position() - 4);

        Map<String, Object> table = FieldTable.read(out, 0);

        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("true", true);
        expected.put("false", false);
        expected.put("signed octet", -2);
        expected.put("octet", 254);
        expected.put("signed short", -3);
        expected.put("short", 65_533);
        expected.put("signed long", -4);
        expected.put("long", 4_294_967_292L);
        expected.put("longlong", Long.MIN_VALUE);
        expected.put("float", 1.5);
        expected.put("double", -0.25);
        expected.put("time", 1_000_000_007L);
        expected.put("text", "\u00E9");
        expected.put("table", Map.of("k", true));
        expected.put("array", List.of(7));
        assertThat(table).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void aNumberThatIsNoneIsMalformed(double number) {
        ByteBuffer doubles = ByteBuffer.allocate(64).putInt(0);
        entry(doubles, "n", 'd').putDouble(number);
        ByteBuffer floats = ByteBuffer.allocate(64).putInt(0);
        entry(floats, "n", 'f').putFloat((float) number);

        assertThat(skipped(doubles)).isEqualTo(MALFORMED);
        assertThat(skipped(floats)).isEqualTo(MALFORMED);
    }

    private static int skipped(ByteBuffer table) {
        table.putInt(0, table.position() - 4);
        return FieldTable.skip(table, 0, table.position());
    }

    @Test
    void ofValuesWithOneNameTheFirstCounts() {
        byte[] table = {0, 0, 0, 8, 1, 'k', 'B', 1, 1, 'k', 'B', 2};

        assertThat(FieldTable.read(ByteBuffer.wrap(table), 0)).isEqualTo(Map.of("k", 1));
    }

    @Test
    void whatIsWrittenIsReadBack() {
        Random random = new Random(SEED);
        for (int i = 0; i < 2_000; i++) {
            Map<String, Object> table = randomMap(random, 0);
            ByteBuffer out = ByteBuffer.allocate(256 * 1024).position(5);

            FieldTable.write(out, table);

            assertThat(FieldTable.skip(out, 5, out.position()))
                    .as("seed %d, table %s", SEED, table)
                    .isEqualTo(out.position());
            assertThat(FieldTable.read(out, 5)).as("seed %d", SEED).isEqualTo(table);
        }
    }

    @Test
    void anEmptyTableIsFourOctets() {
        ByteBuffer out = ByteBuffer.allocate(8);

        FieldTable.write(out, Map.of());

        assertThat(WellFormed.written(out)).containsExactly(0, 0, 0, 0);
        assertThat(FieldTable.skip(out, 0, 4)).isEqualTo(4);
        assertThat(FieldTable.read(out, 0)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(chars = {'F', 'A'})
    void aHundredLevelsOfNestingAreAccepted(char type) {
        byte[] table = nested(type, 100);

        int next = FieldTable.skip(ByteBuffer.wrap(table), 0, table.length);

        assertThat(next).isEqualTo(table.length);
        assertThat(FieldTable.read(ByteBuffer.wrap(table), 0)).containsOnlyKeys("");
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 102, 1_000, 20_000})
    void deeperNestingIsRefusedBeforeTheStackEnds(int levels) {
        byte[] tables = nested('F', levels);
        byte[] arrays = nested('A', levels);

        assertThat(FieldTable.skip(ByteBuffer.wrap(tables), 0, tables.length)).isEqualTo(MALFORMED);
        assertThat(FieldTable.skip(ByteBuffer.wrap(arrays), 0, arrays.length)).isEqualTo(MALFORMED);
    }

    @Test
    void randomOctetsAreAcceptedOrRefusedAndNothingElse() {
        Random random = new Random(SEED);
        for (int i = 0; i < 200_000; i++) {
            byte[] octets = new byte[random.nextInt(40)];
            random.nextBytes(octets);
            if (octets.length >= 4) {
                ByteBuffer.wrap(octets).putInt(0, random.nextInt(octets.length));
            }
            assertAcceptedOrRefused(octets);
        }
    }

    @Test
    void damagedTablesAreAcceptedOrRefusedAndNothingElse() {
        Random random = new Random(SEED);
        for (int i = 0; i < 50_000; i++) {
            ByteBuffer out = ByteBuffer.allocate(32 * 1024);
            WellFormed.table(out, random, 0);
            byte[] octets = WellFormed.written(out);
            for (int damage = 1 + random.nextInt(3); damage > 0; damage--) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt(random.nextBoolean() ? 256 : 16);
            }
            assertAcceptedOrRefused(octets);
        }
    }

    private static void assertAcceptedOrRefused(byte[] octets) {
        ByteBuffer in = ByteBuffer.wrap(octets);
        try {
            int next = FieldTable.skip(in, 0, octets.length);
            if (next != MALFORMED) {
                assertThat(next).isBetween(4, octets.length);
                assertThat(FieldTable.read(in, 0)).isNotNull();
            }
        } catch (RuntimeException bug) {
            throw new AssertionError("seed " + SEED + ", octets " + Arrays.toString(octets), bug);
        }
    }

    /** A table with one value of this type, whose name is one octet. */
    private static byte[] tableOf(char type, Random random) {
        ByteBuffer out = ByteBuffer.allocate(32 * 1024).putInt(0);
        entry(out, "n", type).position(out.position() - 1);
        WellFormed.value(out, type, random, 1);
        out.putInt(0, out.position() - 4);
        return WellFormed.written(out);
    }

    private static ByteBuffer entry(ByteBuffer out, String name, char type) {
        return out.put((byte) name.length())
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .put((byte) type);
    }

    /** A table that has in it this many tables or arrays, one within the other. */
    private static byte[] nested(char type, int levels) {
        boolean tables = type == 'F';
        int perLevel = tables ? 6 : 5;
        int length = 4 + 6 + perLevel * (levels - 1);
        ByteBuffer out = ByteBuffer.allocate(length);
        out.putInt(length - 4);
        out.put((byte) 0).put((byte) type).putInt(length - out.position() - 4);
        for (int level = 1; level < levels; level++) {
            if (tables) {
                out.put((byte) 0);
            }
            out.put((byte) type).putInt(length - out.position() - 4);
        }
        assertThat(out.hasRemaining()).isFalse();
        return out.array();
    }

    private static Map<String, Object> randomMap(Random random, int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            map.put(randomText(random), randomValue(random, depth));
        }
        return map;
    }

    private static Object randomValue(Random random, int depth) {
        return switch (random.nextInt(depth < 3 ? 7 : 5)) {
            case 0 -> random.nextBoolean();
            case 1 -> random.nextInt();
            case 2 -> random.nextLong();
            case 3 -> random.nextDouble();
            case 4 -> randomText(random);
            case 5 -> randomMap(random, depth + 1);
            default -> {
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(randomValue(random, depth + 1));
                }
                yield list;
            }
        };
    }

    private static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(20); i > 0; i--) {
            text.appendCodePoint(random.nextBoolean() ? 'a' + random.nextInt(26) : 0x1F600 + random.nextInt(40));
        }
        return text.toString();
    }
}
