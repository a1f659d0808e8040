package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;

/**
 * A client's transport on which things go wrong on purpose. It is there from the first fault of a proxy on, for tests:
 * it copies what it sends. What it holds is bounded: above that the session's own queue fills.
 */
final class FaultTransport implements Transport {

    private static final long MOST_HELD = 1024 * 1024;

    private final LinkFaults faults;
    private final Owner owner;
    private final Supplier<InboundSession> client;
    private Transport below;
    private ByteQueue ready;
    private final LinkFaults.Gate gate;
    private boolean unread;
    private byte[] moving = new byte[0];

    /** @param midst whether what is sent next may lie in the midst of a frame */
    FaultTransport(
            EventLoop loop,
            LinkFaults faults,
            Owner owner,
            Supplier<InboundSession> client,
            Transport below,
            boolean midst) {
        this.faults = faults;
        this.owner = owner;
        this.client = client;
        this.below = below;
        this.ready = new ByteQueue(loop.context().chunks);
        this.gate = faults.gate(client, midst);
    }

    void over(Transport newBelow) {
        below = newBelow;
    }

    /** Other faults hold from now on. */
    void onChanged() {
        if (unread && !holdsReading()) {
            unread = false;
            owner.onProgress();
        }
        owner.flush();
    }

    private boolean holdsReading() {
        return faults.holdsReading(client.get());
    }

    private boolean holdsWriting() {
        return faults.holdsWriting(client.get());
    }

    private boolean leavesUnread() {
        unread = holdsReading();
        return unread;
    }

    @Override
    public void open() throws IOException {
        below.open();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return leavesUnread() ? WAITING : below.read(target);
    }

    @Override
    public int read(ByteBuffer target, int most) throws IOException {
        return leavesUnread() ? WAITING : below.read(target, most);
    }

    @Override
    public int read(ByteBuffer[] targets, int count) throws IOException {
        return leavesUnread() ? WAITING : below.read(targets, count);
    }

    @Override
    public boolean write(ByteQueue out) throws IOException {
        boolean full = false;
        do {
            pass(out);
            if (holdsWriting()) {
                return false;
            }
            full = below.write(ready);
        } while (!full && ready.isEmpty() && !out.isEmpty());
        return full;
    }

    private void pass(ByteQueue out) {
        if (!out.isEmpty() && ready.size() < MOST_HELD) {
            gate.pass(out.toArray(), ready);
        }
    }

    @Override
    public int send(ByteQueue out, ByteBuffer bytes) {
        return 0; // All of it is looked at in the queue.
    }

    @Override
    public boolean finish() throws IOException {
        // Who ends the connection in order is not kept from it.
        return (!ready.isEmpty() && below.write(ready)) || below.finish();
    }

    @Override
    public long heldBytes() {
        return ready.heldBytes() + below.heldBytes();
    }

    @Override
    public void close() throws IOException {
        ready.clear();
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
        moving = ready.toArray();
        return true;
    }

    @Override
    public void attachTo(EventLoop next) {
        below.attachTo(next);
        ready = new ByteQueue(next.context().chunks);
        ready.append(ByteBuffer.wrap(moving), 0, moving.length);
        moving = new byte[0];
        owner.flush();
    }
}
