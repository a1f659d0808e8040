package io.amqproxy.impl.amqp10.session;

/**
 * Which of some numbers are marked that follow each other and wrap at 2^32 (RFC 1982), in a range no wider than
 * {@link #capacity}, which is none at first; the marks of others are anything. What is looked for is found 64 numbers
 * at a time.
 */
final class SerialNumberSet {

    /** Of no numbers; it is never marked. */
    static final SerialNumberSet NOTHING = new SerialNumberSet();

    private long[] words = {};

    int capacity() {
        return words.length * Long.SIZE;
    }

    private int place(int number) {
        return (number >>> 6) & (words.length - 1);
    }

    boolean get(int number) {
        return (words[place(number)] >>> number & 1) != 0;
    }

    void set(int number, boolean isMarked) {
        long bit = 1L << number;
        int place = place(number);
        words[place] = isMarked ? words[place] | bit : words[place] & ~bit;
    }

    /** Marks all of a range, up to {@code end}. */
    void setAll(int from, int end) {
        setAll(from, end, true);
    }

    /** Takes the marks from those of a range, up to {@code end}. */
    void clear(int from, int end) {
        setAll(from, end, false);
    }

    private void setAll(int from, int end, boolean isMarked) {
        for (int number = from; end - number > 0; ) {
            int behind = (number | (Long.SIZE - 1)) + 1;
            long those = -1L << number;
            if (behind - end > 0) {
                those &= -1L >>> (behind - end);
                behind = end;
            }
            int place = place(number);
            words[place] = isMarked ? words[place] | those : words[place] & ~those;
            number = behind;
        }
    }

    /** The first that is marked of a range that ends before {@code end}; that where none is. */
    int first(int from, int end) {
        for (int number = from; end - number > 0; number = (number | (Long.SIZE - 1)) + 1) {
            long rest = words[place(number)] >>> number;
            if (rest != 0) {
                int found = number + Long.numberOfTrailingZeros(rest);
                return end - found > 0 ? found : end;
            }
        }
        return end;
    }

    /** The last that is marked of a range in which one is, before {@code end}. */
    int last(int from, int end) {
        int number = end - 1;
        while (number - from >= 0) {
            long rest = words[place(number)] << (Long.SIZE - 1 - (number & (Long.SIZE - 1)));
            if (rest != 0) {
                return number - Long.numberOfLeadingZeros(rest);
            }
            number = (number & -Long.SIZE) - 1;
        }
        return from;
    }

    /** {@return these with room for so many at least, a power of two; those of this range keep their marks} */
    SerialNumberSet grownTo(int wanted, int from, int end) {
        SerialNumberSet grown = this == NOTHING ? new SerialNumberSet() : this;
        grown.growTo(wanted, from, end);
        return grown;
    }

    private void growTo(int wanted, int from, int end) {
        if (wanted <= capacity()) {
            return;
        }
        long[] before = words;
        words = new long[Math.max(1, wanted / Long.SIZE)];
        for (int number = from & -Long.SIZE; before.length > 0 && end - number > 0; number += Long.SIZE) {
            words[place(number)] |= before[(number >>> 6) & (before.length - 1)];
        }
    }
}
