package io.amqproxy.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TagsTest {

    @Test
    void whoNeedsMoreThanTheJvmHasTagsThatSaySo() {
        assertThat(Tags.problems("io.amqproxy.impl", "io.amqproxy.testkit")).isEmpty();
    }
}
