package io.amqproxy.impl.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ChunkPoolTest {

    private int left = Integer.MAX_VALUE;
    private final ChunkPool pool = new ChunkPool(4 * ChunkPool.LARGE, this::allocate);

    private ByteBuffer allocate(int octets) {
        if (octets > left) {
            throw new OutOfMemoryError("on purpose");
        }
        left -= octets;
        return ByteBuffer.allocate(octets);
    }

    @Test
    void aPoolIsFullAboveItsBoundUntilAnEighthIsFreeAgain() {
        ByteQueue most = queue(4 * ChunkPool.LARGE);
        assertThat(pool.isFull()).isFalse();
        ByteQueue little = queue(10);
        assertThat(pool.isFull()).isTrue();

        little.clear();
        assertThat(pool.isFull()).isTrue();
        ByteBuffer out = ByteBuffer.allocate(ChunkPool.LARGE);
        most.drainTo(out);
        assertThat(pool.isFull()).isFalse();
        most.clear();
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void theMoreIsInUseTheLessIsRead() {
        long bound = 4 * ChunkPool.LARGE;
        pool.countBeside(bound / 2);
        assertThat(pool.isTight()).isFalse();
        assertThat(pool.mostToRead()).isEqualTo(Integer.MAX_VALUE);
        pool.countBeside(1);
        assertThat(pool.isTight()).isTrue();
        assertThat(pool.mostToRead()).isEqualTo(ChunkPool.LARGE / 4);

        pool.countBeside(bound / 4 - 1);
        assertThat(pool.isNearlyFull()).isFalse();
        assertThat(pool.mostToRead()).isEqualTo(ChunkPool.LARGE / 4);
        pool.usedElsewhere(1);
        assertThat(pool.isNearlyFull()).isTrue();
        assertThat(pool.mostToRead()).isEqualTo(ChunkPool.SMALL);
        pool.countBeside(1 - 3 * bound / 4);
        pool.usedElsewhere(bound / 2);
        assertThat(pool.isTight()).isTrue();
    }

    @Test
    void whatOthersHaveCountsTowardsTheBoundUntilTheyHaveLess() {
        pool.usedElsewhere(4 * ChunkPool.LARGE + 1);
        assertThat(pool.isFull()).isTrue();
        assertThat(pool.usedBytes()).isZero();
        pool.usedElsewhere(4 * ChunkPool.LARGE - ChunkPool.LARGE / 2 + 1);
        assertThat(pool.isFull()).isTrue();

        pool.usedElsewhere(4 * ChunkPool.LARGE - ChunkPool.LARGE / 2);
        assertThat(pool.isFull()).isFalse();
        pool.limit(ChunkPool.LARGE);
        assertThat(pool.isFull()).isTrue();
    }

    @Test
    void idleMemoryIsUsedAgainUpToABoundAndLetGoWhereThereIsNone() {
        queue(1).clear();
        tight(1).clear();
        int kept = 511 * ChunkPool.LARGE; // With the others this is 32 MiB at most, and one more would be above that.
        ByteBuffer octets = ByteBuffer.allocate(2 * kept);
        ByteQueue much = new ByteQueue(pool);
        much.append(octets, 0, 2 * kept);
        much.clear();
        left = 0;

        much.append(octets, 0, kept);
        much.clear();
        much.append(octets, 0, kept);
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> much.append(octets, 0, ChunkPool.LARGE));
        assertThat(much.size()).isEqualTo(kept);
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> queue(1));
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> tight(1));
        much.clear();
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void aQueueThatFindsNoMemoryIsAsItWas() {
        for (int before : new int[] {0, 1, 1000, ChunkPool.SMALL, ChunkPool.LARGE}) {
            left = Integer.MAX_VALUE;
            ByteQueue queue = queue(before);
            long used = pool.usedBytes();
            left = 2 * ChunkPool.LARGE;
            ByteBuffer more = ByteBuffer.allocate(10 * ChunkPool.LARGE);

            assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> queue.append(more, 0, more.capacity()));

            assertThat(queue.size()).isEqualTo(before);
            assertThat(pool.usedBytes()).isEqualTo(used);
            left = Integer.MAX_VALUE;
            queue.append(ByteBuffer.wrap(new byte[] {7}), 0, 1);
            byte[] octets = queue.toArray();
            assertThat(octets).hasSize(before + 1);
            assertThat(octets[before]).isEqualTo((byte) 7);
            assertThat(pool.usedBytes()).isZero();
        }
    }

    private ByteQueue queue(int octets) {
        ByteQueue queue = new ByteQueue(pool);
        queue.append(ByteBuffer.allocate(octets), 0, octets);
        return queue;
    }

    private ByteQueue tight(int octets) {
        ByteQueue queue = ByteQueue.tight(pool);
        queue.append(ByteBuffer.allocate(octets), 0, octets);
        return queue;
    }
}
