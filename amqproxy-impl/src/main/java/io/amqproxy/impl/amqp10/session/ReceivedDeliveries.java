package io.amqproxy.impl.amqp10.session;

/**
 * The deliveries that a client got on a session, by its numbers, which begin at 0: from which on some may not be
 * settled. So a range of the client can be cut to what it can be about, which brokers look at number by number.
 */
final class ReceivedDeliveries {

    /** Beyond so many since the oldest that is not settled, where that is stays as it is. */
    static final int MOST = 1 << 20;

    private static final int FIRST_CAPACITY = 64;

    private int oldest;
    private int next;
    /** A ring of bits by the number, set where a delivery is settled. */
    private long[] settled = new long[1];

    private boolean overflown;

    void add(int id, boolean isSettled) {
        if (overflown) {
            next = id + 1;
            return;
        }
        if (next == oldest) {
            oldest = id;
        }
        next = id + 1;
        if (next - oldest > MOST) {
            overflown = true;
            settled = new long[1];
            return;
        }
        if (next - oldest > settled.length * Long.SIZE) {
            grow();
        }
        set(id, isSettled);
        advance();
    }

    private void grow() {
        long[] before = settled;
        int capacity = Math.max(FIRST_CAPACITY, before.length * Long.SIZE);
        while (capacity < next - oldest) {
            capacity *= 2;
        }
        settled = new long[capacity / Long.SIZE];
        for (int id = oldest; id != next; id++) {
            int place = id & (before.length * Long.SIZE - 1);
            set(id, (before[place / Long.SIZE] >>> place & 1) != 0);
        }
    }

    private void set(int id, boolean value) {
        int place = id & (settled.length * Long.SIZE - 1);
        long bit = 1L << place;
        settled[place / Long.SIZE] = value ? settled[place / Long.SIZE] | bit : settled[place / Long.SIZE] & ~bit;
    }

    private boolean isSettled(int id) {
        int place = id & (settled.length * Long.SIZE - 1);
        return (settled[place / Long.SIZE] >>> place & 1) != 0;
    }

    private void advance() {
        while (oldest != next && isSettled(oldest)) {
            oldest++;
        }
    }

    /** The first of a range from this one on that may be open. */
    int firstOf(int first) {
        return first - oldest < 0 ? oldest : first;
    }

    /** The last of a range that was got. */
    int lastOf(int last) {
        return last - next >= 0 ? next - 1 : last;
    }

    /** A range that is within what {@link #firstOf} and {@link #lastOf} say is settled. */
    void settle(int first, int last) {
        if (overflown) {
            return;
        }
        for (int id = first; last - id >= 0; id++) {
            set(id, true);
        }
        advance();
        if (oldest == next && settled.length > FIRST_CAPACITY) {
            settled = new long[1];
        }
    }
}
