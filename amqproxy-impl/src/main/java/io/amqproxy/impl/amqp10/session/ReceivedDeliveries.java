package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The deliveries that a client got on a session and that are not settled, by its numbers, each with its link, with
 * which it ends. So a range can be cut to what it is about: brokers look at each number of one.
 */
final class ReceivedDeliveries {

    /** From so many on that are not settled the broker is not to send more. */
    static final int MOST = 1 << 20;

    /** What was under way then comes nevertheless. */
    private static final int MOST_KEPT = MOST + MOST / 16;

    /** So many numbers that are settled may lie in a range, beside as many as are not. */
    private static final int MOST_LEFT_OUT = 1024;

    /** Where the oldest that is not settled was so many before the next, that is settled first. */
    private static final int FARTHEST = 1 << 29;

    private static final int SMALL = 1024;

    private static final class Open extends OpenNumbers {
        /** For a session on which nothing was received yet, as on most; nothing is opened in it. */
        private static final Open NOTHING = new Open();

        private @Nullable BrokerLink[] links = BrokerLink.NONE;
        /** Those that the client has accepted in a transaction, and others that are not open. */
        private SerialNumberSet inTransaction = SerialNumberSet.NOTHING;

        Open() {
            super(SMALL);
        }

        @Override
        void move(int from, int to) {
            links[to] = links[from];
            inTransaction.set(to, inTransaction.get(from));
        }

        @Override
        void resize(int capacity) {
            int kept = Math.min(capacity, links.length);
            links = Arrays.copyOf(links, capacity);
            inTransaction = capacity > kept ? inTransaction.grownTo(capacity, 0, kept) : SerialNumberSet.NOTHING;
        }

        @Override
        boolean isOver(int place) {
            BrokerLink link = links[place];
            return link == null || link.isOver();
        }
    }

    private Open open = Open.NOTHING;
    private int next;

    /** Numbers begin here; there are none yet. */
    void begin(int first) {
        next = first;
    }

    /**
     * The broker begins a delivery, or goes on with one whose number it repeats.
     *
     * @throws AmqpError where more came than the broker was ever to send
     */
    void add(int number, boolean isSettled, BrokerLink link) throws AmqpError {
        if (number - next < 0) {
            if (isSettled) {
                settle(number, number);
            }
            return;
        }
        next = number + 1;
        if (isSettled || link.isOver()) {
            return;
        }
        if (open.count() >= MOST_KEPT || open.isTooFar(number)) {
            throw AmqpError.connection(
                    AmqpError.WINDOW_VIOLATION, "more deliveries that are not settled than there was a window for");
        }
        open = open == Open.NOTHING ? new Open() : open;
        int place = open.open(number);
        open.links[place] = link;
        open.inTransaction.set(place, false);
        link.onReceived();
    }

    /** Whether the client has to settle some before it gets more. */
    boolean isFull() {
        return open.count() >= MOST || next - open.oldest(next) >= FARTHEST;
    }

    /** Whether one of a range is not settled. */
    boolean isAnyOpen(int first, int last) {
        return open.first(first, last) >= 0;
    }

    /** The first of a range that is not settled; one is. */
    int firstOpen(int first, int last) {
        return open.number(open.first(first, last));
    }

    /** The last of a range that can be said together with its first, which is not settled; others may be left of it. */
    int lastTogether(int first, int last) {
        return open.lastOfRange(open.first(first, first), last, MOST_LEFT_OUT);
    }

    /** The link of the first of a range that is not settled, or null where none is. */
    @Nullable
    BrokerLink link(int first, int last) {
        int place = open.first(first, last);
        return place < 0 ? null : open.links[place];
    }

    /** Those of a range that are not settled are accepted in a transaction. */
    void acceptInTransaction(int first, int last) {
        if (last - first >= 0) {
            open.inTransaction.setAll(open.search(first), open.behind(last));
        }
    }

    /** Whether one of a range that is not settled is accepted in a transaction. */
    boolean isAnyInTransaction(int first, int last) {
        if (last - first < 0) {
            return false;
        }
        int behind = open.behind(last);
        int place = open.inTransaction.first(open.search(first), behind);
        while (place != behind && !open.isOpen(place)) {
            place = open.inTransaction.first(place + 1, behind);
        }
        return place != behind;
    }

    /** A range is settled. */
    void settle(int first, int last) {
        for (int place = open.first(first, last); place >= 0; place = open.first(open.number(place) + 1, last)) {
            settle(place);
        }
        open.forgetClosed();
    }

    private void settle(int place) {
        BrokerLink link = open.links[place];
        if (link != null) {
            link.onSettled();
        }
        open.links[place] = null;
        open.inTransaction.set(place, false);
        open.close(place);
    }

    /** A link is gone, and so is what was not settled on it. */
    void forget(BrokerLink link) {
        open.closeAll(link.end());
        open.forgetClosed();
    }
}
