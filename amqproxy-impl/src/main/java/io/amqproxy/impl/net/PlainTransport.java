package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Bytes as they are. */
final class PlainTransport implements Transport {

    private final SocketChannel channel;
    private final Owner owner;
    private EventLoop loop;

    PlainTransport(EventLoop loop, SocketChannel channel, Owner owner) {
        this.loop = loop;
        this.channel = channel;
        this.owner = owner;
    }

    @Override
    public void open() {
        owner.onEstablished();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return channel.read(target);
    }

    @Override
    public int read(ByteBuffer target, int most) throws IOException {
        int limit = target.limit();
        try {
            return channel.read(target.limit(target.position() + Math.min(target.remaining(), most)));
        } finally {
            target.limit(limit);
        }
    }

    @Override
    public long heldBytes() {
        return 0;
    }

    @Override
    public int read(ByteBuffer[] targets, int count) throws IOException {
        return (int) channel.read(targets, 0, count);
    }

    @Override
    public boolean write(ByteQueue out) throws IOException {
        return drain(out, channel, loop.buffers().views());
    }

    /**
     * Sends what the socket takes.
     *
     * @return whether it was full
     */
    static boolean drain(ByteQueue out, SocketChannel channel, ByteBuffer[] views) throws IOException {
        while (!out.isEmpty()) {
            int count = out.peek(views);
            long wanted = 0;
            for (int i = 0; i < count; i++) {
                wanted += views[i].remaining();
            }
            long written = count == 1 ? channel.write(views[0]) : channel.write(views, 0, count);
            out.skip(written);
            if (written < wanted) {
                return true;
            }
        }
        return false;
    }

    @Override
    public int send(ByteQueue out, ByteBuffer bytes) throws IOException {
        if (out.isEmpty()) {
            return channel.write(bytes);
        }
        ByteBuffer[] views = loop.buffers().views();
        int count = out.peek(views);
        if (count == views.length) {
            return 0;
        }
        views[count] = bytes;
        int from = bytes.position();
        long written = channel.write(views, 0, count + 1);
        int sent = bytes.position() - from;
        out.skip(written - sent);
        return sent;
    }

    @Override
    public boolean finish() throws IOException {
        channel.shutdownOutput();
        return false;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public boolean detach() {
        return true;
    }

    @Override
    public void attachTo(EventLoop next) {
        loop = next;
    }
}
