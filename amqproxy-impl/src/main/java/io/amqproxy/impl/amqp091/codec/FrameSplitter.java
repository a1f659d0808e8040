package io.amqproxy.impl.amqp091.codec;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;

/** Cuts a body frame into several for a peer whose frames are smaller. */
public final class FrameSplitter {

    private FrameSplitter() {}

    public static void split(
            FrameWriter frames, ByteBuffer in, int at, int length, int channel, int frameMax, ByteQueue out) {
        splitPayload(frames, in, at + Frame.PAYLOAD_OFFSET, at + length - 1, channel, frameMax, out);
    }

    /** The same for a part of the payload. */
    public static void splitPayload(
            FrameWriter frames, ByteBuffer in, int from, int end, int channel, int frameMax, ByteQueue out) {
        for (int at = from; at < end; ) {
            int to = Math.min(end, at + frameMax - Frame.OVERHEAD);
            frames.body(out, channel, in, at, to);
            at = to;
        }
    }
}
