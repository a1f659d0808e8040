package io.amqproxy.impl.fault;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.net.LinkFaults;
import java.nio.ByteBuffer;
import java.util.function.Predicate;

/**
 * Lets the frames of AMQP 0-9-1 that go one way pass, or keeps methods back. Octets of anything else pass as they are:
 * of AMQP 1.0, and all where it began in the midst of a frame.
 *
 * <p>A message is never kept back, nor is its method.
 */
final class FrameGate implements LinkFaults.Gate {

    /** Type, channel and size (AMQP 0-9-1, section 4.2.3), and class and method behind them. */
    private static final int HEAD = 7;

    private static final int METHOD_HEAD = 11;
    private static final int METHOD = 1;
    private static final int HEARTBEAT = 8;

    /** What the proxy says of itself, and answers, is no longer than this. */
    private static final int LONGEST_METHOD = 256 * 1024;

    private final Predicate<ByteBuffer> passes;
    private final ByteBuffer head = ByteBuffer.allocate(LONGEST_METHOD);
    /** Octets of the present frame that pass. */
    private long rest;

    private boolean raw;

    FrameGate(Predicate<ByteBuffer> passes, boolean raw) {
        this.passes = passes;
        this.raw = raw;
    }

    @Override
    public void pass(byte[] bytes, ByteQueue to) {
        int at = 0;
        while (at < bytes.length) {
            if (raw) {
                append(bytes, at, bytes.length, to);
                return;
            }
            if (rest > 0) {
                int count = (int) Math.min(rest, bytes.length - at);
                append(bytes, at, at + count, to);
                rest -= count;
                at += count;
            } else {
                head.put(bytes[at++]);
                onOctet(to);
            }
        }
    }

    private void onOctet(ByteQueue to) {
        int have = head.position();
        if (have < HEAD) {
            return;
        }
        long size = head.getInt(HEAD - 4) & 0xFFFF_FFFFL;
        if (have == HEAD) {
            int type = head.get(0);
            raw = type < METHOD || type > HEARTBEAT;
            if (raw || type != METHOD || size < METHOD_HEAD - HEAD || size > LONGEST_METHOD - HEAD - 1) {
                rest = raw ? 0 : size + 1;
                release(to);
            }
        } else if (have == HEAD + size + 1) {
            if (passes.test(head.duplicate().flip())) {
                release(to);
            } else {
                head.clear();
            }
        }
    }

    private void release(ByteQueue to) {
        to.append(head, 0, head.position());
        head.clear();
    }

    private static void append(byte[] bytes, int from, int to, ByteQueue target) {
        target.append(ByteBuffer.wrap(bytes), from, to);
    }
}
