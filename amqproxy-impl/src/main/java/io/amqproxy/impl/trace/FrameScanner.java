package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp091.codec.Frame;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of one direction of a connection into frames, however they come. Protocol headers say of which
 * protocol the frames behind them are. Where it began in the midst of something it looks for the next frame of AMQP
 * 0-9-1, which ends with an octet that says so; frames of AMQP 1.0 cannot be told there.
 *
 * <p>Of a frame only what the decoder wants is kept.
 */
final class FrameScanner {

    /** What is done with frames. */
    interface Decoder {

        /** {@return how many octets of the frame are to be kept, from its first on} What is there: its first eight. */
        int keep(ByteBuffer head, long total);

        /** {@return whether this may be the beginning of a frame} */
        boolean isFrame(ByteBuffer head);

        /** {@return the octets of the frame that begins so} */
        long total(ByteBuffer head);

        /** A frame is complete; the buffer has what was to be kept of it, from 0 to its limit. */
        void onFrame(ByteBuffer kept, long total);

        /** {@return whether a frame that begins so has to end with that octet} */
        boolean mayEndWith(byte last);

        /** {@return whether frames can be told from other octets, by {@link #isFound}} */
        boolean canBeFound();

        /** {@return whether what has the form of a frame certainly is one} What is there: its first eleven octets. */
        boolean isFound(ByteBuffer head);
    }

    /** What is done with protocol headers: answers the decoder of what follows. */
    interface Headers {
        Decoder onHeader(ByteBuffer header);
    }

    private static final int HEAD = 8;
    /** What it takes to be sure, in the midst of something. */
    private static final int LONGER_HEAD = 11;

    /** What a frame takes before its octets have come. */
    private static final int AT_FIRST = 256;

    private static final int MAGIC = 0x414D5150;

    private final Headers headers;
    private Decoder decoder;

    private final ByteBuffer head = ByteBuffer.allocate(LONGER_HEAD);
    private @Nullable ByteBuffer kept;
    /** Octets of the present frame that are to be kept. */
    private int wanted;

    private long total;
    private long position;
    /** Whether what comes may lie in the midst of a frame. */
    private boolean searching;

    private boolean lost;

    /**
     * @param first decodes what comes before any protocol header
     * @param midst whether the first octets may lie in the midst of a frame
     */
    FrameScanner(Headers headers, Decoder first, boolean midst) {
        this.headers = headers;
        this.decoder = first;
        this.searching = midst && first.canBeFound();
    }

    void scan(ByteBuffer in, int from, int to) {
        int at = from;
        while (at < to && !lost) {
            at += kept == null ? begin(in, at, to) : goOn(in, at, to);
        }
    }

    private int headLength() {
        return searching ? LONGER_HEAD : HEAD;
    }

    private int begin(ByteBuffer in, int at, int to) {
        int count = Math.min(to - at, headLength() - (int) position);
        head.put((int) position, in, at, count);
        position += count;
        if (position == headLength()) {
            onHead();
        }
        return count;
    }

    private void onHead() {
        if (!searching && head.getInt(0) == MAGIC) {
            decoder = headers.onHeader(head);
            position = 0;
        } else if (decoder.isFrame(head) && (!searching || decoder.isFound(head))) {
            beginFrame();
        } else if (!decoder.canBeFound()) {
            lost = true;
        } else {
            head.put(0, head.array(), 1, LONGER_HEAD - 1);
            searching = true;
            position--;
        }
    }

    private void beginFrame() {
        total = decoder.total(head);
        int length = headLength();
        wanted = Math.max(length, decoder.keep(head, total));
        kept = ByteBuffer.allocate(Math.min(wanted, AT_FIRST)).put(head.array(), 0, length);
        searching = false;
        end(head.get(length - 1));
    }

    private int goOn(ByteBuffer in, int at, int to) {
        int count = (int) Math.min(to - at, total - position);
        ByteBuffer present = kept;
        if (present != null) {
            int more = Math.min(count, wanted - present.position());
            ByteBuffer keep = withRoom(present, more);
            keep.put(keep.position(), in, at, more);
            keep.position(keep.position() + more);
            kept = keep;
        }
        position += count;
        end(in.get(at + count - 1));
        return count;
    }

    /** Who announces a large frame and does not send it takes no memory. */
    private ByteBuffer withRoom(ByteBuffer present, int octets) {
        int least = present.position() + octets;
        return least <= present.capacity()
                ? present
                : ByteBuffer.allocate(Math.min(wanted, Math.max(least, 2 * present.capacity())))
                        .put(present.flip());
    }

    private void end(byte last) {
        if (position < total) {
            return;
        }
        position = 0;
        ByteBuffer frame = kept;
        kept = null;
        if (!decoder.mayEndWith(last)) {
            searching = true;
        } else if (frame != null) {
            decoder.onFrame(frame.flip(), total);
        }
    }

    /** The form of frames of AMQP 0-9-1. */
    static boolean isFrame091(ByteBuffer head) {
        int type = Frame.type(head, 0);
        long size = Frame.size(head, 0);
        return type == Frame.HEARTBEAT
                ? size == 0 && Frame.channel(head, 0) == 0 && head.get(HEAD - 1) == Frame.END
                : type >= Frame.METHOD
                        && type <= Frame.BODY
                        && size <= MAX_FRAME
                        && (size > 0 || head.get(HEAD - 1) == Frame.END);
    }

    /** Longer than frames that a peer agrees to. */
    static final long MAX_FRAME = 64L * 1024 * 1024;
}
