package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuarantineTest {

    private static final long START = Math.subtractExact(Long.MAX_VALUE, 5); // The clock wraps soon.
    private static final int MOST = 1000;

    private final Quarantine quarantine = new Quarantine();

    @Test
    void aClientIsKeptApartForAWhileFromWhenItLastGaveCause() {
        assertThat(quarantine.contains("a", START)).isFalse();
        quarantine.add("a", START);
        assertThat(quarantine.isEmpty()).isFalse();
        assertThat(quarantine.contains("b", START)).isFalse();
        assertThat(quarantine.contains("a", START + Quarantine.TIME - 1)).isTrue();

        quarantine.add("a", START + 10);
        assertThat(quarantine.contains("a", START + Quarantine.TIME + 9)).isTrue();
        assertThat(quarantine.contains("a", START + Quarantine.TIME + 10)).isFalse();
        assertThat(quarantine.isEmpty()).isTrue();
    }

    @Test
    void theOneThatHasBeenThereLongestMakesRoom() {
        for (int i = 0; i < MOST; i++) {
            quarantine.add("client " + i, START);
        }
        quarantine.add("client 0", START);
        assertThat(quarantine.contains("client 1", START)).isTrue();

        quarantine.add("one more", START);

        assertThat(quarantine.contains("client 1", START)).isFalse();
        assertThat(quarantine.contains("client 0", START)).isTrue();
        assertThat(quarantine.contains("client 2", START)).isTrue();
        assertThat(quarantine.contains("one more", START)).isTrue();
    }
}
