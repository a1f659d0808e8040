package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TurnTimesTest {

    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private final TurnTimes turns = new TurnTimes(0);

    @Test
    void theLongestIsKeptForOneToTwoMinutes() {
        turns.add(0, 7 * MILLI);
        turns.add(8 * MILLI, 9 * MILLI);

        assertThat(turns.longest(MINUTE / 2)).isEqualTo(7 * MILLI);
        assertThat(turns.longest(MINUTE)).isEqualTo(7 * MILLI);
        assertThat(turns.longest(2 * MINUTE)).isZero();
    }

    @Test
    void whatWasLongBeforeASilenceIsForgotten() {
        turns.add(0, 7 * MILLI);

        assertThat(turns.longest(3 * MINUTE)).isZero();
    }

    @Test
    void slowOnesAreCountedForEver() {
        turns.add(0, 10 * MILLI);
        turns.add(20 * MILLI, 31 * MILLI);
        turns.add(5 * MINUTE, 5 * MINUTE + 12 * MILLI);

        assertThat(turns.slow()).isEqualTo(2);
    }
}
