package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExpiringTableTest {

    private static final long START = Math.subtractExact(Long.MAX_VALUE, 2); // The clock wraps soon.

    private final ExpiringTable<String, Integer> table = new ExpiringTable<>(3, 10);

    @Test
    void anEntryIsKnownUntilItsTimeIsOver() {
        table.put("a", 1, START);
        table.put("b", 2, START + 5);

        assertThat(table.get("a", START + 9)).isEqualTo(1);
        assertThat(table.get("a", START + 10)).isNull();
        assertThat(table.get("b", START + 10)).isEqualTo(2);
        assertThat(table.size()).isEqualTo(2);
        table.forget(START + 10);
        assertThat(table.size()).isEqualTo(1);
        table.forget(START + 15);
        assertThat(table.size()).isZero();
    }

    @Test
    void whatIsPutAgainIsTheNewest() {
        table.put("a", 1, START);
        table.put("b", 2, START + 1);
        table.put("a", 3, START + 9);

        table.forget(START + 11);

        assertThat(table.size()).isOne();
        assertThat(table.get("a", START + 18)).isEqualTo(3);
    }

    @Test
    void whatWasPutLongestAgoMakesRoom() {
        table.put("a", 1, START);
        table.put("b", 2, START);
        table.put("c", 3, START);
        assertThat(table.get("a", START)).isEqualTo(1);

        table.put("d", 4, START);

        assertThat(table.size()).isEqualTo(3);
        assertThat(table.get("a", START)).isNull();
        assertThat(table.get("b", START)).isEqualTo(2);
        table.remove("b");
        assertThat(table.get("b", START)).isNull();
    }

    @Test
    void whatIsOverMakesRoomForAllThatComes() {
        table.put("a", 1, START);
        table.put("b", 2, START);
        table.put("c", 3, START + 5);

        table.put("d", 4, START + 10);

        assertThat(table.size()).isEqualTo(2);
        assertThat(table.get("c", START + 10)).isEqualTo(3);
    }
}
