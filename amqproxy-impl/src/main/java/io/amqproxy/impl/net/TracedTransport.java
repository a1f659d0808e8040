package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A transport whose bytes are shown to a tap; it is there only while somebody looks. */
final class TracedTransport implements Transport {

    private final Transport below;
    private final Taps taps;
    private final Tap tap;
    private final Consumer<ByteBuffer> toTap;
    /**
     * Octets that the tap was shown and that are still to come: at the head of the outgoing queue, or on their way to
     * it where a fault begins to hold them up.
     */
    private long shown;

    private TracedTransport(Transport below, Taps taps, Tap tap) {
        this.below = below;
        this.taps = taps;
        this.tap = tap;
        this.toTap = bytes -> tap.sent(bytes, bytes.position(), bytes.limit());
    }

    /**
     * {@return the transport with this tap on it, or without any}
     *
     * @param taps null for none
     * @param isNew whether nothing was said yet
     * @param left what was received and not taken yet, which the tap is shown first; null for nothing
     */
    static Transport over(
            Transport present,
            @Nullable Taps taps,
            Supplier<Session> session,
            boolean isNew,
            @Nullable ByteQueue left) {
        Transport base = present;
        if (present instanceof TracedTransport traced) {
            if (traced.taps == taps) {
                return traced;
            }
            base = traced.below;
        }
        if (taps == null) {
            return base;
        }
        Tap tap = taps.of(session, isNew);
        if (left != null) {
            left.forEach(0, bytes -> tap.received(bytes, bytes.position(), bytes.limit()));
        }
        return new TracedTransport(base, taps, tap);
    }

    private void show(ByteQueue out) {
        long size = out.size();
        if (shown < size) {
            out.forEach(shown, toTap);
            shown = size;
        }
    }

    @Override
    public void open() throws IOException {
        below.open();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int from = target.position();
        int count = below.read(target);
        tap.received(target, from, target.position());
        return count;
    }

    @Override
    public int read(ByteBuffer target, int most) throws IOException {
        int from = target.position();
        int count = below.read(target, most);
        tap.received(target, from, target.position());
        return count;
    }

    @Override
    public int read(ByteBuffer[] targets, int count) throws IOException {
        int[] from = new int[count];
        for (int i = 0; i < count; i++) {
            from[i] = targets[i].position();
        }
        int octets = below.read(targets, count);
        for (int i = 0; i < count; i++) {
            tap.received(targets[i], from[i], targets[i].position());
        }
        return octets;
    }

    @Override
    public boolean write(ByteQueue out) throws IOException {
        show(out);
        long before = out.size();
        boolean full = below.write(out);
        shown -= before - out.size();
        return full;
    }

    @Override
    public int send(ByteQueue out, ByteBuffer bytes) throws IOException {
        show(out);
        int from = bytes.position();
        long before = out.size();
        int sent = below.send(out, bytes);
        shown -= before - out.size();
        tap.sent(bytes, from, from + sent);
        return sent;
    }

    @Override
    public long heldBytes() {
        return below.heldBytes();
    }

    @Override
    public boolean finish() throws IOException {
        return below.finish();
    }

    @Override
    public void close() throws IOException {
        below.close();
    }

    @Override
    public List<X509Certificate> certificates() {
        return below.certificates();
    }

    @Override
    public boolean detach() {
        return below.detach();
    }

    @Override
    public void attachTo(EventLoop next) {
        below.attachTo(next);
    }
}
