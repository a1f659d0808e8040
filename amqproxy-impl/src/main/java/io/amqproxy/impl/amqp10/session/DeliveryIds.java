package io.amqproxy.impl.amqp10.session;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The deliveries that were sent to the broker and are not settled, by the numbers that they have there and by the
 * client's. Both count on from one delivery to the next and wrap at 2^32 (part 2, section 2.8.7); of the client's some
 * are missing, of deliveries that it gave up, and they come in another order where it sends two at once.
 */
final class DeliveryIds {

    /** So many numbers beyond the oldest that is not settled are kept. */
    static final int MOST = 64 * 1024;

    /** A delivery that the client began so long before, or after, one that is not settled cannot be kept beside it. */
    private static final int MOST_BEHIND = 2 * MOST;

    private static final int FIRST_CAPACITY = 64;

    private int oldest;
    private int next;
    private int unsettled;
    /** Rings by the broker's number. */
    private int[] clientIds = new int[FIRST_CAPACITY];

    private @Nullable BrokerLink[] links = new BrokerLink[FIRST_CAPACITY];
    /** Those that are not settled. */
    private final NumberMarks open = new NumberMarks();
    /** Those whose outcome the broker has said without settling them. */
    private final NumberMarks answered = new NumberMarks();

    private int oldestOfClient;
    private int nextOfClient;
    /** A ring by the client's number. */
    private int[] ids = new int[FIRST_CAPACITY];
    /** Those that are not settled, by the client neither. */
    private final NumberMarks awaited = new NumberMarks();

    /** Another client counts from now on. */
    void beginClient() {
        oldestOfClient = nextOfClient;
    }

    /** Whether a delivery that the client began with this number can be kept. */
    boolean canAdd(int clientId) {
        int ahead = clientId - nextOfClient;
        return oldestOfClient == nextOfClient || (ahead < MOST_BEHIND && ahead > -MOST_BEHIND);
    }

    /** Adds a delivery on this link, which is told when it is settled; returns its number at the broker. */
    int add(int clientId, boolean isSettled, BrokerLink link) {
        int id = next;
        if (isSettled && oldest == next) {
            oldest++;
            next++;
            return id;
        }
        if (next - oldest == clientIds.length) {
            grow();
        }
        next++;
        open.set(id, !isSettled);
        answered.set(id, false);
        clientIds[place(id)] = clientId;
        links[place(id)] = isSettled ? null : link;
        if (!isSettled) {
            unsettled++;
            addOfClient(clientId, id);
        }
        return id;
    }

    private void grow() {
        int before = clientIds.length;
        int[] oldIds = clientIds;
        @Nullable BrokerLink[] oldLinks = links;
        clientIds = new int[2 * before];
        links = new BrokerLink[2 * before];
        open.grow(2 * before, oldest, next);
        answered.grow(2 * before, oldest, next);
        for (int id = oldest; id != next; id++) {
            clientIds[place(id)] = oldIds[id & (before - 1)];
            links[place(id)] = oldLinks[id & (before - 1)];
        }
    }

    private int place(int id) {
        return id & (clientIds.length - 1);
    }

    private void addOfClient(int clientId, int id) {
        if (oldestOfClient == nextOfClient) {
            oldestOfClient = clientId;
            nextOfClient = clientId;
        }
        int from = clientId - oldestOfClient < 0 ? clientId : oldestOfClient;
        int end = clientId - nextOfClient < 0 ? nextOfClient : clientId + 1;
        if (end - from > ids.length) {
            growOfClient(end - from);
        }
        awaited.clear(nextOfClient, end);
        awaited.clear(from, oldestOfClient);
        oldestOfClient = from;
        nextOfClient = end;
        awaited.set(clientId, true);
        ids[clientId & (ids.length - 1)] = id;
    }

    private void growOfClient(int wanted) {
        int[] before = ids;
        ids = new int[2 * Integer.highestOneBit(wanted)];
        awaited.grow(ids.length, oldestOfClient, nextOfClient);
        for (int id = oldestOfClient; id != nextOfClient; id++) {
            ids[id & (ids.length - 1)] = before[id & (before.length - 1)];
        }
    }

    boolean isFull() {
        return next - oldest >= MOST || nextOfClient - oldestOfClient >= MOST;
    }

    boolean isSettled() {
        return unsettled == 0;
    }

    /** The first of a range that is not settled, or what {@link #endOf} says where none is. */
    int firstOpen(int first, int last) {
        return open.first(first - oldest < 0 ? oldest : first, endOf(last));
    }

    /** The number behind a range, as far as it is kept here. */
    int endOf(int last) {
        return last - next >= 0 ? next : last - oldest < 0 ? oldest : last + 1;
    }

    /** The first of a range of the client that it awaits, or what {@link #endOfClient} says where there is none. */
    int firstAwaited(int first, int last) {
        return awaited.first(first - oldestOfClient < 0 ? oldestOfClient : first, endOfClient(last));
    }

    /** The number behind a range of the client, as far as it is kept here. */
    int endOfClient(int last) {
        return last - nextOfClient >= 0 ? nextOfClient : last - oldestOfClient < 0 ? oldestOfClient : last + 1;
    }

    int clientId(int id) {
        return clientIds[place(id)];
    }

    /** The broker's number for one of the client that it awaits. */
    int id(int clientId) {
        return ids[clientId & (ids.length - 1)];
    }

    boolean isOpen(int id) {
        return id - oldest >= 0 && next - id > 0 && open.get(id);
    }

    /** Whether the client has not settled a delivery, which is open. */
    boolean isAwaited(int id) {
        int clientId = clientId(id);
        boolean isKept = clientId - oldestOfClient >= 0 && nextOfClient - clientId > 0;
        return isKept && awaited.get(clientId) && id(clientId) == id;
    }

    /** The client has settled a delivery whose outcome it may not know. */
    void leave(int clientId) {
        awaited.set(clientId, false);
    }

    /** The broker has said what becomes of a delivery, which is open. */
    void answer(int id) {
        BrokerLink link = links[place(id)];
        if (link != null && !answered.get(id)) {
            link.onAnswered();
        }
        answered.set(id, true);
    }

    boolean isAnswered(int id) {
        return answered.get(id);
    }

    /** A delivery, which is open, is settled. */
    void settle(int id) {
        answer(id);
        if (isAwaited(id)) {
            awaited.set(clientId(id), false);
        }
        open.set(id, false);
        unsettled--;
        BrokerLink link = links[place(id)];
        if (link != null) {
            link.onSettled();
            links[place(id)] = null;
        }
    }

    /** A link is gone, and so is what was not settled on it. */
    void forget(BrokerLink link) {
        for (int id = open.first(oldest, next); id != next && link.unsettled() > 0; id = open.first(id + 1, next)) {
            if (links[place(id)] == link) {
                settle(id);
            }
        }
        forgetSettled();
    }

    /** Forgets the oldest that are settled. */
    void forgetSettled() {
        oldest = open.first(oldest, next);
        oldestOfClient = awaited.first(oldestOfClient, nextOfClient);
        if (oldest == next && clientIds.length > MOST / 16) {
            clientIds = new int[FIRST_CAPACITY];
            links = new BrokerLink[FIRST_CAPACITY];
            open.shrink();
            answered.shrink();
        }
        if (oldestOfClient == nextOfClient && ids.length > MOST / 16) {
            ids = new int[FIRST_CAPACITY];
            awaited.shrink();
        }
    }

    /** The number that the next one gets. */
    int next() {
        return next;
    }

    @Override
    public String toString() {
        return unsettled + " unsettled of " + Arrays.toString(new int[] {oldest, next});
    }
}
