package io.amqproxy.impl.amqp091.codec;

import static io.amqproxy.impl.amqp091.codec.WellFormed.FRAME_AT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentReaderTest {

    private static final long SEED = 424_242;
    private static final int ID = 4;
    private static final int[] HOSTILE = {
        0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFB, 0x80000000, 0x80000001, 0x7FFFFFFF, 0x7FFFFFFC, 0x7FFFFFF0, 0x00FFFFFF
    };

    @ParameterizedTest
    @EnumSource
    void wellFormedArgumentsAreAccepted(Method method) {
        Random random = new Random(SEED);
        for (int i = 0; i < 200; i++) {
            byte[] arguments = WellFormed.arguments(method.arguments(), random);
            ByteBuffer frame = WellFormed.methodFrame(method, arguments);

            assertThatCode(() -> ArgumentReader.check(frame, FRAME_AT, method))
                    .as("seed %d, arguments %s", SEED, Arrays.toString(arguments))
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @EnumSource
    void argumentsThatWereCutAnywhereAreRefused(Method method) {
        Random random = new Random(SEED);
        for (int i = 0; i < 20; i++) {
            byte[] arguments = WellFormed.arguments(method.arguments(), random);
            for (int length = 0; length < arguments.length; length++) {
                ByteBuffer frame = WellFormed.methodFrame(method, Arrays.copyOf(arguments, length));
                assertRefused(frame, method);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatFollowsTheFrameIsNotTakenForItsArguments(Method method) {
        byte[] arguments = WellFormed.arguments(method.arguments(), new Random(SEED));
        ByteBuffer frame = WellFormed.methodFrame(method, arguments);
        for (int length = 0; length < arguments.length; length++) {
            WellFormed.resize(frame, ID + length);
            assertRefused(frame, method);
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneOctetTooManyIsRefused(Method method) {
        byte[] arguments = WellFormed.arguments(method.arguments(), new Random(SEED));
        byte[] longer = Arrays.copyOf(arguments, arguments.length + 1);
        for (int octet = 0; octet < 256; octet++) {
            longer[arguments.length] = (byte) octet;
            assertRefused(WellFormed.methodFrame(method, longer), method);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aHostileLengthIsRefused(Method method) {
        Random random = new Random(SEED);
        ByteBuffer block = ByteBuffer.allocate(64 * 1024);
        List<Integer> lengthsAt = new ArrayList<>();
        String types = method.arguments();
        for (int i = 0; i < types.length(); i++) {
            char type = types.charAt(i);
            if (type == 'X' || type == 'T') {
                lengthsAt.add(block.position());
            }
            WellFormed.argument(block, type, random);
        }
        for (int at : lengthsAt) {
            for (int length : HOSTILE) {
                byte[] arguments = WellFormed.written(block);
                ByteBuffer.wrap(arguments).putInt(at, length);
                assertRefused(WellFormed.methodFrame(method, arguments), method);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void damagedArgumentsAreAcceptedOrRefusedAndNothingElse(Method method) {
        Random random = new Random(SEED);
        for (int i = 0; i < 2_000; i++) {
            byte[] arguments = WellFormed.arguments(method.arguments(), random);
            for (int damage = random.nextInt(4); damage > 0 && arguments.length > 0; damage--) {
                arguments[random.nextInt(arguments.length)] = (byte) random.nextInt();
            }
            if (arguments.length >= 4) {
                ByteBuffer.wrap(arguments)
                        .putInt(random.nextInt(arguments.length - 3), HOSTILE[random.nextInt(HOSTILE.length)]);
            }
            checkedOrRefused(WellFormed.methodFrame(method, arguments), method, arguments);
        }
    }

    private static void checkedOrRefused(ByteBuffer frame, Method method, byte[] arguments) {
        try {
            ArgumentReader.check(frame, FRAME_AT, method);
        } catch (AmqpException refused) {
            assertThat(refused.code()).isEqualTo(502);
        } catch (RuntimeException bug) {
            throw new AssertionError("seed " + SEED + ", arguments " + Arrays.toString(arguments), bug);
        }
    }

    /** A step of the walker. */
    interface Step {
        void take(ArgumentReader arguments) throws AmqpException;
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> steps() {
        return Stream.of(
                step('o', ArgumentReader::octet),
                step('s', ArgumentReader::shortInt),
                step('l', ArgumentReader::longInt),
                step('L', ArgumentReader::longLong),
                step('S', ArgumentReader::shortString),
                step('S', ArgumentReader::skipShortString),
                step('X', ArgumentReader::longString),
                step('X', ArgumentReader::longText),
                step('T', ArgumentReader::table));
    }

    private static org.junit.jupiter.params.provider.Arguments step(char type, Step step) {
        return org.junit.jupiter.params.provider.Arguments.of(type, step);
    }

    @ParameterizedTest
    @MethodSource("steps")
    void aStepEndsWhereTheNextArgumentBegins(char type, Step step) throws AmqpException {
        byte[] block = WellFormed.arguments(String.valueOf(type), new Random(SEED));
        ByteBuffer frame = WellFormed.methodFrame(Method.BASIC_PUBLISH, Arrays.copyOf(block, block.length + 5));
        ArgumentReader arguments = new ArgumentReader().reset(frame, FRAME_AT);

        step.take(arguments);

        assertThat(arguments.position()).isEqualTo(FRAME_AT + Frame.PAYLOAD_OFFSET + ID + block.length);
        assertThat(arguments.end()).isEqualTo(arguments.position() + 5);
    }

    @ParameterizedTest
    @MethodSource("steps")
    void aStepBeyondTheEndIsRefused(char type, Step step) {
        byte[] block = WellFormed.arguments(String.valueOf(type), new Random(SEED));
        ByteBuffer frame = WellFormed.methodFrame(Method.BASIC_PUBLISH, block);
        for (int length = 0; length < block.length; length++) {
            WellFormed.resize(frame, ID + length);
            ArgumentReader arguments = new ArgumentReader().reset(frame, FRAME_AT);
            assertSyntaxError(() -> step.take(arguments), Method.BASIC_PUBLISH);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 0x7FFFFFFC, 5})
    void aLongStringOrTableLongerThanTheFrameIsRefused(int length) {
        ByteBuffer block = ByteBuffer.allocate(8).putInt(0, length);
        ByteBuffer frame = WellFormed.methodFrame(Method.CONNECTION_SECURE, block.array());

        assertSyntaxError(() -> new ArgumentReader().reset(frame, FRAME_AT).longString(), Method.CONNECTION_SECURE);
        assertSyntaxError(() -> new ArgumentReader().reset(frame, FRAME_AT).table(), Method.CONNECTION_SECURE);
    }

    @Test
    void theWalkerReadsWhatTheFrameSays() throws AmqpException {
        ByteBuffer block = ByteBuffer.allocate(64);
        block.put((byte) 0xFE).putShort((short) 0xFFFE).putInt(-3).putLong(-4);
        block.put((byte) 2).put((byte) 0xC3).put((byte) 0xA9);
        block.putInt(3).put((byte) 1).put((byte) 0).put((byte) 0xFF);
        block.putInt(4).put((byte) 1).put((byte) 'k').put((byte) 't').put((byte) 1);
        ByteBuffer frame = WellFormed.methodFrame(Method.BASIC_PUBLISH, WellFormed.written(block));

        ArgumentReader arguments = new ArgumentReader().reset(frame, FRAME_AT);

        assertThat(arguments.octet()).isEqualTo(0xFE);
        assertThat(arguments.shortInt()).isEqualTo(0xFFFE);
        assertThat(arguments.longInt()).isEqualTo(-3);
        assertThat(arguments.longLong()).isEqualTo(-4L);
        assertThat(arguments.shortString()).isEqualTo("\u00E9");
        assertThat(arguments.longString()).containsExactly(1, 0, 0xFF);
        assertThat(arguments.table()).isEqualTo(Map.of("k", true));
        assertThat(arguments.position()).isEqualTo(arguments.end());
    }

    private static void assertRefused(ByteBuffer frame, Method method) {
        assertSyntaxError(() -> ArgumentReader.check(frame, FRAME_AT, method), method);
    }

    private static void assertSyntaxError(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Method method) {
        assertThatThrownBy(call).as("seed %d", SEED).isInstanceOfSatisfying(AmqpException.class, refused -> {
            assertThat(refused.code()).isEqualTo(502);
            assertThat(refused.methodId()).isEqualTo(method.id());
            assertThat(refused.isChannelOnly()).isFalse();
            assertThat(refused.text()).isEqualTo("SYNTAX_ERROR - malformed arguments of " + method);
        });
    }
}
