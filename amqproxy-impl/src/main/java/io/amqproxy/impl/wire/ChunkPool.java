package io.amqproxy.impl.wire;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The memory of one loop: direct buffers of two sizes, used again. Small ones hold the few bytes that most connections
 * have waiting, large ones streams. What exceeds {@link #KEPT_BYTES} of idle buffers is left to the garbage collector.
 */
public final class ChunkPool {

    static final int SMALL = 4 * 1024;
    static final int LARGE = 64 * 1024;
    private static final int KEPT_BYTES = 32 * 1024 * 1024;

    private final ArrayDeque<Chunk> small = new ArrayDeque<>();
    private final ArrayDeque<Chunk> large = new ArrayDeque<>();
    private long idleBytes;
    private long usedBytes;

    Chunk take(int wanted) {
        boolean big = wanted > SMALL;
        Chunk chunk = big ? large.pollLast() : small.pollLast();
        int capacity = big ? LARGE : SMALL;
        if (chunk == null) {
            chunk = new Chunk(ByteBuffer.allocateDirect(capacity));
        } else {
            idleBytes -= capacity;
        }
        usedBytes += capacity;
        return chunk;
    }

    void give(Chunk chunk) {
        int capacity = chunk.bytes.capacity();
        usedBytes -= capacity;
        chunk.next = null;
        if (idleBytes + capacity <= KEPT_BYTES) {
            chunk.bytes.clear().limit(0);
            idleBytes += capacity;
            (capacity == LARGE ? large : small).addLast(chunk);
        }
    }

    /** Bytes of buffers that are in use now. */
    public long usedBytes() {
        return usedBytes;
    }

    /** A buffer whose position is where reading goes on and whose limit is where writing goes on. */
    static final class Chunk {
        final ByteBuffer bytes;

        @org.jspecify.annotations.Nullable
        Chunk next;

        Chunk(ByteBuffer bytes) {
            this.bytes = bytes;
            bytes.limit(0);
        }

        int room() {
            return bytes.capacity() - bytes.limit();
        }
    }
}
