package io.amqproxy.impl.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The names fit to what the codecs know of methods and performatives. */
class ArgumentNamesTest {

    @ParameterizedTest
    @EnumSource
    void eachArgumentHasAName(Method method) {
        List<String> names = ArgumentNames.of(method);
        String types = method.arguments();
        assertThat(names).hasSize(types.length());
        for (int i = 0; i < types.length(); i++) {
            if (types.charAt(i) != 'B') {
                assertThat(names.get(i)).doesNotContain("+").isNotEqualTo("no-wait");
            }
        }
        assertThat(names.stream().filter(name -> !name.equals(ArgumentNames.RESERVED)))
                .doesNotHaveDuplicates();
    }

    /** Which bit says that no answer is wanted is known to the codec. */
    @ParameterizedTest
    @EnumSource
    void theBitThatWantsNoAnswerIsWhereTheCodecHasIt(Method method) {
        for (String name : ArgumentNames.of(method)) {
            List<String> bits = List.of(name.split("\\+", -1));
            int bit = bits.indexOf("no-wait");
            if (bit >= 0 && method != Method.BASIC_CANCEL) {
                assertThat(method.isAnswered(0)).isTrue();
                assertThat(method.isAnswered(1 << bit)).isFalse();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachFieldHasAName(CompositeType type) {
        assertThat(FieldNames.of(type)).hasSize(fields(type)).doesNotHaveDuplicates();
    }

    /** Part 2, section 2.7, and part 5, section 5.3.3. */
    private static int fields(CompositeType type) {
        return switch (type) {
            case OPEN -> 10;
            case BEGIN -> 8;
            case ATTACH -> 14;
            case FLOW, TRANSFER -> 11;
            case DISPOSITION -> 6;
            case DETACH, SASL_INIT -> 3;
            case SASL_OUTCOME -> 2;
            default -> 1;
        };
    }
}
