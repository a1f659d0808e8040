package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A transport without a socket: what the peer has said lies there to be read, and what it is sent is kept. */
abstract class InMemoryTransport implements Transport {

    /** What the peer has said and nobody has read. */
    private byte[] said = new byte[0];
    /** What the peer was sent. */
    final ByteArrayOutputStream heard = new ByteArrayOutputStream();

    /** The peer says this, behind what it has said. */
    final void say(byte[] bytes) {
        byte[] all = Arrays.copyOf(said, said.length + bytes.length);
        System.arraycopy(bytes, 0, all, said.length, bytes.length);
        said = all;
    }

    /** {@return how many octets nobody has read} */
    final int unread() {
        return said.length;
    }

    @Override
    public int read(ByteBuffer target, int most) {
        int count = Math.min(most, Math.min(said.length, target.remaining()));
        target.put(said, 0, count);
        said = Arrays.copyOfRange(said, count, said.length);
        return count;
    }

    @Override
    public final int read(ByteBuffer target) {
        return read(target, target.remaining());
    }

    @Override
    public final int read(ByteBuffer[] targets, int count) {
        return read(targets[count - 1]);
    }

    @Override
    public final int send(ByteQueue queue, ByteBuffer bytes) {
        return 0;
    }

    @Override
    public final long heldBytes() {
        return 0;
    }

    @Override
    public final void open() {}

    @Override
    public final void close() {}

    @Override
    public final boolean detach() {
        return true;
    }

    @Override
    public final void attachTo(EventLoop next) {}
}
