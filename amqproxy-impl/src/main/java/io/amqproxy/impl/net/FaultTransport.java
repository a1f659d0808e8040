package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client's transport on which things go wrong on purpose, for tests; it is there while there are faults, and until
 * what they held is gone. It copies what it sends. What it holds is bounded: above that the session's own queue fills,
 * and nothing more is read.
 */
final class FaultTransport implements Transport, Timers.Timed {

    /** The link, as far as faults end it. */
    interface Host extends Transport.Owner {

        /** Ends the connection as the network does. */
        void cut(boolean byReset);

        /** A fault of the program, which costs the connection. */
        void onFault(RuntimeException fault);
    }

    private static final long MOST_READY = 1024 * 1024;

    private final LinkFaults faults;
    private final Host host;
    private final Supplier<InboundSession> client;
    private final LinkFaults.Gate gate;
    private final Timers.Timer timer = new Timers.Timer(this);
    private EventLoop loop;
    private Transport below;

    private final Lane sending;
    private final Lane receiving;
    private ByteQueue ready;
    private byte[] moving = new byte[0];

    private boolean unread;
    /** Whether the peer has ended the stream, behind what is on its way. */
    private boolean ended;
    /** Whether octets were lost, so that the stream is worth nothing any more. */
    private boolean lossy;
    /** Whether the sending half is shut although the session goes on. */
    private boolean mute;

    private boolean finishing;

    /** @param queued octets that wait to be sent, which may begin in the midst of a frame */
    FaultTransport(
            EventLoop loop,
            LinkFaults faults,
            Host host,
            Supplier<InboundSession> client,
            Transport below,
            long queued) {
        this.loop = loop;
        this.faults = faults;
        this.host = host;
        this.client = client;
        this.below = below;
        this.sending = new Lane(loop.context().chunks);
        this.receiving = new Lane(loop.context().chunks);
        this.ready = new ByteQueue(loop.context().chunks);
        this.gate = faults.gate(client, queued);
    }

    void over(Transport newBelow) {
        below = newBelow;
    }

    /** Other faults hold from now on. */
    void onChanged() {
        if (lossy && !faults.swallows(client.get())) {
            host.cut(true);
            return;
        }
        if (!isShaped()) {
            sending.hurry(now());
            receiving.hurry(now());
        }
        if (!receiving.isEmpty() || (unread && !holdsReading())) {
            unread = false;
            host.onProgress();
        }
        host.flush();
    }

    /** Whether there are no faults any more, and nothing is left of them. */
    boolean isDone() {
        return loop.faults() == null
                && ready.isEmpty()
                && sending.isEmpty()
                && receiving.isEmpty()
                && gate.isIdle()
                && !unread
                && !ended
                && !lossy
                && !mute
                && !finishing;
    }

    /** Shuts the sending half; nothing that the session sends goes out any more. */
    void shutOutput() throws IOException {
        if (!mute) {
            mute = true;
            below.write(ready);
            below.finish();
        }
    }

    /** Whether the session's deafness is on purpose, so that it cannot tell silence. */
    boolean keepsUnread() {
        return faults.holdsReading(client.get());
    }

    /** Whether the peer is to hear nothing, not even of the connection's end. */
    boolean isSilent() {
        InboundSession whose = client.get();
        return faults.isSilent(whose) || faults.swallows(whose);
    }

    private boolean holdsReading() {
        InboundSession whose = client.get();
        return faults.holdsReading(whose) || faults.isSilent(whose);
    }

    private boolean isShaped() {
        return faults.delay(client.get()) > 0 || faults.rate(client.get()) > 0;
    }

    private long now() {
        return loop.context().now;
    }

    private void schedule() {
        Long next = earlier(earlier(sending.nextDue(), unread ? null : receiving.nextDue()), gate.nextDue());
        if (next == null) {
            loop.context().timers.cancel(timer);
        } else {
            loop.context().timers.set(timer, next);
        }
    }

    private static @Nullable Long earlier(@Nullable Long one, @Nullable Long other) {
        return one == null || (other != null && other - one < 0) ? other : one;
    }

    @Override
    public void onTime() {
        host.onProgress();
        host.flush();
    }

    @Override
    public void onFault(RuntimeException fault) {
        host.onFault(fault);
    }

    @Override
    public void open() throws IOException {
        below.open();
    }

    // What the client sends.

    @Override
    public int read(ByteBuffer target) throws IOException {
        return read(target, target.remaining());
    }

    @Override
    public int read(ByteBuffer[] targets, int count) throws IOException {
        ByteBuffer last = targets[count - 1];
        return read(last, last.remaining());
    }

    @Override
    public int read(ByteBuffer target, int most) throws IOException {
        unread = holdsReading();
        if (unread) {
            schedule();
            return WAITING;
        }
        int from = target.position();
        int count = ended || receiving.isFull() ? WAITING : below.read(target, most);
        if (count > 0 && faults.swallows(client.get())) {
            lossy = true;
            target.position(from);
            return 0;
        }
        if (receiving.isEmpty() && (count <= 0 || !isShaped())) {
            return ended ? END : count;
        }
        ended |= count == END;
        if (count > 0) {
            target.position(from);
            receiving.put(target, from, from + count, now(), faults.delay(client.get()), faults.rate(client.get()));
        }
        int come = receiving.release(target, most, now());
        schedule();
        if (come == 0 && ended) {
            return receiving.isEmpty() ? END : WAITING;
        }
        return come == 0 && count == WAITING ? WAITING : come;
    }

    // What the client is sent.

    @Override
    public boolean write(ByteQueue out) throws IOException {
        boolean full;
        do {
            take(out);
            if (faults.isSilent(client.get())) {
                return false;
            }
            sending.release(ready, now());
            full = below.write(ready);
        } while (!full && ready.isEmpty() && sending.isEmpty() && !out.isEmpty());
        if (ready.isEmpty() && sending.isEmpty()) {
            if (gate.isCut()) {
                throw new IOException("cut in the midst of a frame, on purpose");
            }
            if (finishing) {
                return below.finish();
            }
        }
        schedule();
        return full;
    }

    private void take(ByteQueue out) {
        if (mute) {
            out.clear();
            return;
        }
        if (ready.size() >= MOST_READY || sending.isFull()) {
            return;
        }
        ByteQueue passed = new ByteQueue(loop.context().chunks);
        if (!out.isEmpty()) {
            gate.pass(out.toArray(), passed, now());
        }
        gate.release(passed, now());
        if (passed.isEmpty()) {
            return;
        }
        if (faults.swallows(client.get())) {
            lossy = true;
            passed.clear();
        } else if (sending.isEmpty() && !isShaped()) {
            ready.take(passed);
        } else {
            long delay = faults.delay(client.get());
            long rate = faults.rate(client.get());
            byte[] bytes = passed.toArray();
            sending.put(ByteBuffer.wrap(bytes), 0, bytes.length, now(), delay, rate);
        }
    }

    @Override
    public int send(ByteQueue out, ByteBuffer bytes) {
        return 0; // All of it is looked at in the queue.
    }

    @Override
    public boolean finish() throws IOException {
        finishing = true;
        if (mute || isSilent()) {
            return false;
        }
        sending.hurry(now()); // Who ends the connection in order is not kept from it.
        sending.release(ready, now());
        return (!ready.isEmpty() && below.write(ready)) || below.finish();
    }

    @Override
    public long heldBytes() {
        return ready.heldBytes() + sending.heldBytes() + receiving.heldBytes() + below.heldBytes();
    }

    /** The session is over: nothing that is held is for anybody. */
    void forget() {
        loop.context().timers.cancel(timer);
        ready.clear();
        sending.clear();
        receiving.clear();
    }

    @Override
    public void close() throws IOException {
        forget();
        below.close();
    }

    @Override
    public List<X509Certificate> certificates() {
        return below.certificates();
    }

    @Override
    public boolean detach() {
        if (!below.detach()) {
            return false;
        }
        loop.context().timers.cancel(timer);
        moving = ready.toArray();
        sending.leave();
        receiving.leave();
        return true;
    }

    @Override
    public void attachTo(EventLoop next) {
        loop = next;
        below.attachTo(next);
        ready = new ByteQueue(next.context().chunks);
        ready.append(ByteBuffer.wrap(moving), 0, moving.length);
        moving = new byte[0];
        sending.enter(next.context().chunks);
        receiving.enter(next.context().chunks);
        schedule();
        host.flush();
    }
}
