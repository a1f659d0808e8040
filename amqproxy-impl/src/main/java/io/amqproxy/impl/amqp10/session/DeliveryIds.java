package io.amqproxy.impl.amqp10.session;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The deliveries that were sent to the broker and are not settled, by the numbers that they have there and by the
 * client's. Both count on from one delivery to the next and wrap at 2^32 (part 2, section 2.8.7); of the client's some
 * are missing, of deliveries that it gave up, and they come in another order where it sends two at once.
 */
final class DeliveryIds {

    /** So many that are not settled are kept. */
    static final int MOST = 64 * 1024;

    /** Room for more is given back when nothing is open. */
    private static final int MANY = MOST / 16;

    /** Those that are not settled, by the broker's number. */
    private static final class Sent extends OpenNumbers {
        /** For a session on which nothing was sent yet; nothing is opened in it. */
        private static final Sent NOTHING = new Sent();

        private int[] clientIds = NONE;
        private @Nullable BrokerLink[] links = BrokerLink.NONE;
        /** Those whose outcome the broker has said without settling them. */
        private SerialNumberSet answered = SerialNumberSet.NOTHING;

        Sent() {
            super(MANY);
        }

        @Override
        void move(int from, int to) {
            clientIds[to] = clientIds[from];
            links[to] = links[from];
            answered.set(to, answered.get(from));
        }

        @Override
        void resize(int capacity) {
            int kept = Math.min(capacity, clientIds.length);
            clientIds = Arrays.copyOf(clientIds, capacity);
            links = Arrays.copyOf(links, capacity);
            answered = capacity > kept ? answered.grownTo(capacity, 0, kept) : SerialNumberSet.NOTHING;
        }
    }

    /** Those that are not settled, by the client neither, by its number. */
    private static final class Awaited extends OpenNumbers {
        /** The same as {@link Sent#NOTHING}. */
        private static final Awaited NOTHING = new Awaited();

        private int[] ids = NONE;

        Awaited() {
            super(MANY);
        }

        @Override
        void move(int from, int to) {
            ids[to] = ids[from];
        }

        @Override
        void resize(int capacity) {
            ids = Arrays.copyOf(ids, capacity);
        }
    }

    private Sent sent = Sent.NOTHING;
    private Awaited awaited = Awaited.NOTHING;
    private int next;

    /** Whether a delivery that the client began with this number can be told from those that are not settled. */
    boolean canAdd(int clientId) {
        return !awaited.isTooFar(clientId) && !sent.isTooFar(next);
    }

    /**
     * Adds a delivery on this link, which is told when it is settled.
     *
     * @return its number at the broker
     */
    int add(int clientId, boolean isSettled, BrokerLink link) {
        int id = next++;
        if (!isSettled) {
            makeRoom();
            int place = sent.open(id);
            sent.clientIds[place] = clientId;
            sent.links[place] = link;
            sent.answered.set(place, false);
            int placeOfClient = awaited.open(clientId);
            awaited.ids[placeOfClient] = id;
        }
        return id;
    }

    private void makeRoom() {
        if (sent == Sent.NOTHING) {
            sent = new Sent();
            awaited = new Awaited();
        }
    }

    boolean isFull() {
        return sent.count() >= MOST;
    }

    boolean isSettled() {
        return sent.count() == 0;
    }

    /** The first of a range that is not settled, or what {@link #endOf} says where none is. */
    int firstOpen(int first, int last) {
        int place = sent.first(first, last);
        return place < 0 ? endOf(last) : sent.number(place);
    }

    /** The number behind a range, as far as it is kept here. */
    int endOf(int last) {
        return end(last, sent.oldest(next), next);
    }

    /** The first of a range of the client that it awaits, or what {@link #endOfClient} says where there is none. */
    int firstAwaited(int first, int last) {
        int place = awaited.first(first, last);
        return place < 0 ? endOfClient(last) : awaited.number(place);
    }

    /** The number behind a range of the client, as far as it is kept here. */
    int endOfClient(int last) {
        return end(last, awaited.oldest(last), awaited.behindNewest(last));
    }

    private static int end(int last, int oldest, int behindNewest) {
        return last - behindNewest >= 0 ? behindNewest : last - oldest < 0 ? oldest : last + 1;
    }

    /** The client's number of one that is open. */
    int clientId(int id) {
        return sent.clientIds[sent.place(id)];
    }

    /** The broker's number for one of the client that it awaits. */
    int id(int clientId) {
        return awaited.ids[awaited.place(clientId)];
    }

    /** The link of one that is open. */
    @Nullable
    BrokerLink link(int id) {
        return sent.links[sent.place(id)];
    }

    boolean isOpen(int id) {
        return sent.place(id) >= 0;
    }

    /** Whether the client has not settled a delivery, which is open. */
    boolean isAwaited(int id) {
        return placeOfClient(sent.place(id)) >= 0;
    }

    private int placeOfClient(int place) {
        int placeOfClient = awaited.place(sent.clientIds[place]);
        return placeOfClient >= 0 && awaited.ids[placeOfClient] == sent.number(place) ? placeOfClient : -1;
    }

    /** The client has settled a delivery whose outcome it may not know, and which it awaited. */
    void leave(int clientId) {
        awaited.close(awaited.place(clientId));
    }

    /** The broker has said what becomes of a delivery; one that is not open stays as it is. */
    void answer(int id) {
        int place = sent.place(id);
        if (place >= 0) {
            answerAt(place);
        }
    }

    private void answerAt(int place) {
        BrokerLink link = sent.links[place];
        if (link != null && !sent.answered.get(place)) {
            link.onAnswered();
        }
        sent.answered.set(place, true);
    }

    /** Whether the broker has said what becomes of a delivery, which is open. */
    boolean isAnswered(int id) {
        return sent.answered.get(sent.place(id));
    }

    /** A delivery is settled; one that is not open stays as it is. */
    void settle(int id) {
        int place = sent.place(id);
        if (place >= 0) {
            settleAt(place);
        }
    }

    private void settleAt(int place) {
        answerAt(place);
        int placeOfClient = placeOfClient(place);
        if (placeOfClient >= 0) {
            awaited.close(placeOfClient);
        }
        BrokerLink link = sent.links[place];
        if (link != null) {
            link.onSettled();
            sent.links[place] = null;
        }
        sent.close(place);
    }

    /** A link is gone, and so is what was not settled on it. */
    void forget(BrokerLink link) {
        int last = next - 1;
        int place = sent.first(sent.oldest(next), last);
        while (place >= 0 && link.unsettled() > 0) {
            if (sent.links[place] == link) {
                settleAt(place);
            }
            place = sent.first(sent.number(place) + 1, last);
        }
        forgetSettled();
    }

    /** Forgets the oldest that are settled. */
    void forgetSettled() {
        sent.forgetClosed();
        awaited.forgetClosed();
    }

    /** The number that the next one gets. */
    int next() {
        return next;
    }

    @Override
    public String toString() {
        return sent.count() + " unsettled before " + Integer.toUnsignedString(next);
    }
}
