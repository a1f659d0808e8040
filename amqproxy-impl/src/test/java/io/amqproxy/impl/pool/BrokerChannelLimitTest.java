package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BrokerChannelLimitTest {

    private static final long NOW = Math.subtractExact(Long.MAX_VALUE, 5); // The clock wraps soon.
    private static final long COOLING = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final int UNNAMED = Integer.MAX_VALUE;

    private final BrokerChannelLimit limit = new BrokerChannelLimit();

    @Test
    void whereNothingWasRefusedThereIsRoomForAll() {
        limit.onFreed(3, NOW);
        limit.onTried(true, NOW);

        assertThat(limit.isKnown()).isFalse();
        assertThat(limit.room(1000, NOW)).isEqualTo(Integer.MAX_VALUE);
        assertThat(limit.cooling(NOW)).isZero();
        assertThat(limit.untilRoom(NOW)).isEqualTo(Long.MAX_VALUE);
        assertThat(limit.mayTry(NOW)).isFalse();
        assertThat(limit.isNone(NOW)).isFalse();
    }

    @Test
    void afterARefusalNoneIsOpenedForAWhileThenAsManyAsThereWere() {
        limit.onRefused(3, UNNAMED, NOW);

        assertThat(limit.most()).isEqualTo(3);
        assertThat(limit.room(0, NOW + COOLING - 1)).isZero();
        assertThat(limit.untilRoom(NOW + 10)).isEqualTo(COOLING - 10);
        assertThat(limit.room(0, NOW + COOLING)).isEqualTo(3);
        assertThat(limit.room(2, NOW + COOLING)).isEqualTo(1);
        assertThat(limit.room(4, NOW + COOLING)).isZero();
        assertThat(limit.untilRoom(NOW + COOLING)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whatTheBrokerNamesCountsWhereItIsLessButOneMayAlwaysBeTried() {
        limit.onRefused(5, 2, NOW);
        assertThat(limit.most()).isEqualTo(2);
        limit.onRefused(2, 7, NOW);
        assertThat(limit.most()).isEqualTo(2);
        limit.onRefused(0, 7, NOW);
        assertThat(limit.most()).isEqualTo(1);
        assertThat(limit.room(0, NOW + SECOND - 1)).isZero();
        assertThat(limit.room(0, NOW + SECOND)).isOne();
        assertThat(limit.isNone(NOW)).isFalse();
    }

    @Test
    void whoMayHaveNoneAtAllIsForgottenAfterASecond() {
        limit.onRefused(0, 0, NOW);

        assertThat(limit.isNone(NOW + SECOND - 1)).isTrue();
        assertThat(limit.mayTry(NOW + SECOND)).isFalse();
        assertThat(limit.isNone(NOW + SECOND)).isFalse();
        assertThat(limit.isKnown()).isFalse();
    }

    @Test
    void aClosedChannelIsCountedForLongerWithEachRefusalUpToASecond() {
        long cooling = COOLING;
        for (int refusals = 1; refusals < 9; refusals++) {
            limit.onRefused(9, UNNAMED, NOW);
            limit.onFreed(2, NOW);
            limit.onFreed(0, NOW);
            assertThat(limit.cooling(NOW + cooling - 1)).isEqualTo(2);
            assertThat(limit.cooling(NOW + cooling)).isZero();
            cooling = Math.min(2 * cooling, SECOND);
        }
    }

    @Test
    void whatIsFreedMakesRoomOneAfterTheOther() {
        limit.onRefused(4, UNNAMED, NOW);
        long then = NOW + COOLING;
        limit.onFreed(1, then);
        limit.onFreed(2, then + 10);

        assertThat(limit.room(1, then + 10)).isZero();
        assertThat(limit.untilRoom(then + 10)).isEqualTo(COOLING - 10);
        assertThat(limit.room(1, then + COOLING)).isOne();
        assertThat(limit.untilRoom(then + COOLING)).isEqualTo(10);
        assertThat(limit.room(1, then + COOLING + 10)).isEqualTo(3);
        limit.onFreed(1, then);
        limit.forget();
        limit.onRefused(4, UNNAMED, then);
        assertThat(limit.cooling(then)).isZero();
        assertThat(limit.cooling(then + SECOND)).isZero();
    }

    @Test
    void oneMoreIsTriedForAfterAMinuteAndAgainSoonWhereItWasLet() {
        limit.onRefused(4, UNNAMED, NOW);
        assertThat(limit.mayTry(NOW + MINUTE - 1)).isFalse();
        assertThat(limit.mayTry(NOW + MINUTE)).isTrue();
        long tried = NOW + MINUTE;
        limit.onTrial();
        limit.onTried(true, tried);

        assertThat(limit.most()).isEqualTo(5);
        assertThat(limit.mayTry(tried + COOLING - 1)).isFalse();
        assertThat(limit.mayTry(tried + COOLING)).isTrue();
        limit.onTrial();
        limit.onTried(false, tried);
        assertThat(limit.most()).isEqualTo(5);
        assertThat(limit.mayTry(tried + MINUTE - 1)).isFalse();
        assertThat(limit.mayTry(tried + MINUTE)).isTrue();
    }

    @Test
    void aTrialProvesNothingWhereAnotherChannelHasGoneMeanwhile() {
        limit.onRefused(4, UNNAMED, NOW);
        limit.onTrial();
        limit.onFreed(1, NOW);
        limit.onTried(true, NOW);
        assertThat(limit.most()).isEqualTo(4);

        limit.onTrial();
        limit.onFreed(0, NOW);
        limit.onTried(true, NOW);
        assertThat(limit.most()).isEqualTo(5);
    }

    @Test
    void whatOthersWereLetIsKnownAndOneMoreIsTriedForAtOnce() {
        limit.onKnown(3, NOW);

        assertThat(limit.room(1, NOW)).isEqualTo(2);
        assertThat(limit.mayTry(NOW)).isTrue();
    }
}
