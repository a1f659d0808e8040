package io.amqproxy.impl.fault;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;

/**
 * Cuts what goes one way into frames, however its octets come, and lets a judge say what becomes of each: of AMQP 0-9-1
 * and of AMQP 1.0, of which a protocol header tells. Of a frame it keeps no more than the judge looks at, and that only
 * until it has come.
 */
final class FrameGate {

    /** What becomes of a frame. */
    enum Verdict {
        PASS,
        DROP,
        /** Half of it passes, and nothing behind that. */
        CUT
    }

    /** Says what becomes of frames. */
    interface Judge {

        /**
         * {@return what becomes of this frame}
         *
         * @param head the first eight octets of the frame; of a content header of AMQP 0-9-1 those up to the size of
         *     the body, and of a method up to 1,024. They may be changed.
         * @param isAmqp10 whether it is one of AMQP 1.0
         * @param to what is appended here comes in its place, or before it
         */
        Verdict judge(ByteBuffer head, boolean isAmqp10, ByteQueue to);
    }

    /** No frame is shorter, and a protocol header is as long. */
    private static final int HEAD = 8;

    private static final int MOST_OF_METHOD = 1024;
    /** The size of the body is in the last eight of them (AMQP 0-9-1, 4.2.6.1). */
    static final int MOST_OF_HEADER = Frame.BODY_SIZE_OFFSET + Long.BYTES;

    private static final int MAGIC = 0x414D5150;

    private final Judge judge;
    private final ByteBuffer shortHead = ByteBuffer.allocate(HEAD);
    private ByteBuffer head = shortHead;
    private boolean isAmqp10;
    /** Octets that are still to come of what is decided, and whether they pass. */
    private long rest;

    private boolean passing = true;
    private boolean cutting;

    /**
     * @param isAmqp10 which protocol it is before a header tells
     * @param queued octets that come first and pass as they are
     */
    FrameGate(Judge judge, boolean isAmqp10, long queued) {
        this.judge = judge;
        this.isAmqp10 = isAmqp10;
        this.rest = queued;
    }

    /** Whether it waits for no octet of a frame that has begun. */
    boolean isBetweenFrames() {
        return rest == 0 && head.position() == 0;
    }

    /** Whether half of a frame has passed, and nothing more does. */
    boolean isCut() {
        return cutting && rest == 0;
    }

    void pass(byte[] bytes, ByteQueue to) {
        int at = 0;
        while (at < bytes.length && !isCut()) {
            if (rest > 0) {
                int count = (int) Math.min(rest, bytes.length - at);
                if (passing) {
                    to.append(ByteBuffer.wrap(bytes), at, at + count);
                }
                rest -= count;
                at += count;
            } else {
                int count = Math.min(head.remaining(), bytes.length - at);
                head.put(bytes, at, count);
                at += count;
                if (!head.hasRemaining()) {
                    onHead(to);
                }
            }
        }
    }

    private void onHead(ByteQueue to) {
        if (head.capacity() == HEAD && head.getInt(0) == MAGIC) {
            isAmqp10 = head.get(HEAD - 3) == 1;
            to.append(head, 0, HEAD);
            head.clear();
            return;
        }
        long total = isAmqp10 ? head.getInt(0) & 0xFFFF_FFFFL : Frame.size(head, 0) + Frame.OVERHEAD;
        int wanted = isAmqp10 || head.capacity() > HEAD ? HEAD : (int) Math.min(total, wanted(Frame.type(head, 0)));
        if (wanted > HEAD) {
            head = ByteBuffer.allocate(wanted).put(shortHead.flip());
            if (head.hasRemaining()) {
                return;
            }
        }
        decide(total, to);
        shortHead.clear();
        head = shortHead;
    }

    private static int wanted(int type) {
        return switch (type) {
            case Frame.METHOD -> MOST_OF_METHOD;
            case Frame.HEADER -> MOST_OF_HEADER;
            default -> HEAD;
        };
    }

    private void decide(long total, ByteQueue to) {
        int have = head.position();
        Verdict verdict = judge.judge(head, isAmqp10, to);
        passing = verdict != Verdict.DROP;
        cutting = verdict == Verdict.CUT;
        long end = cutting ? Math.max(1, total / 2) : total;
        if (passing) {
            to.append(head, 0, (int) Math.min(have, end));
        }
        rest = Math.max(0, end - have);
    }
}
