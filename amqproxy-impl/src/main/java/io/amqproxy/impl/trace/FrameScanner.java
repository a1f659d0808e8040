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

        /**
         * {@return where the first frame begins, of those that begin there, that is not there as a whole, or of which
         * anybody is to be told, or that has an odd form} Frames before it are of no interest to anybody.
         */
        int passOver(ByteBuffer in, int from, int to);

        /** {@return whether a frame may begin there} What is there: eight octets. */
        boolean isFrame(ByteBuffer in, int at);

        /** {@return the octets of the frame that begins there} What is there: its first eight. */
        long total(ByteBuffer in, int at);

        /**
         * {@return how many octets of the frame are to be kept, from its first on; 0 where nobody is to be told of it}
         * What is there: its first eleven, or all of it.
         */
        int keep(ByteBuffer in, int at, long total);

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
    /** What says of which kind a frame is; and what it takes to be sure in the midst of something. */
    private static final int LONGER_HEAD = 11;

    /** What a frame takes before its octets have come. */
    private static final int AT_FIRST = 256;

    private static final int MAGIC = 0x414D5150;

    private final Headers headers;
    private Decoder decoder;

    private final ByteBuffer head = ByteBuffer.allocate(LONGER_HEAD);
    /** Octets of the head that are to be gathered before it is looked at. */
    private int needed = HEAD;

    private boolean isInFrame;
    /** What is kept of the present frame; null for one of which nobody is to be told. */
    private @Nullable ByteBuffer kept;
    /** Octets of the present frame that are to be kept. */
    private int wanted;

    private long total;
    /** Octets of the present frame, or head, that have come. */
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
        if (midst && first.canBeFound()) {
            search();
        }
    }

    private void search() {
        searching = true;
        needed = LONGER_HEAD;
    }

    void scan(ByteBuffer in, int from, int to) {
        int at = from;
        while (at < to && !lost) {
            if (position == 0 && !searching) {
                at = decoder.passOver(in, at, to);
                if (at == to) {
                    return;
                }
            }
            at += isInFrame || beginsAt(in, at, to) ? goOn(in, at, to) : gather(in, at, to);
        }
    }

    /** Whether a frame has begun whose head lies there as a whole, as nearly all do. */
    private boolean beginsAt(ByteBuffer in, int at, int to) {
        if (position > 0 || searching || to - at < LONGER_HEAD || in.getInt(at) == MAGIC || !decoder.isFrame(in, at)) {
            return false;
        }
        begin(in, at, decoder.total(in, at));
        return true;
    }

    /** Nothing is made for a frame of which nobody is to be told. */
    private void begin(ByteBuffer in, int at, long octets) {
        total = octets;
        wanted = decoder.keep(in, at, octets);
        kept = wanted == 0 ? null : ByteBuffer.allocate(Math.min(wanted, AT_FIRST));
        isInFrame = true;
    }

    private int gather(ByteBuffer in, int at, int to) {
        int count = Math.min(to - at, needed - (int) position);
        head.put((int) position, in, at, count);
        position += count;
        if (position == needed) {
            onHead();
        }
        return count;
    }

    private void onHead() {
        if (!searching && head.getInt(0) == MAGIC) {
            decoder = headers.onHeader(head);
            position = 0;
        } else if (decoder.isFrame(head, 0) && (!searching || decoder.isFound(head))) {
            onFormOfFrame();
        } else if (!decoder.canBeFound()) {
            lost = true;
        } else {
            head.put(0, head.array(), 1, LONGER_HEAD - 1);
            search();
            position--;
        }
    }

    private void onFormOfFrame() {
        long octets = decoder.total(head, 0);
        needed = (int) Math.min(LONGER_HEAD, octets);
        if (position < needed) {
            return;
        }
        int length = (int) position;
        searching = false;
        needed = HEAD;
        begin(head, 0, octets);
        position = 0;
        goOn(head, 0, length);
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
        isInFrame = false;
        ByteBuffer frame = kept;
        kept = null;
        if (!decoder.mayEndWith(last)) {
            search();
        } else if (frame != null) {
            decoder.onFrame(frame.flip(), total);
        }
    }

    /** The form of frames of AMQP 0-9-1. */
    static boolean isFrame091(ByteBuffer in, int at) {
        int type = Frame.type(in, at);
        long size = Frame.size(in, at);
        return type == Frame.HEARTBEAT
                ? size == 0 && Frame.channel(in, at) == 0 && in.get(at + HEAD - 1) == Frame.END
                : type >= Frame.METHOD
                        && type <= Frame.BODY
                        && size <= MAX_FRAME
                        && (size > 0 || in.get(at + HEAD - 1) == Frame.END);
    }

    /** Longer than frames that a peer agrees to. */
    static final long MAX_FRAME = 64L * 1024 * 1024;
}
