package io.amqproxy.impl.buffer;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Joins neighbouring bytes of one read buffer that go to the same session, so that a thousand frames are moved by one
 * copy. Whoever writes to a session by another way calls {@link #flush} first, to keep the order.
 */
public final class WriteCoalescer {

    /** Where forwarded bytes go. */
    public interface Sink {
        void forward(ByteBuffer in, int from, int to);
    }

    private @Nullable Sink sink;
    private @Nullable ByteBuffer in;
    private int from;
    private int to;

    public void add(Sink newSink, ByteBuffer buffer, int begin, int end) {
        if (sink == newSink && to == begin) {
            to = end;
            return;
        }
        flush();
        sink = newSink;
        in = buffer;
        from = begin;
        to = end;
    }

    public void flush() {
        Sink ready = sink;
        ByteBuffer buffer = in;
        sink = null;
        in = null;
        if (ready != null && buffer != null) {
            ready.forward(buffer, from, to);
        }
    }
}
