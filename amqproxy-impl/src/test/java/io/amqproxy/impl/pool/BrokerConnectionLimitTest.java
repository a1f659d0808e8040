package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BrokerConnectionLimitTest {

    private static final long NOW = Math.subtractExact(Long.MAX_VALUE, 5); // The clock wraps soon.
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final BrokerConnectionLimit limit = new BrokerConnectionLimit();

    @Test
    void whereNothingWasRefusedThereIsRoomForAll() {
        assertThat(limit.isKnown()).isFalse();
        assertThat(limit.room(1000, NOW)).isEqualTo(Integer.MAX_VALUE);
        assertThat(limit.isReached(1000)).isFalse();
    }

    @Test
    void afterARefusalThereIsRoomForAsManyAsThereWereAndLaterForOneMore() {
        limit.onRefused(3, NOW);

        assertThat(limit.isKnown()).isTrue();
        assertThat(limit.isReached(2)).isFalse();
        assertThat(limit.isReached(3)).isTrue();
        assertThat(limit.room(1, NOW)).isEqualTo(2);
        assertThat(limit.room(3, NOW + SECOND - 1)).isZero();
        assertThat(limit.room(3, NOW + SECOND)).isOne();
    }

    @Test
    void oneMoreIsTriedForLessOftenWithEachRefusalButOnceAMinuteAndForTheFirstEachSecond() {
        for (long seconds : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            limit.onRefused(3, NOW);
            assertThat(limit.room(3, NOW + seconds * SECOND - 1)).isZero();
            assertThat(limit.room(3, NOW + seconds * SECOND)).isOne();
        }
        limit.onRefused(0, NOW);
        assertThat(limit.room(0, NOW + SECOND - 1)).isZero();
        assertThat(limit.room(0, NOW + SECOND)).isOne();
    }

    @Test
    void moreThanWereLetShowThatThereIsNoSuchLimit() {
        limit.onRefused(3, NOW);
        limit.onAccepted(3);
        assertThat(limit.isKnown()).isTrue();

        limit.onAccepted(4);
        assertThat(limit.isKnown()).isFalse();
        limit.onRefused(4, NOW);
        assertThat(limit.room(4, NOW + SECOND)).isOne();
    }
}
