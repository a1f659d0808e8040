package io.amqproxy.impl.buffer;

import io.amqproxy.impl.buffer.ChunkPool.Chunk;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes waiting in order, in pooled chunks. Appending copies once; a whole queue is moved behind another without a
 * copy. An empty queue holds no memory. Queues that exchange chunks belong to the same pool.
 */
public final class ByteQueue {

    private ChunkPool pool;
    private @Nullable Chunk head;
    private @Nullable Chunk tail;
    private long size;
    /** Octets of all chunks. */
    private long held;
    /** Whether chunks are to be hardly larger than what they hold. */
    private final boolean tight;
    /** The first chunk that is lent out by {@link #reserve}. */
    private @Nullable Chunk reserved;

    public ByteQueue(ChunkPool pool) {
        this(pool, false);
    }

    private ByteQueue(ChunkPool pool, boolean tight) {
        this.pool = pool;
        this.tight = tight;
    }

    /** {@return one for what waits for long, perhaps: it takes at most about twice the memory that its bytes need} */
    public static ByteQueue tight(ChunkPool pool) {
        return new ByteQueue(pool, true);
    }

    /** {@return the memory that it takes} */
    public long heldBytes() {
        return held;
    }

    public long size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /**
     * Copies the bytes between these absolute offsets.
     *
     * @throws OutOfMemoryError if there is no memory; the queue is as it was then
     */
    public void append(ByteBuffer source, int from, int to) {
        Chunk last = tail;
        if (last != null && last.room() >= to - from) {
            last.append(source, from, to - from);
            size += to - from;
            return;
        }
        int end = last == null ? 0 : last.bytes.limit();
        try {
            copy(source, from, to);
        } catch (OutOfMemoryError none) {
            Chunk added = last == null ? head : last.next;
            if (last != null) {
                last.bytes.limit(end);
            }
            if (added != null) {
                cutOff(added);
            }
            throw none;
        }
        size += to - from;
    }

    private void copy(ByteBuffer source, int from, int to) {
        int at = from;
        while (at < to) {
            Chunk chunk = room(to - at);
            int count = Math.min(chunk.room(), to - at);
            chunk.append(source, at, count);
            at += count;
        }
    }

    /**
     * Fills the array with buffers over free memory behind the last byte, to be written to and then handed over by
     * {@link #commit}; nothing else may be done with the queue in between.
     *
     * @param octets the most that is to be written
     * @param most how many buffers there may be
     * @return how many there are
     */
    public int reserve(ByteBuffer[] views, int most, int octets) {
        int wanted = octets;
        int count = 0;
        Chunk chunk = tail;
        if (chunk == null || chunk.room() == 0) {
            chunk = appendChunk(wanted);
        }
        reserved = chunk;
        while (true) {
            ByteBuffer bytes = chunk.bytes;
            chunk.readFrom = bytes.position();
            chunk.writtenTo = bytes.limit();
            int room = Math.min(chunk.room(), wanted);
            bytes.limit(bytes.limit() + room).position(chunk.writtenTo);
            views[count++] = bytes;
            wanted -= room;
            if (wanted == 0 || count == most) {
                return count;
            }
            chunk = appendChunk(wanted);
        }
    }

    /**
     * Takes what was written to the buffers of {@link #reserve}, gives back the rest.
     *
     * @return how many octets
     */
    public int commit() {
        int octets = 0;
        Chunk lastUsed = null;
        for (Chunk chunk = reserved; chunk != null; chunk = chunk.next) {
            ByteBuffer bytes = chunk.bytes;
            int end = bytes.position();
            octets += end - chunk.writtenTo;
            bytes.position(chunk.readFrom).limit(end);
            if (end > chunk.readFrom) {
                lastUsed = chunk;
            }
        }
        Chunk unused = lastUsed == null ? reserved : lastUsed.next;
        reserved = null;
        size += octets;
        if (unused != null) {
            cutOff(unused);
        }
        return octets;
    }

    /** Gives back the last chunks, from this one on. */
    private void cutOff(Chunk first) {
        Chunk before = null;
        for (Chunk chunk = head; chunk != first; chunk = Objects.requireNonNull(chunk).next) {
            before = chunk;
        }
        tail = before;
        if (before == null) {
            head = null;
        } else {
            before.next = null;
        }
        for (Chunk chunk = first; chunk != null; ) {
            Chunk done = chunk;
            chunk = chunk.next;
            give(done);
        }
    }

    /** Moves all bytes of another queue behind these. */
    public void take(ByteQueue other) {
        if (other.head == null) {
            return;
        }
        if (tail == null) {
            head = other.head;
        } else {
            tail.next = other.head;
        }
        tail = other.tail;
        size += other.size;
        held += other.held;
        other.head = null;
        other.tail = null;
        other.size = 0;
        other.held = 0;
    }

    /** Puts four octets in the place of those at this offset of the first chunk. */
    public void putInt(int offset, int value) {
        ByteBuffer bytes = Objects.requireNonNull(head).bytes;
        bytes.putInt(bytes.position() + offset, value);
    }

    /** The first four octets, of at least four. */
    public int firstInt() {
        int value = 0;
        int count = 0;
        for (Chunk chunk = head; chunk != null && count < Integer.BYTES; chunk = chunk.next) {
            ByteBuffer bytes = chunk.bytes;
            for (int at = bytes.position(); at < bytes.limit() && count < Integer.BYTES; at++, count++) {
                value = (value << Byte.SIZE) | (bytes.get(at) & 0xFF);
            }
        }
        return value;
    }

    /** Copies the first octets behind those of another queue and drops them here. */
    public void moveFirst(long octets, ByteQueue to) {
        long rest = octets;
        while (rest > 0) {
            ByteBuffer bytes = Objects.requireNonNull(head).bytes;
            int count = (int) Math.min(rest, bytes.remaining());
            to.append(bytes, bytes.position(), bytes.position() + count);
            bytes.position(bytes.position() + count);
            skip(count);
            rest -= count;
        }
    }

    /**
     * Fills the array with buffers over the first bytes, to be read from and then given to {@link #skip}.
     *
     * @return how many
     */
    public int peek(ByteBuffer[] views) {
        int count = 0;
        for (Chunk chunk = head; chunk != null && count < views.length; chunk = chunk.next) {
            views[count++] = chunk.bytes;
        }
        return count;
    }

    /** Shows all bytes from this offset on, in views that stay as they are; nothing is taken. */
    public void forEach(long from, Consumer<ByteBuffer> reader) {
        long before = from;
        for (Chunk chunk = head; chunk != null; chunk = chunk.next) {
            int octets = chunk.bytes.remaining();
            if (before < octets) {
                ByteBuffer view = chunk.bytes.duplicate();
                reader.accept(view.position(view.position() + (int) before));
            }
            before = Math.max(0, before - octets);
        }
    }

    /** Gives back chunks that were read up, after {@code octets} were read from the views of {@link #peek}. */
    public void skip(long octets) {
        size -= octets;
        while (head != null && !head.bytes.hasRemaining()) {
            Chunk done = head;
            head = done.next;
            give(done);
        }
        if (head == null) {
            tail = null;
        }
    }

    /** Moves as many bytes as fit to the buffer's position. */
    public void drainTo(ByteBuffer target) {
        long before = target.position();
        while (head != null && target.hasRemaining()) {
            ByteBuffer bytes = head.bytes;
            int count = Math.min(bytes.remaining(), target.remaining());
            target.put(target.position(), bytes, bytes.position(), count);
            target.position(target.position() + count);
            bytes.position(bytes.position() + count);
            if (!bytes.hasRemaining()) {
                Chunk done = head;
                head = done.next;
                give(done);
            }
        }
        if (head == null) {
            tail = null;
        }
        size -= target.position() - before;
    }

    public void clear() {
        while (head != null) {
            Chunk done = head;
            head = done.next;
            give(done);
        }
        tail = null;
        size = 0;
    }

    /** Takes the bytes out, to hand them to another loop. */
    public byte[] toArray() {
        byte[] bytes = new byte[Math.toIntExact(size)];
        drainTo(ByteBuffer.wrap(bytes));
        return bytes;
    }

    /** Uses another pool from now on; only for an empty queue. */
    public void moveTo(ChunkPool other) {
        if (size != 0) {
            throw new IllegalStateException("a queue moves between pools only while it is empty");
        }
        pool = other;
    }

    private void give(Chunk done) {
        held -= done.bytes.capacity();
        pool.give(done);
    }

    private Chunk room(int wanted) {
        Chunk last = tail;
        if (last != null && last.room() > 0) {
            return last;
        }
        return appendChunk(wanted);
    }

    private Chunk appendChunk(int wanted) {
        Chunk chunk = tight ? pool.takeTight(Math.max(wanted, size)) : pool.take(wanted);
        held += chunk.bytes.capacity();
        Chunk last = tail;
        if (last == null) {
            head = chunk;
        } else {
            last.next = chunk;
        }
        tail = chunk;
        return chunk;
    }
}
