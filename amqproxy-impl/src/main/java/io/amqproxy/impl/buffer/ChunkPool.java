package io.amqproxy.impl.buffer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.IntFunction;

/**
 * The memory of one loop: direct buffers of three sizes, used again. Small ones hold the few bytes that most
 * connections have waiting, large ones streams, and tiny ones what strangers keep waiting. What exceeds
 * {@link #KEPT_BYTES} of idle buffers is left to the garbage collector.
 *
 * <p>The pool has a bound, which it may share with others, but gives more than that: it is {@link #isFull} then, until
 * an eighth is free again, and whoever can do without more waits.
 */
public final class ChunkPool {

    static final int TINY = 512;
    static final int SMALL = 4 * 1024;
    static final int LARGE = 64 * 1024;
    private static final int KEPT_BYTES = 32 * 1024 * 1024;

    private final ArrayDeque<Chunk> tiny = new ArrayDeque<>();
    private final ArrayDeque<Chunk> small = new ArrayDeque<>();
    private final ArrayDeque<Chunk> large = new ArrayDeque<>();
    private long idleBytes;
    private long usedBytes;
    private long elsewhere;
    private long limit;
    private final IntFunction<ByteBuffer> memory;
    private boolean full;

    public ChunkPool() {
        this(Long.MAX_VALUE);
    }

    /**
     * A pool of direct buffers.
     *
     * @param limit bytes that may be in use before the pool is full
     */
    public ChunkPool(long limit) {
        this(limit, ByteBuffer::allocateDirect);
    }

    /**
     * A pool of any buffers.
     *
     * @param limit bytes that may be in use before the pool is full
     * @param memory where buffers of so many octets come from
     */
    public ChunkPool(long limit, IntFunction<ByteBuffer> memory) {
        this.limit = limit;
        this.memory = memory;
    }

    /** So many bytes may be in use from now on. */
    public void limit(long bytes) {
        limit = bytes;
    }

    /** One for many octets, or for few that are likely to become more. */
    Chunk take(int wanted) {
        return chunk(wanted > SMALL ? LARGE : SMALL);
    }

    /** One that takes little more than these octets, or a part of them, where a queue has or is to have so many. */
    Chunk takeTight(long wanted) {
        if (wanted <= TINY) {
            return chunk(TINY);
        }
        return chunk(wanted <= LARGE / 2 ? SMALL : LARGE);
    }

    private ArrayDeque<Chunk> idle(int capacity) {
        return switch (capacity) {
            case TINY -> tiny;
            case SMALL -> small;
            default -> large;
        };
    }

    private Chunk chunk(int capacity) {
        Chunk chunk = idle(capacity).pollLast();
        if (chunk == null) {
            chunk = new Chunk(allocate(capacity));
        } else {
            idleBytes -= capacity;
        }
        usedBytes += capacity;
        return chunk;
    }

    /** Direct memory has a bound of its own, see {@code -XX:MaxDirectMemorySize}. */
    private ByteBuffer allocate(int capacity) {
        try {
            return memory.apply(capacity);
        } catch (OutOfMemoryError none) {
            tiny.clear();
            small.clear();
            large.clear();
            idleBytes = 0;
            throw none;
        }
    }

    void give(Chunk chunk) {
        int capacity = chunk.bytes.capacity();
        usedBytes -= capacity;
        chunk.next = null;
        if (idleBytes + capacity <= KEPT_BYTES) {
            chunk.bytes.clear().limit(0);
            idleBytes += capacity;
            idle(capacity).addLast(chunk);
        }
    }

    /** Bytes of buffers that are in use now, and of what {@link #countBeside} was told of. */
    public long usedBytes() {
        return usedBytes;
    }

    /** So many more bytes that are no buffers are held for connections, or less; they count as if they were. */
    public void countBeside(long bytes) {
        usedBytes += bytes;
    }

    /** Pools that share the bound with this one have so much in use. */
    public void usedElsewhere(long bytes) {
        elsewhere = bytes;
    }

    /** Whether more is in use than should be, or was lately. */
    public boolean isFull() {
        long all = usedBytes + elsewhere;
        if (all > limit) {
            full = true;
        } else if (full && all <= limit - limit / 8) {
            full = false;
        }
        return full;
    }

    /** Whether more than half of the bound is in use: what can be left where it is should be. */
    public boolean isTight() {
        return usedBytes + elsewhere > limit / 2;
    }

    /** Whether so much is in use that nobody should get more for what may never be of use. */
    public boolean isNearlyFull() {
        return usedBytes + elsewhere > limit - limit / 4;
    }

    /** How much of a peer that can wait is read at once, as it may have to be kept: the less the more is in use. */
    public int mostToRead() {
        if (isNearlyFull()) {
            return SMALL;
        }
        return isTight() ? LARGE / 4 : Integer.MAX_VALUE;
    }

    /** A buffer whose position is where reading goes on and whose limit is where writing goes on. */
    static final class Chunk {
        final ByteBuffer bytes;

        @org.jspecify.annotations.Nullable
        Chunk next;

        // What the buffer's position and limit mean while it is lent out to be written to.
        int readFrom;
        int writtenTo;

        Chunk(ByteBuffer bytes) {
            this.bytes = bytes;
            bytes.limit(0);
        }

        int room() {
            return bytes.capacity() - bytes.limit();
        }

        /** Copies so many octets, for which there is room. */
        void append(ByteBuffer source, int from, int count) {
            int end = bytes.limit();
            bytes.limit(end + count).put(end, source, from, count);
        }
    }
}
