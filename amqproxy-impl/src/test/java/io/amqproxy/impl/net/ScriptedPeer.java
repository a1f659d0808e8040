package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;

/** The other end, and the socket to it. */
final class ScriptedPeer implements Transport {
    byte[] said = new byte[0];
    final ByteArrayOutputStream heard = new ByteArrayOutputStream();
    int room = Integer.MAX_VALUE;
    int ends;
    int endsThatFindNoRoom;

    @Override
    public int read(ByteBuffer target, int most) {
        int count = Math.min(most, Math.min(said.length, target.remaining()));
        target.put(said, 0, count);
        said = Arrays.copyOfRange(said, count, said.length);
        return count;
    }

    @Override
    public boolean write(ByteQueue queue) throws IOException {
        if (ends > 0 && !queue.isEmpty()) {
            throw new ClosedChannelException();
        }
        ByteBuffer taken = ByteBuffer.allocate((int) Math.min(room, queue.size()));
        queue.drainTo(taken);
        heard.writeBytes(taken.array());
        room -= taken.capacity();
        return !queue.isEmpty();
    }

    @Override
    public boolean finish() {
        if (endsThatFindNoRoom > 0) {
            endsThatFindNoRoom--;
            return true;
        }
        ends++;
        return false;
    }

    @Override
    public int read(ByteBuffer target) {
        return read(target, target.remaining());
    }

    @Override
    public int read(ByteBuffer[] targets, int count) {
        return read(targets[count - 1]);
    }

    @Override
    public int send(ByteQueue queue, ByteBuffer bytes) {
        return 0;
    }

    @Override
    public long heldBytes() {
        return 0;
    }

    @Override
    public void open() {}

    @Override
    public void close() {}

    @Override
    public boolean detach() {
        return true;
    }

    @Override
    public void attachTo(EventLoop next) {}
}
