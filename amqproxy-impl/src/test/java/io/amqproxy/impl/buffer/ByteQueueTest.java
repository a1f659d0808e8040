package io.amqproxy.impl.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteQueueTest {

    private final ChunkPool pool = new ChunkPool();

    /** A queue together with the octets that it must hold. */
    private static final class Pair {
        final ByteQueue queue;
        byte[] expected = new byte[0];

        Pair(ChunkPool pool) {
            queue = new ByteQueue(pool);
        }

        void append(byte[] octets, int from, int to) {
            queue.append(ByteBuffer.wrap(octets), from, to);
            expected = joined(expected, Arrays.copyOfRange(octets, from, to));
        }

        void take(Pair other) {
            queue.take(other.queue);
            expected = joined(expected, other.expected);
            other.expected = new byte[0];
        }

        /** Reads at most this many octets as a gathering write does. */
        byte[] read(int views, int atMost) {
            ByteBuffer[] buffers = new ByteBuffer[views];
            int count = queue.peek(buffers);
            assertThat(count > 0).isEqualTo(expected.length > 0);
            ByteBuffer out = ByteBuffer.allocate(atMost);
            for (int i = 0; i < count; i++) {
                byte[] part = new byte[Math.min(out.remaining(), buffers[i].remaining())];
                buffers[i].get(part);
                out.put(part);
            }
            queue.skip(out.position());
            return Arrays.copyOf(out.array(), out.position());
        }

        /** Writes as a scattering read does, for which there is room for so many octets. */
        void write(byte[] octets, int views, int room) {
            ByteBuffer[] buffers = new ByteBuffer[views];
            int count = queue.reserve(buffers, views, room);
            int reserved = 0;
            int written = 0;
            for (int i = 0; i < count; i++) {
                reserved += buffers[i].remaining();
                int part = Math.min(buffers[i].remaining(), octets.length - written);
                buffers[i].put(octets, written, part);
                written += part;
            }
            assertThat(reserved).isBetween(1, room);
            assertThat(count == views || reserved == room)
                    .as("all that was asked for, or as many views as may be")
                    .isTrue();
            assertThat(queue.commit()).isEqualTo(written);
            expected = joined(expected, Arrays.copyOf(octets, written));
        }

        void moveFirst(int octets, Pair to) {
            queue.moveFirst(octets, to.queue);
            to.expected = joined(to.expected, forget(octets));
        }

        byte[] shown(int from) {
            ByteBuffer out = ByteBuffer.allocate(expected.length);
            queue.forEach(from, out::put);
            return Arrays.copyOf(out.array(), out.position());
        }

        byte[] forget(int octets) {
            byte[] first = Arrays.copyOf(expected, octets);
            expected = Arrays.copyOfRange(expected, octets, expected.length);
            return first;
        }
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Test
    void aTightQueueTakesLittleMoreMemoryThanItHasOctets() {
        for (int octets : new int[] {1, 500, 513, 5_000, 8_200, 30_000, 100_000}) {
            ByteQueue queue = ByteQueue.tight(pool);
            queue.append(ByteBuffer.allocate(octets), 0, octets);

            assertThat(queue.heldBytes()).isEqualTo(pool.usedBytes());
            assertThat(queue.heldBytes()).isLessThan(octets + Math.max(4096, octets));
            assertThat(queue.heldBytes()).isLessThanOrEqualTo(octets <= 512 ? 512 : octets + 64 * 1024);
            queue.clear();
            assertThat(queue.heldBytes()).isZero();
            assertThat(pool.usedBytes()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void aQueueGivesTheOctetsThatWentInWhateverIsDoneWithIt(long seed) {
        Random random = new Random(seed);
        Pair first = new Pair(pool);
        Pair second = new Pair(pool);
        for (int step = 0; step < 1_000; step++) {
            Pair pair = random.nextBoolean() ? first : second;
            Pair other = pair == first ? second : first;
            String where = "seed " + seed + ", step " + step;
            switch (random.nextInt(13)) {
                case 0, 1, 2, 3 -> {
                    byte[] octets = octets(random, random.nextInt(random.nextInt(20) == 0 ? 150_000 : 5_000));
                    int from = random.nextInt(octets.length + 1);
                    int to = from + random.nextInt(octets.length - from + 1);
                    pair.append(octets, from, to);
                }
                case 4, 5 -> {
                    byte[] read = pair.read(1 + random.nextInt(4), random.nextInt(12_000));
                    assertThat(read).as(where).isEqualTo(pair.forget(read.length));
                }
                case 6, 7 -> {
                    ByteBuffer target = ByteBuffer.allocate(random.nextInt(12_000));
                    int before = random.nextInt(target.capacity() + 1);
                    target.position(before);
                    int fits = Math.min(target.remaining(), pair.expected.length);
                    pair.queue.drainTo(target);
                    assertThat(target.position()).as(where).isEqualTo(before + fits);
                    byte[] drained = Arrays.copyOfRange(target.array(), before, before + fits);
                    assertThat(drained).as(where).isEqualTo(pair.forget(fits));
                }
                case 8 -> pair.take(other);
                case 9, 10 ->
                    pair.write(
                            octets(random, random.nextInt(12_000)), 1 + random.nextInt(4), 1 + random.nextInt(12_000));
                case 11 -> pair.moveFirst(random.nextInt(Math.min(pair.expected.length, 9_000) + 1), other);
                default -> {
                    if (random.nextInt(5) == 0) {
                        pair.queue.clear();
                        pair.expected = new byte[0];
                    }
                }
            }
            for (Pair each : new Pair[] {first, second}) {
                assertThat(each.queue.size()).as(where).isEqualTo(each.expected.length);
                assertThat(each.queue.isEmpty()).as(where).isEqualTo(each.expected.length == 0);
                int from = random.nextInt(each.expected.length + 1);
                byte[] rest = Arrays.copyOfRange(each.expected, from, each.expected.length);
                assertThat(Arrays.equals(each.shown(from), rest)).as(where).isTrue();
                if (each.expected.length >= Integer.BYTES) {
                    assertThat(each.queue.firstInt())
                            .as(where)
                            .isEqualTo(ByteBuffer.wrap(each.expected).getInt());
                }
            }
            long held = first.queue.heldBytes() + second.queue.heldBytes();
            assertThat(held).as(where).isEqualTo(pool.usedBytes());
            if (first.queue.isEmpty() && second.queue.isEmpty()) {
                assertThat(held).as(where).isZero();
            }
        }
        assertThat(first.queue.toArray()).as("seed %d", seed).isEqualTo(first.expected);
        assertThat(second.queue.toArray()).as("seed %d", seed).isEqualTo(second.expected);
        assertThat(pool.usedBytes()).as("seed %d", seed).isZero();
    }

    @Test
    void aNewQueueHoldsNothing() {
        ByteQueue queue = new ByteQueue(pool);

        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.size()).isZero();
        assertThat(queue.peek(new ByteBuffer[4])).isZero();
        assertThat(queue.toArray()).isEmpty();
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void appendingNothingTakesNoMemory() {
        ByteQueue queue = new ByteQueue(pool);

        queue.append(ByteBuffer.allocate(10), 7, 7);

        assertThat(queue.isEmpty()).isTrue();
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void appendingLeavesTheSourceAsItWas() {
        ByteQueue queue = new ByteQueue(pool);
        ByteBuffer source =
                ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6}).position(1).limit(5);

        queue.append(source, 2, 4);

        assertThat(source.position()).isEqualTo(1);
        assertThat(source.limit()).isEqualTo(5);
        assertThat(queue.toArray()).containsExactly(3, 4);
    }

    @Test
    void clearingGivesEveryChunkBack() {
        ByteQueue queue = new ByteQueue(pool);
        queue.append(ByteBuffer.allocate(300_000), 0, 300_000);
        assertThat(pool.usedBytes()).isGreaterThanOrEqualTo(300_000);

        queue.clear();

        assertThat(queue.isEmpty()).isTrue();
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void aClearedQueueServesAgain() {
        ByteQueue queue = new ByteQueue(pool);
        queue.append(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0, 3);
        queue.clear();

        queue.append(ByteBuffer.wrap(new byte[] {4, 5}), 0, 2);

        assertThat(queue.toArray()).containsExactly(4, 5);
    }

    @Test
    void takingFromAQueueLeavesItEmptyAndUsable() {
        ByteQueue target = new ByteQueue(pool);
        ByteQueue source = new ByteQueue(pool);
        target.append(ByteBuffer.wrap(new byte[] {1}), 0, 1);
        source.append(ByteBuffer.wrap(new byte[] {2}), 0, 1);

        target.take(source);

        source.append(ByteBuffer.wrap(new byte[] {9}), 0, 1);
        target.append(ByteBuffer.wrap(new byte[] {3}), 0, 1);
        assertThat(target.toArray()).containsExactly(1, 2, 3);
        assertThat(source.toArray()).containsExactly(9);
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void aNumberIsPutWhereTheFirstChunkIsReadFrom() {
        ByteQueue queue = new ByteQueue(pool);
        queue.append(ByteBuffer.allocate(12), 0, 12);
        queue.drainTo(ByteBuffer.allocate(3));

        queue.putInt(2, 0x01020304);

        assertThat(queue.toArray()).containsExactly(0, 0, 1, 2, 3, 4, 0, 0, 0);
    }

    @Test
    void firstOctetsAreReadAcrossChunks() {
        ByteQueue queue = new ByteQueue(pool);
        queue.append(ByteBuffer.allocate(ChunkPool.SMALL), 0, ChunkPool.SMALL);
        queue.append(ByteBuffer.wrap(new byte[] {(byte) 0xFE, 3, 4, 5}), 0, 4);
        queue.drainTo(ByteBuffer.allocate(ChunkPool.SMALL - 1));

        assertThat(queue.firstInt()).isEqualTo(0x00FE0304);
    }

    @Test
    void whatIsReservedAndNotWrittenIsGivenBackAndWhatWasThereStays() {
        ByteQueue queue = new ByteQueue(pool);
        queue.append(ByteBuffer.wrap(new byte[] {1}), 0, 1);
        long used = pool.usedBytes();
        ByteBuffer[] views = new ByteBuffer[3];
        assertThat(queue.reserve(views, 3, 200_000)).isEqualTo(3);
        assertThat(views[0].remaining()).isEqualTo(ChunkPool.SMALL - 1);

        assertThat(queue.commit()).isZero();

        assertThat(pool.usedBytes()).isEqualTo(used);
        queue.append(ByteBuffer.wrap(new byte[] {2}), 0, 1);
        assertThat(queue.toArray()).containsExactly(1, 2);
        assertThat(queue.heldBytes()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1, 4096", "4096, 4096", "4097, 65536", "65536, 65536", "65537, 69632"})
    void aQueueTakesALargeChunkWhereASmallOneIsTooSmall(int octets, long held) {
        ByteQueue queue = new ByteQueue(pool);

        queue.append(ByteBuffer.allocate(octets), 0, octets);

        assertThat(queue.heldBytes()).isEqualTo(held);
    }

    @ParameterizedTest
    @CsvSource({"1, 512", "512, 512", "513, 4096", "32768, 32768", "32769, 65536"})
    void aTightQueueTakesSmallChunksForMore(int octets, long held) {
        ByteQueue queue = ByteQueue.tight(pool);

        queue.append(ByteBuffer.allocate(octets), 0, octets);

        assertThat(queue.heldBytes()).isEqualTo(held);
    }

    @Test
    void chunksAreUsedAgain() {
        ByteQueue queue = new ByteQueue(pool);
        queue.append(ByteBuffer.allocate(10), 0, 10);
        ByteBuffer[] views = new ByteBuffer[1];
        queue.peek(views);
        ByteBuffer chunk = views[0];
        queue.clear();

        queue.append(ByteBuffer.allocate(20), 0, 20);

        queue.peek(views);
        assertThat(views[0]).isSameAs(chunk);
        assertThat(views[0].remaining()).isEqualTo(20);
    }

    @Test
    void anEmptyQueueMovesToAnotherPool() {
        ByteQueue queue = new ByteQueue(pool);
        ChunkPool other = new ChunkPool();

        queue.moveTo(other);

        queue.append(ByteBuffer.allocate(1), 0, 1);
        assertThat(other.usedBytes()).isPositive();
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void aQueueThatHoldsOctetsStaysWithItsPool() {
        ByteQueue queue = new ByteQueue(pool);
        queue.append(ByteBuffer.allocate(1), 0, 1);

        assertThatThrownBy(() -> queue.moveTo(new ChunkPool())).isInstanceOf(IllegalStateException.class);

        queue.clear();
        assertThat(pool.usedBytes()).isZero();
    }

    private static byte[] octets(Random random, int count) {
        byte[] octets = new byte[count];
        random.nextBytes(octets);
        return octets;
    }
}
