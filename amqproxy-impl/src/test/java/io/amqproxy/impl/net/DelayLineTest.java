package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is on a way that takes time comes out in order, when it is due, and not before. */
class DelayLineTest {

    private static final long SECOND = 1_000_000_000L;

    private final ChunkPool chunks = new ChunkPool();
    private final DelayLine lane = new DelayLine(chunks);
    private final ByteQueue out = new ByteQueue(chunks);

    private void put(int octets, long now, long delay, long rate) {
        put(octets, now, fault(delay), fault(rate));
    }

    private void put(int octets, long now, @Nullable Fault delay, @Nullable Fault rate) {
        lane.put(ByteBuffer.wrap(new byte[octets]), 0, octets, now, delay, rate);
    }

    private static @Nullable Fault fault(long amount) {
        return amount == 0 ? null : new Fault(amount);
    }

    private static final class Fault implements LinkFaults.Shaping {
        private final long amount;
        private boolean revoked;

        Fault(long amount) {
            this.amount = amount;
        }

        @Override
        public long draw() {
            return amount;
        }

        @Override
        public boolean isRevoked() {
            return revoked;
        }
    }

    private long released(long now) {
        long before = out.size();
        lane.release(out, Integer.MAX_VALUE, now);
        return out.size() - before;
    }

    @Test
    void octetsComeOutAfterTheirTimeAndNoneOvertakes() {
        long start = Long.MAX_VALUE - 10; // Clocks may begin anywhere.
        put(3, start, 100, 0);
        put(2, start + 10, 20, 0);
        assertThat(released(start + 99)).isZero();
        assertThat(lane.nextDue()).isEqualTo(start + 100);
        assertThat(released(start + 100)).isEqualTo(5);
        assertThat(lane.isEmpty()).isTrue();
        assertThat(lane.nextDue()).isNull();
    }

    @Test
    void aSlowWayLetsThroughWhatItMayAndNoMore() {
        put(1000, 0, 0, 100);
        long all = 0;
        for (int i = 1; i <= 100; i++) {
            all += released(i * SECOND / 10);
            assertThat(all).isBetween(10L * i - 10, 10L * i);
        }
        assertThat(lane.isEmpty()).isTrue();
        put(10, 100 * SECOND, 0, 100);
        assertThat(released(100 * SECOND + SECOND / 10)).isEqualTo(10);
    }

    @Test
    void aWayThatIsHurriedLetsAllThrough() {
        put(1000, 0, 5 * SECOND, 1);
        lane.hurry(7);
        assertThat(released(7)).isEqualTo(1000);
    }

    @Test
    void itIsFullAboveABoundOfOctetsAndOfParts() {
        put(1024 * 1024, 0, SECOND, 0);
        assertThat(lane.isFull()).isTrue();
        lane.clear();
        assertThat(lane.isFull()).isFalse();
        for (int i = 0; i < 4096; i++) {
            put(1, 0, SECOND, 0);
        }
        assertThat(lane.isFull()).isTrue();
    }

    /** One octet a second is a way of very many steps, which are not to be kept one by one. */
    @Test
    void whatItTakesBesidesItsOctetsIsBoundedHoweverSlowItIs() {
        while (!lane.isFull()) {
            put(Math.min(lane.room(), 64 * 1024), 0, 0, 1);
        }
        assertThat(lane.bytesBeside()).isLessThan(4096);
        assertThat(lane.heldBytes()).isBetween(1024 * 1024L, 1024 * 1024L + 64 * 1024 + 4096);
        assertThat(released(10 * SECOND)).isEqualTo(10);
        assertThat(lane.nextDue()).isEqualTo(11 * SECOND);
    }

    @Test
    void aFaultThatIsRevokedHoldsNothingUpThoughOthersDo() {
        Fault revoked = new Fault(100 * SECOND);
        Fault lasting = new Fault(5 * SECOND);
        put(3, 0, revoked, null);
        put(4, 1, lasting, null);
        revoked.revoked = true;
        lane.reshape();
        assertThat(released(1)).isEqualTo(3);
        assertThat(lane.nextDue()).isEqualTo(5 * SECOND + 1);

        Fault narrow = new Fault(1);
        put(1000, SECOND, lasting, narrow);
        narrow.revoked = true;
        lane.reshape();
        assertThat(released(6 * SECOND)).isEqualTo(1004);
        put(1, 7 * SECOND, lasting, null);
        assertThat(lane.nextDue()).isEqualTo(12 * SECOND);
    }

    @Test
    void whatIsHeldUpByAFaultThatLastsStaysSoWhenAnotherIsRevoked() {
        put(100, 0, new Fault(3 * SECOND), new Fault(20));
        released(4 * SECOND);
        Long due = lane.nextDue();
        lane.reshape();
        assertThat(lane.nextDue()).isEqualTo(due);
    }

    @Test
    void nothingIsLostOrChangedHoweverItIsTaken() {
        Random random = new Random(7);
        byte[] said = new byte[20_000];
        random.nextBytes(said);
        ByteBuffer got = ByteBuffer.allocate(said.length);
        long now = 0;
        int at = 0;
        while (got.hasRemaining()) {
            int more = Math.min(random.nextInt(500), said.length - at);
            lane.put(
                    ByteBuffer.wrap(said),
                    at,
                    at + more,
                    now,
                    fault(random.nextInt(1000)),
                    fault(random.nextInt(3) * 1_000_000L));
            at += more;
            if (random.nextInt(20) == 0) {
                lane.leave();
                lane.enter(new ChunkPool());
            }
            lane.release(got, random.nextInt(700), now);
            now += random.nextInt(2_000_000);
        }
        assertThat(got.array()).isEqualTo(said);
        assertThat(lane.isEmpty()).isTrue();
    }
}
