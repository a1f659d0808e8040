package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.Tags;
import org.junit.jupiter.api.Test;

class ExamplesTagsTest {

    @Test
    void whoNeedsMoreThanTheJvmHasTagsThatSaySo() {
        assertThat(Tags.problems("io.amqproxy.examples", "io.amqproxy.program", "io.amqproxy.benchmark"))
                .isEmpty();
    }
}
