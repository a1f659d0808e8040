package io.amqproxy.impl.amqp091.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.JavaClientCodec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What RabbitMQ 3.10.8 closes a connection for was tried out: each value that is uncertain here, and those that are
 * not.
 */
class UncertainArgumentsTest {

    static Stream<Arguments> consumers() {
        return Stream.of(
                Arguments.of("x-credit", Map.of("credit", 1L, "drain", false), false),
                Arguments.of("x-credit", Map.of(), false),
                Arguments.of("x-credit", 1, true),
                Arguments.of("x-credit", "1", true),
                Arguments.of("x-credit", true, true),
                Arguments.of("x-credit", List.of(1), true),
                Arguments.of("x-stream-offset", "first", false),
                Arguments.of("x-stream-offset", "last", false),
                Arguments.of("x-stream-offset", "next", false),
                Arguments.of("x-stream-offset", "90m", false),
                Arguments.of("x-stream-offset", 5, false),
                Arguments.of("x-stream-offset", -1L, false),
                Arguments.of("x-stream-offset", "yesterday", true),
                Arguments.of("x-stream-offset", "", true),
                Arguments.of("x-stream-offset", true, true),
                Arguments.of("x-stream-offset", Map.of(), true),
                Arguments.of("x-priority", "nonsense", false));
    }

    @ParameterizedTest
    @MethodSource("consumers")
    void ofAConsumer(String name, Object value, boolean uncertain) {
        assertThat(UncertainArguments.ofConsumer(table(Map.of(name, value)), 0)).isEqualTo(uncertain);
    }

    static Stream<Arguments> queues() {
        return Stream.of(
                Arguments.of("x-queue-master-locator", "client-local", false),
                Arguments.of("x-queue-master-locator", "min-masters", false),
                Arguments.of("x-queue-master-locator", "random", false),
                Arguments.of("x-queue-master-locator", "odd", true),
                Arguments.of("x-queue-master-locator", "", true),
                Arguments.of("x-queue-master-locator", 5, true),
                Arguments.of("x-max-age", "1Y", false),
                Arguments.of("x-max-age", "7D", false),
                Arguments.of("x-max-age", "10s", false),
                Arguments.of("x-max-age", "D", true),
                Arguments.of("x-max-age", "-7D", true),
                Arguments.of("x-max-age", "", true),
                Arguments.of("x-max-length", "nonsense", false));
    }

    @ParameterizedTest
    @MethodSource("queues")
    void ofAQueue(String name, Object value, boolean uncertain) {
        assertThat(UncertainArguments.ofQueue(table(Map.of(name, value)), 0)).isEqualTo(uncertain);
    }

    @Test
    void noneAreCertain() {
        ByteBuffer none = table(Map.of());
        assertThat(UncertainArguments.ofConsumer(none, 0)).isFalse();
        assertThat(UncertainArguments.ofQueue(none, 0)).isFalse();
    }

    private static ByteBuffer table(Map<String, Object> table) {
        return ByteBuffer.wrap(JavaClientCodec.written(table));
    }
}
