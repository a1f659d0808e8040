package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.AmqpError;

/**
 * The deliveries that a client got on a session and that are not settled, by its numbers, which begin at 0. So a range
 * can be cut to what it is about: brokers look at each number of one.
 */
final class ReceivedDeliveries {

    /** From so many on, counted from the oldest that is not settled, the broker is not to send more. */
    static final int MOST = 1 << 20;

    /** What was under way then comes nevertheless. */
    private static final int MOST_KEPT = 2 * MOST;

    private static final int SMALL = 1024;

    private int oldest;
    private int next;
    /** Those that are not settled. */
    private final NumberMarks open = new NumberMarks();

    /**
     * The broker begins a delivery, or goes on with one whose number it repeats.
     *
     * @throws AmqpError where more came than the broker was ever to send
     */
    void add(int id, boolean isSettled) throws AmqpError {
        if (id - next < 0) {
            if (isSettled) {
                settle(id, id);
            }
            return;
        }
        if (oldest == next) {
            oldest = id;
            next = id;
        }
        if (id - oldest >= MOST_KEPT || id - oldest < 0) {
            throw AmqpError.connection(
                    AmqpError.WINDOW_VIOLATION, "more deliveries that are not settled than there was a window for");
        }
        int capacity = open.capacity();
        while (id - oldest >= capacity) {
            capacity *= 2;
        }
        if (capacity > open.capacity()) {
            open.grow(capacity, oldest, next);
        }
        open.clear(next, id);
        open.set(id, !isSettled);
        next = id + 1;
        forgetSettled();
    }

    /** Whether the client has to settle some before it gets more. */
    boolean isFull() {
        return next - oldest >= MOST;
    }

    private void forgetSettled() {
        oldest = open.first(oldest, next);
        if (oldest == next && open.capacity() > SMALL) {
            open.shrink();
        }
    }

    private int start(int first) {
        return first - oldest < 0 ? oldest : first;
    }

    private int end(int last) {
        return last - next >= 0 ? next : last + 1;
    }

    /** Whether one of a range is not settled. */
    boolean isAnyOpen(int first, int last) {
        return last - first >= 0 && open.first(start(first), end(last)) - end(last) < 0;
    }

    /** The first of a range that is not settled; one is. */
    int firstOpen(int first, int last) {
        return open.first(start(first), end(last));
    }

    /** The last of a range that is not settled; one is. */
    int lastOpen(int first, int last) {
        return open.last(start(first), end(last));
    }

    /** A range is settled. */
    void settle(int first, int last) {
        if (last - first >= 0) {
            open.clear(start(first), end(last));
            forgetSettled();
        }
    }
}
