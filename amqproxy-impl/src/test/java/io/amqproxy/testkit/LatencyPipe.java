package io.amqproxy.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/** One direction of a {@link LatencyConnection}: bytes that wait until they are due, then the end of the stream. */
final class LatencyPipe {

    /** So much may be under way; a sender that is faster than that has to wait. */
    private static final long MAX_QUEUED_BYTES = 16L * 1024 * 1024;

    private static final int READ_SIZE = 64 * 1024;

    private final long delayNanos;
    private final ByteBuffer readBuffer = ByteBuffer.allocate(READ_SIZE);
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private long queuedBytes;
    private boolean sourceEnded;
    private boolean sinkEnded;

    LatencyPipe(long delayNanos) {
        this.delayNanos = delayNanos;
    }

    /**
     * Takes in what the source has, as if sent at the given time.
     *
     * @return the number of bytes
     */
    int read(SocketChannel source, long sentAt) throws IOException {
        readBuffer.clear();
        int count = source.read(readBuffer);
        if (count < 0) {
            sourceEnded = true;
            pieces.add(new Piece(sentAt + delayNanos, ByteBuffer.allocate(0), true));
            return 0;
        }
        readBuffer.flip();
        pieces.add(new Piece(
                sentAt + delayNanos, ByteBuffer.allocate(count).put(readBuffer).flip(), false));
        queuedBytes += count;
        return count;
    }

    /**
     * Hands on what is due, as far as the sink takes it, up to so many bytes.
     *
     * @return how many those were
     */
    long write(SocketChannel sink, long now, long most) throws IOException {
        long total = 0;
        while (isDue(now)) {
            Piece piece = pieces.element();
            int end = piece.bytes.limit();
            piece.bytes.limit((int) Math.min(end, piece.bytes.position() + Math.min(most - total, READ_SIZE)));
            int written = sink.write(piece.bytes);
            piece.bytes.limit(end);
            queuedBytes -= written;
            total += written;
            if (piece.bytes.hasRemaining()) {
                return total;
            }
            pieces.remove();
            if (piece.last) {
                sink.shutdownOutput();
                sinkEnded = true;
            }
        }
        return total;
    }

    boolean wantsToRead() {
        return !sourceEnded && queuedBytes < MAX_QUEUED_BYTES;
    }

    boolean isDue(long now) {
        Piece next = pieces.peek();
        return next != null && next.dueAt - now <= 0;
    }

    /** {@link Long#MAX_VALUE} where nothing waits for a time: the pipe is empty, or waits for its sink. */
    long nanosUntilDue(long now) {
        Piece next = pieces.peek();
        return next == null || next.dueAt - now <= 0 ? Long.MAX_VALUE : next.dueAt - now;
    }

    /** Whether the end of the stream has been handed on. */
    boolean hasEnded() {
        return sinkEnded;
    }

    private record Piece(long dueAt, ByteBuffer bytes, boolean last) {}
}
