package io.amqproxy.impl.session;

import io.amqproxy.impl.wire.ByteQueue;
import io.amqproxy.impl.wire.Frame;
import java.nio.ByteBuffer;

/** Cuts a body frame into several for a peer whose frames are smaller. */
final class FrameSplitter {

    private FrameSplitter() {}

    static void split(ByteBuffer in, int at, int length, int channel, int frameMax, ByteQueue out) {
        ByteBuffer edge = ByteBuffer.allocate(Frame.OVERHEAD);
        edge.put(Frame.PAYLOAD_OFFSET, Frame.END);
        int end = at + length - 1;
        for (int from = at + Frame.PAYLOAD_OFFSET; from < end; ) {
            int octets = Math.min(end - from, frameMax - Frame.OVERHEAD);
            edge.put(0, (byte) Frame.BODY);
            edge.putShort(Frame.CHANNEL_OFFSET, (short) channel);
            edge.putInt(Frame.SIZE_OFFSET, octets);
            out.append(edge, 0, Frame.PAYLOAD_OFFSET);
            out.append(in, from, from + octets);
            out.append(edge, Frame.PAYLOAD_OFFSET, Frame.OVERHEAD);
            from += octets;
        }
    }
}
