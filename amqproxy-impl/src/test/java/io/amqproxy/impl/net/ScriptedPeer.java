package io.amqproxy.impl.net;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.buffer.ByteQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

/** The other end, and the socket to it. */
final class ScriptedPeer extends InMemoryTransport {
    int room = Integer.MAX_VALUE;
    int ends;
    int endsThatFindNoRoom;

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

    /** {@return the tags of what is confirmed, between heartbeats} */
    List<Long> confirms() {
        ByteBuffer frames = ByteBuffer.wrap(heard.toByteArray());
        List<Long> tags = new ArrayList<>();
        for (int at = 0; at < frames.limit(); at += (int) Frame.size(frames, at) + Frame.OVERHEAD) {
            if (Frame.type(frames, at) == Frame.METHOD) {
                tags.add(frames.getLong(at + Frame.PAYLOAD_OFFSET + 4));
            }
        }
        return tags;
    }
}
