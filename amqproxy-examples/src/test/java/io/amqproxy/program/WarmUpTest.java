package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WarmUpTest {

    @Test
    void whereThereIsNoThreadTheProgramStartsWithoutIt() {
        Thread impossible = new Thread(() -> {}) {
            @Override
            public synchronized void start() {
                throw new OutOfMemoryError("unable to create native thread");
            }
        };

        assertThat(WarmUp.start(impossible)).isNull();
    }
}
