package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.FaultJudge;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A transport on which things go wrong on purpose, for tests, of a client's connection or of one to the broker; it is
 * there while there are faults, and until what they held is gone. It copies what it sends. What it holds is bounded:
 * above that the session's own queue fills, and nothing more is read.
 */
final class FaultTransport implements Transport, Timers.Timed {

    /** The link, as far as faults end it. */
    interface Host extends Transport.Owner {

        /** Ends the connection as the network does. */
        void cut(boolean byReset);

        /** A fault of the program, which costs the connection. */
        void onFault(RuntimeException fault);
    }

    private static final int MOST_READY = 1024 * 1024;
    /** What is copied at once. */
    private static final int SLICE = 64 * 1024;

    private final LinkFaults faults;
    private final Host host;
    private final Supplier<? extends Session> session;
    private final LinkFaults.Gate gate;
    private final Timers.Timer timer = new Timers.Timer(this);
    private EventLoop loop;
    private Transport below;

    private final DelayLine sending;
    private final DelayLine receiving;
    private ByteQueue ready;
    private byte[] moving = new byte[0];

    /** What is told to the loop's memory besides chunks. */
    private long counted;

    private boolean unread;
    /** Whether the session was told that there is something to read, and has not come for it. */
    private boolean asked;
    /** Whether the peer has ended the stream, behind what is on its way. */
    private boolean ended;
    /** Whether octets were lost, so that the stream is worth nothing any more. */
    private boolean lossy;
    /** Whether the sending half is to end although the session goes on. */
    private boolean mute;

    private boolean finishing;
    /** Whether the sending half has ended. */
    private boolean shut;

    /** @param queued octets that wait to be sent, which may begin in the midst of a frame */
    FaultTransport(
            EventLoop loop,
            LinkFaults faults,
            Host host,
            Supplier<? extends Session> session,
            Transport below,
            long queued) {
        this.loop = loop;
        this.faults = faults;
        this.host = host;
        this.session = session;
        this.below = below;
        this.sending = new DelayLine(loop.context().chunks);
        this.receiving = new DelayLine(loop.context().chunks);
        this.ready = new ByteQueue(loop.context().chunks);
        this.gate = faults.gate(session, queued);
    }

    void over(Transport newBelow) {
        below = newBelow;
    }

    /** Other faults hold from now on. */
    void onChanged() {
        if (lossy && !faults.swallows(session.get())) {
            host.cut(true);
            return;
        }
        sending.reshape();
        receiving.reshape();
        if (!receiving.isEmpty() || (unread && !holdsReading())) {
            unread = false;
            host.onProgress();
        }
        host.flush();
    }

    /** {@return what looks at the methods of the client, or null where nothing does} */
    @Nullable
    FaultJudge judge() {
        return gate.judge();
    }

    /** Whether there are no faults for it any more, and nothing is left of them. */
    boolean isDone() {
        return !isConcerned()
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

    private boolean isConcerned() {
        LinkFaults present = loop.faults();
        return present != null && present.concerns(session.get());
    }

    /** Ends the sending half behind what is on its way; nothing that the session sends goes out any more. */
    void shutOutput() {
        mute = true;
        host.flush();
    }

    /** Whether the session's deafness is on purpose, so that it cannot tell silence. */
    boolean keepsUnread() {
        return faults.holdsReading(session.get());
    }

    /** Whether the peer is to hear nothing, not even of the connection's end. */
    boolean isSilent() {
        Session whose = session.get();
        return faults.isSilent(whose) || faults.swallows(whose);
    }

    private boolean holdsReading() {
        Session whose = session.get();
        return faults.holdsReading(whose) || faults.isSilent(whose);
    }

    private boolean isShaped() {
        return faults.delay(session.get()) != null || faults.rate(session.get()) != null;
    }

    private long now() {
        return loop.context().now;
    }

    /** Wakes for what can go on at a time by itself; all else goes on when something else happens, which wakes. */
    private void schedule() {
        Long next = null;
        if (!faults.isSilent(session.get())) {
            next = ready.size() < MOST_READY ? sending.nextDue() : null;
            next = earlier(next, takes() ? gate.nextDue() : null);
        }
        next = earlier(next, unread || asked ? null : receiving.nextDue());
        if (next == null) {
            loop.context().timers.cancel(timer);
        } else {
            loop.context().timers.set(timer, next);
        }
    }

    /** Whether more of the session's octets are taken. */
    private boolean takes() {
        return !mute && ready.size() < MOST_READY && !sending.isFull();
    }

    /** What is held besides chunks counts as memory of the loop. */
    private void count(long beside) {
        loop.context().chunks.countBeside(beside - counted);
        counted = beside;
    }

    private void count() {
        count(bytesBeside());
    }

    private long bytesBeside() {
        return sending.bytesBeside() + receiving.bytesBeside() + gate.heldBytes();
    }

    private static @Nullable Long earlier(@Nullable Long one, @Nullable Long other) {
        return one == null || (other != null && other - one < 0) ? other : one;
    }

    @Override
    public void onTime() {
        asked = true;
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

    // What the peer sends.

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
        asked = false;
        unread = holdsReading();
        if (unread) {
            schedule();
            return WAITING;
        }
        int from = target.position();
        int count = ended || receiving.isFull() ? WAITING : below.read(target, Math.min(most, receiving.room()));
        if (count > 0 && faults.swallows(session.get())) {
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
            receiving.put(target, from, from + count, now(), faults.delay(session.get()), faults.rate(session.get()));
        }
        int come = receiving.release(target, most, now());
        count();
        schedule();
        if (come == 0 && ended) {
            return receiving.isEmpty() ? END : WAITING;
        }
        return come == 0 && count == WAITING ? WAITING : come;
    }

    // What the peer is sent.

    @Override
    public boolean write(ByteQueue out) throws IOException {
        boolean full;
        do {
            take(out);
            count();
            if (faults.isSilent(session.get())) {
                schedule();
                return false;
            }
            sending.release(ready, (int) Math.max(0, MOST_READY - ready.size()), now());
            full = below.write(ready);
        } while (!full && takes() && !out.isEmpty());
        count();
        if (ready.isEmpty() && sending.isEmpty()) {
            if (gate.isCut()) {
                throw new IOException("cut in the midst of a frame, on purpose");
            }
            full = endOutput() || full;
        }
        schedule();
        return full;
    }

    /**
     * Ends the sending half where it is to end and nothing is left to be sent.
     *
     * @return whether the socket is full
     */
    private boolean endOutput() throws IOException {
        if ((mute || finishing) && !shut) {
            shut = !below.finish();
            return !shut;
        }
        return false;
    }

    private void take(ByteQueue out) {
        if (mute) {
            out.clear();
            return;
        }
        ByteQueue passed = new ByteQueue(loop.context().chunks);
        while (!out.isEmpty() && takes()) {
            ByteBuffer some = ByteBuffer.allocate((int) Math.min(SLICE, out.size()));
            out.drainTo(some);
            gate.pass(some.array(), passed, now());
            send(passed);
        }
        if (takes()) {
            gate.release(passed, now());
            send(passed);
        }
    }

    private void send(ByteQueue passed) {
        if (passed.isEmpty()) {
            return;
        }
        if (faults.swallows(session.get())) {
            lossy = true;
            passed.clear();
        } else if (sending.isEmpty() && !isShaped()) {
            ready.take(passed);
        } else {
            byte[] bytes = passed.toArray();
            sending.put(
                    ByteBuffer.wrap(bytes),
                    0,
                    bytes.length,
                    now(),
                    faults.delay(session.get()),
                    faults.rate(session.get()));
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
        sending.release(ready, Integer.MAX_VALUE, now());
        count();
        return (!ready.isEmpty() && below.write(ready)) || endOutput();
    }

    @Override
    public long heldBytes() {
        return ready.heldBytes() + sending.heldBytes() + receiving.heldBytes() + gate.heldBytes() + below.heldBytes();
    }

    /** The session is over: nothing that is held is for anybody. */
    void forget() {
        loop.context().timers.cancel(timer);
        ready.clear();
        sending.clear();
        receiving.clear();
        count(0);
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
        count(0);
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
        count();
        schedule();
        host.flush();
    }
}
