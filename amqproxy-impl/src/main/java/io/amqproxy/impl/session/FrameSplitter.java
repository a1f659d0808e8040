package io.amqproxy.impl.session;

import io.amqproxy.impl.wire.ByteQueue;
import io.amqproxy.impl.wire.Frame;
import io.amqproxy.impl.wire.FrameWriter;
import java.nio.ByteBuffer;

/** Cuts a body frame into several for a peer whose frames are smaller. */
final class FrameSplitter {

    private FrameSplitter() {}

    static void split(FrameWriter frames, ByteBuffer in, int at, int length, int channel, int frameMax, ByteQueue out) {
        int end = at + length - 1;
        for (int from = at + Frame.PAYLOAD_OFFSET; from < end; ) {
            int to = Math.min(end, from + frameMax - Frame.OVERHEAD);
            frames.body(out, channel, in, from, to);
            from = to;
        }
    }
}
