package io.amqproxy.impl.buffer;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Joins neighbouring bytes of one read buffer that go to the same session, so that a thousand frames are moved by one
 * copy. Whoever writes to a session by another way calls {@link #flush} first, to keep the order.
 */
public final class WriteCoalescer {

    /** Where forwarded bytes go. */
    public interface Target {
        void forward(ByteBuffer in, int from, int to);
    }

    private @Nullable Target target;
    private @Nullable ByteBuffer in;
    private int from;
    private int to;

    public void add(Target newTarget, ByteBuffer buffer, int begin, int end) {
        if (target == newTarget && to == begin) {
            to = end;
            return;
        }
        flush();
        target = newTarget;
        in = buffer;
        from = begin;
        to = end;
    }

    public void flush() {
        Target ready = target;
        ByteBuffer buffer = in;
        target = null;
        in = null;
        if (ready != null && buffer != null) {
            ready.forward(buffer, from, to);
        }
    }
}
