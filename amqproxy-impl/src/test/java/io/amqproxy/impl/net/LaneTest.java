package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is on a way that takes time comes out in order, when it is due, and not before. */
class LaneTest {

    private static final long SECOND = 1_000_000_000L;

    private final ChunkPool chunks = new ChunkPool();
    private final Lane lane = new Lane(chunks);
    private final ByteQueue out = new ByteQueue(chunks);

    private void put(int octets, long now, long delay, long rate) {
        lane.put(ByteBuffer.wrap(new byte[octets]), 0, octets, now, delay, rate);
    }

    private long released(long now) {
        long before = out.size();
        lane.release(out, now);
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
            lane.put(ByteBuffer.wrap(said), at, at + more, now, random.nextInt(1000), random.nextInt(3) * 1_000_000L);
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
