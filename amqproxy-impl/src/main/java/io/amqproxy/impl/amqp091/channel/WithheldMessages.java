package io.amqproxy.impl.amqp091.channel;

import java.util.Arrays;

/** Messages of a channel that did not get to its client, by their delivery tags at the broker, the oldest first. */
final class WithheldMessages {

    /** More than a prefetch limit can be. */
    static final int MOST = 64 * 1024;

    private static final int FEW = 16;
    private static final long[] NONE = new long[0];

    /** Two rings of the same size. */
    private long[] tags = NONE;

    private long[] octets = NONE;
    private int first;
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    boolean isFull() {
        return count == MOST;
    }

    int count() {
        return count;
    }

    /** {@return the memory that it takes, in octets} */
    long heldBytes() {
        return (long) tags.length * 2 * Long.BYTES;
    }

    /** One more, with a tag above those of all others. */
    void add(long tag, long size) {
        if (count == tags.length) {
            grow();
        }
        int at = (first + count) % tags.length;
        tags[at] = tag;
        octets[at] = size;
        count++;
    }

    private void grow() {
        int more = Math.max(FEW, 2 * tags.length);
        tags = inOrder(tags, more);
        octets = inOrder(octets, more);
        first = 0;
    }

    private long[] inOrder(long[] ring, int size) {
        long[] grown = Arrays.copyOf(ring, size);
        if (first > 0) {
            System.arraycopy(ring, first, grown, 0, ring.length - first);
            System.arraycopy(ring, 0, grown, ring.length - first, first);
        }
        return grown;
    }

    /** The tag of the oldest; there is one. */
    long firstTag() {
        return tags[first];
    }

    /** The octets of the oldest; there is one. */
    long firstOctets() {
        return octets[first];
    }

    void removeFirst() {
        first = (first + 1) % tags.length;
        count--;
        if (count == 0) {
            clear();
        }
    }

    void clear() {
        tags = NONE;
        octets = NONE;
        first = 0;
        count = 0;
    }
}
