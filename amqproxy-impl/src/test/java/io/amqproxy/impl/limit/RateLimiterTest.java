package io.amqproxy.impl.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimiterTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    /** Near the end, as the clock of a JVM may be. */
    private static final long START = Long.MAX_VALUE - SECOND;

    @Test
    void thoseOfOneSecondMayComeAtOnceAndThenOneByOne() {
        RateLimiter rate = new RateLimiter(4, START);
        for (int i = 0; i < 4; i++) {
            assertThat(rate.tryTake(START)).isTrue();
        }
        assertThat(rate.tryTake(START)).isFalse();
        assertThat(rate.untilNext(START)).isEqualTo(SECOND / 4);
        assertThat(rate.tryTake(START + SECOND / 4)).isTrue();
        assertThat(rate.tryTake(START + SECOND / 4)).isFalse();
    }

    @Test
    void whoTakesTooMuchWaitsForIt() {
        RateLimiter rate = new RateLimiter(1_000, START);

        assertThat(rate.take(1_000, START)).isZero();
        assertThat(rate.take(500, START)).isEqualTo(SECOND / 2);
        assertThat(rate.take(500, START)).as("the next waits longer").isEqualTo(SECOND);
        assertThat(rate.take(0, START + 3 * SECOND)).isZero();
    }

    @Test
    void nothingIsSavedUp() {
        RateLimiter rate = new RateLimiter(10, START);
        long later = START + 100 * SECOND;

        assertThat(rate.take(20, later)).isEqualTo(SECOND);
    }

    @Test
    void inTheLongRunARateIsItself() {
        RateLimiter rate = new RateLimiter(3_000_000, START);
        long now = START;
        long taken = 0;
        while (now - START < 10 * SECOND) {
            taken += 262_144;
            now += rate.take(262_144, now) + 1;
        }
        assertThat(taken / 11.0).isBetween(2_900_000.0, 3_100_000.0);
    }

    @Test
    void aTableForgetsTheAddressThatCameLongestAgo() throws Exception {
        RateLimiterTable table = new RateLimiterTable(1, 2);
        assertThat(table.tryTake(key(1), START)).isTrue();
        assertThat(table.tryTake(key(2), START)).isTrue();
        assertThat(table.tryTake(key(1), START)).isFalse();
        assertThat(table.tryTake(key(3), START)).isTrue();

        assertThat(table.tryTake(key(1), START)).as("known still").isFalse();
        assertThat(table.tryTake(key(2), START)).as("forgotten").isTrue();
        assertThat(table.size()).isEqualTo(2);
    }

    private static AddressKey key(int last) throws UnknownHostException {
        return AddressKey.of(InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last}));
    }
}
