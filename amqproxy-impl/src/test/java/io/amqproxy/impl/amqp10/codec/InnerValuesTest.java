package io.amqproxy.impl.amqp10.codec;

import static io.amqproxy.impl.amqp10.Wire10.composite;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.amqp10.Wire10;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What brokers close the connection for is found before they see it. */
class InnerValuesTest {

    private static final Object SELECTOR = symbol("apache.org:selector-filter:string");
    private static final long SELECTOR_CODE = 0x0000_468C_0000_0004L;

    private static Object symbol(String text) {
        return new Wire10.Symbol(text);
    }

    private static Object raw(String hex) {
        return new Wire10.Raw(HexFormat.of().parseHex(hex));
    }

    private static Object described(Object descriptor, Object value) {
        return new Wire10.Described(descriptor, value);
    }

    /** An attach with these fields from its source on. */
    private static byte[] attach(@Nullable Object... fields) {
        @Nullable Object[] all = new Object[5 + fields.length];
        all[0] = "name";
        all[1] = 0;
        all[2] = true;
        System.arraycopy(fields, 0, all, 5, fields.length);
        return Wire10.frame(0, 0x12, new byte[0], all);
    }

    /** An attach whose source has this field, counted from 0. */
    private static byte[] source(int field, Object value) {
        @Nullable Object[] fields = new Object[field + 1];
        fields[field] = value;
        return attach(composite(0x28, fields));
    }

    private static byte[] filter(Object value) {
        return source(7, Map.of(symbol("x"), value));
    }

    private static byte[] properties(Object value) {
        return attach(null, null, null, null, null, null, null, null, value);
    }

    private static byte[] property(Object value) {
        return properties(Map.of(symbol("x"), value));
    }

    private static byte[] unsettled(Object map) {
        return attach(null, null, map);
    }

    private static byte[] desired(Object value) {
        return attach(null, null, null, null, null, null, null, value);
    }

    private static Arguments of(String what, byte[] frame) {
        return Arguments.of(what, frame);
    }

    static Stream<Arguments> refusedAtAll() {
        return Stream.of(
                of("an array of empty lists", property(raw("E0020245"))),
                of("an array of nothings", property(raw("F0000000057FFFFFFF40"))),
                of("an array of truths", property(raw("F0000000057FFFFFFF41"))),
                of("a char beyond Unicode", property(raw("737FFFFFFF"))),
                of("a negative char", property(raw("73FFFFFFFF"))),
                of("capabilities that are strings", desired(raw("E00401A10178"))),
                of("capabilities that are an array of nothing", desired(raw("E0020040"))),
                of("a source's capabilities that are strings", source(10, raw("E00401A10178"))),
                of("outcomes that are numbers", source(9, raw("E003015001"))),
                of("an unknown expiry-policy", source(2, symbol("odd"))),
                of("a durability that there is not", source(1, 3)),
                of("a target's durability that there is not", attach(null, composite(0x29, "q", 77))),
                of("a target's unknown expiry-policy", attach(null, composite(0x29, "q", null, symbol("odd")))),
                of("a default outcome that is none", source(8, composite(0x23, 0, 0L))));
    }

    static Stream<Arguments> refusedForSome() {
        return Stream.of(
                of("properties by strings", properties(Map.of("x", 1))),
                of("properties by numbers", properties(Map.of(4, 1))),
                of("properties of a node by strings", source(5, Map.of("x", 1))),
                of("unsettled by strings", unsettled(Map.of("x", composite(0x24)))),
                of("unsettled in no state", unsettled(raw("C10702A00178A30178"))),
                of("unsettled in an unknown state", unsettled(raw("C10802A0017800539945"))),
                of("filters by strings", source(7, Map.of("x", described(symbol("y"), "z")))),
                of("a filter that is not described", filter("z")),
                of("a filter that is a list", filter(raw("C00401A00178"))),
                of("a filter described by a string", filter(described("y", "z"))),
                of("a selector that is a number", filter(described(SELECTOR, 3))),
                of("a selector by its code that is a number", filter(described(SELECTOR_CODE, 3))),
                of(
                        "properties of a flow by strings",
                        Wire10.frame(
                                0, 0x13, new byte[0], 0, 1, 0, 1, null, null, null, null, null, null, Map.of("x", 1))),
                of(
                        "information on an error by strings",
                        Wire10.frame(0, 0x17, new byte[0], composite(0x1D, symbol("y"), "z", Map.of("x", 1)))),
                of(
                        "annotations of a modified delivery by strings",
                        Wire10.frame(
                                0,
                                0x15,
                                new byte[0],
                                true,
                                0,
                                null,
                                true,
                                composite(0x27, true, null, Map.of("x", 1)))));
    }

    static Stream<Arguments> taken() {
        return Stream.of(
                of("properties", property(Map.of("a", "b"))),
                of("an array of numbers", property(raw("E0040250" + "0102"))),
                of("an array of none", property(raw("E00200A1"))),
                of("the last char of Unicode", property(raw("730010FFFF"))),
                of("a capability", desired(symbol("x"))),
                of("capabilities", desired(raw("E00401A30178"))),
                of("capabilities in wide symbols", desired(raw("E00701B30000000178"))),
                of("no capabilities", desired(raw("E00200A3"))),
                of("never expiring", source(2, symbol("never"))),
                of("a default outcome", source(8, composite(0x27, true))),
                of("a selector", filter(described(SELECTOR, "a = 1"))),
                of("a selector by its code", filter(described(SELECTOR_CODE, "a = 1"))),
                of("another filter", filter(described(symbol("y"), 3))),
                of("no filter", filter(raw("40"))),
                of("something unsettled", unsettled(raw("C10802A0017800532445"))),
                of("something unsettled in no state", unsettled(raw("C10502A0017840"))));
    }

    private static void read(byte[] octets, boolean isStrict) throws AmqpError {
        ByteBuffer frame = ByteBuffer.wrap(octets);
        new Performative()
                .read(frame, FrameHeader.body(frame, 0), frame.limit())
                .checkValues(isStrict);
    }

    private static void assertRefused(byte[] frame, boolean isStrict) {
        assertThatThrownBy(() -> read(frame, isStrict))
                .isInstanceOfSatisfying(
                        AmqpError.class, error -> assertThat(error.condition()).isEqualTo(AmqpError.DECODE_ERROR));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refusedAtAll(String what, byte[] frame) {
        assertRefused(frame, false);
        assertRefused(frame, true);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refusedForSome(String what, byte[] frame) {
        assertThatCode(() -> read(frame, false)).doesNotThrowAnyException();
        assertRefused(frame, true);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void taken(String what, byte[] frame) {
        assertThatCode(() -> read(frame, true)).doesNotThrowAnyException();
    }
}
