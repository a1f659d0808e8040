package io.amqproxy.impl.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Binding keys of topic exchanges. */
class TopicPatternTest {

    @ParameterizedTest
    @CsvSource({
        "a.b, a.b",
        "*.b, a.b",
        "a.*, a.b",
        "#, ''",
        "#, a",
        "#, a.b.c",
        "a.#, a",
        "a.#, a.b.c",
        "#.c, a.b.c",
        "#.c, c",
        "a.#.c, a.c",
        "a.#.c, a.b.b.c",
        "*.#, a",
        "#.*, a.b",
        "'', ''",
        "a..b, a..b",
        "a.*.b, a..b"
    })
    void aKeyMatches(String pattern, String key) {
        assertThat(TopicPattern.matches(pattern, key)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"a.b, a", "a.b, a.b.c", "*, ''", "*, a.b", "a.*, a", "*.#, ''", "a.#.c, a.b", "A, a", "a#, ab"})
    void aKeyDoesNotMatch(String pattern, String key) {
        assertThat(TopicPattern.matches(pattern, key)).isFalse();
    }

    @Test
    void aPatternThatCouldBeTriedInManyWaysIsTriedInOne() {
        String pattern = "#.".repeat(60) + "x";
        String key = "a.".repeat(100) + "a";

        assertThat(TopicPattern.matches(pattern, key)).isFalse();
    }
}
