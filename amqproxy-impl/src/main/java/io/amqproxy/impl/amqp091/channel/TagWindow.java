package io.amqproxy.impl.amqp091.channel;

import java.util.Arrays;

/**
 * Which of the tags 1, 2, 3, ... are still open: delivery tags that wait for an acknowledgement, publishes that wait
 * for a confirm. Tags are opened in order and settled in any order, one at a time or all up to one.
 *
 * <p>In order it costs no memory. Tags that are settled before an older one are kept as bits, at most {@link #MAX_BITS}
 * beyond the oldest open tag; past that the window gives up and {@link #isSettled} answers false for good.
 */
final class TagWindow {

    static final int MAX_BITS = 64 * 1024;
    private static final int WORD = 64;
    private static final long[] NONE = new long[0];

    /** All tags up to this one are settled. */
    private long low;
    /** The newest tag. */
    private long last;
    /** A ring: the bit of a tag is at {@code tag % bits}; set means settled; only tags above {@link #low} have one. */
    private long[] ring = NONE;

    private boolean lost;

    long last() {
        return last;
    }

    /** Whether no tag is open. */
    boolean isSettled() {
        return low == last && !lost;
    }

    void open() {
        last++;
    }

    /** Opens a tag that needs no settling. */
    void openSettled() {
        last++;
        settle(last, false);
    }

    /** Settles one tag, or all up to it; a tag of 0 with {@code multiple} means all. Unknown tags change nothing. */
    void settle(long tag, boolean multiple) {
        if (multiple) {
            settleUpTo(tag == 0 ? last : tag);
        } else if (tag == low + 1 && tag <= last) {
            settleUpTo(tag);
        } else if (tag > low && tag <= last) {
            mark(tag);
        }
    }

    /** Whether the tag is one that is not settled yet, as far as is known. */
    boolean isOpen(long tag) {
        return tag > low && tag <= last && !(tag - low <= bits() && isMarked(tag));
    }

    /** All tags up to this one are settled. */
    long low() {
        return low;
    }

    /** Whether it is remembered of this tag if it is settled before older ones. */
    boolean canMark(long tag) {
        return !lost && tag - low <= MAX_BITS;
    }

    boolean isKnown(long tag) {
        return tag > 0 && tag <= last;
    }

    /** What is open is not known from now on, but that this is the newest tag. */
    void giveUp(long newest) {
        lost = true;
        last = newest;
    }

    private void settleUpTo(long tag) {
        if (tag <= low || tag > last) {
            return;
        }
        if (ring.length > 0) {
            if (tag - low >= bits()) {
                Arrays.fill(ring, 0);
            } else {
                for (long t = low + 1; t <= tag; t++) {
                    clear(t);
                }
            }
        }
        low = tag;
        while (ring.length > 0 && low < last && isMarked(low + 1)) {
            clear(++low);
        }
    }

    private void mark(long tag) {
        while (tag - low > bits()) {
            if (bits() >= MAX_BITS) {
                lost = true;
                return;
            }
            grow();
        }
        ring[word(tag)] |= 1L << tag % WORD;
    }

    private void grow() {
        long[] old = ring;
        ring = new long[Math.max(1, 2 * old.length)];
        long oldBits = (long) old.length * WORD;
        for (long tag = low + 1; tag <= low + oldBits; tag++) {
            if ((old[(int) (tag / WORD % old.length)] & 1L << tag % WORD) != 0) {
                ring[word(tag)] |= 1L << tag % WORD;
            }
        }
    }

    private long bits() {
        return (long) ring.length * WORD;
    }

    private int word(long tag) {
        return (int) (tag / WORD % ring.length);
    }

    private boolean isMarked(long tag) {
        return (ring[word(tag)] & 1L << tag % WORD) != 0;
    }

    private void clear(long tag) {
        ring[word(tag)] &= ~(1L << tag % WORD);
    }
}
