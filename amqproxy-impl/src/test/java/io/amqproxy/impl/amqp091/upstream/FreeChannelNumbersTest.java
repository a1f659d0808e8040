package io.amqproxy.impl.amqp091.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FreeChannelNumbersTest {

    @Test
    void theOneThatHasBeenFreeForLongestIsTakenFirst() {
        FreeChannelNumbers free = new FreeChannelNumbers();
        int taken = 0;
        for (int added = 1; added <= 100; added++) {
            free.add(added);
            if (added % 3 == 0) {
                assertThat(free.take()).isEqualTo(++taken);
            }
        }
        while (!free.isEmpty()) {
            assertThat(free.take()).isEqualTo(++taken);
        }
        assertThat(taken).isEqualTo(100);
    }
}
