package io.amqproxy.impl.amqp10.session;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The deliveries that were sent to the broker and are not settled, by the numbers that they have there, each with the
 * client's number. Both count on from one delivery to the next and wrap at 2^32 (part 2, section 2.8.7); the client's
 * numbers may leave some out, of deliveries that it gave up, or come in another order where it sends two at once.
 */
final class DeliveryIds {

    /** So many deliveries beyond the oldest that is not settled are kept. */
    static final int MOST = 64 * 1024;

    private static final int FIRST_CAPACITY = 16;

    private int oldest;
    private int next;
    private int unsettled;
    /** A ring by the broker's number. */
    private int[] clientIds = new int[FIRST_CAPACITY];

    private boolean[] settled = new boolean[FIRST_CAPACITY];
    private @Nullable BrokerLink[] links = new BrokerLink[FIRST_CAPACITY];

    /** Adds a delivery; returns its number at the broker */
    int add(int clientId, boolean isSettled) {
        return add(clientId, isSettled, null);
    }

    /** The same for a delivery on this link, which is told when it is settled. */
    int add(int clientId, boolean isSettled, @Nullable BrokerLink link) {
        int id = next;
        if (isSettled && oldest == next) {
            oldest++;
            next++;
            return id;
        }
        if (next - oldest == clientIds.length) {
            grow();
        }
        int place = place(id);
        clientIds[place] = clientId;
        settled[place] = isSettled;
        links[place] = isSettled ? null : link;
        unsettled += isSettled ? 0 : 1;
        next++;
        return id;
    }

    private void grow() {
        int[] oldIds = clientIds;
        boolean[] oldSettled = settled;
        clientIds = new int[2 * oldIds.length];
        settled = new boolean[2 * oldIds.length];
        @Nullable BrokerLink[] oldLinks = links;
        links = new BrokerLink[2 * oldIds.length];
        for (int id = oldest; id != next; id++) {
            int from = id & (oldIds.length - 1);
            clientIds[place(id)] = oldIds[from];
            settled[place(id)] = oldSettled[from];
            links[place(id)] = oldLinks[from];
        }
    }

    private int place(int id) {
        return id & (clientIds.length - 1);
    }

    boolean isFull() {
        return next - oldest >= MOST;
    }

    boolean isSettled() {
        return unsettled == 0;
    }

    /** The first of a range that is kept here, or {@link #next} if none is. */
    int firstOf(int first) {
        return first - oldest < 0 ? oldest : first - next > 0 ? next : first;
    }

    /** The one behind the last of a range that is kept here. */
    int endOf(int last) {
        return last + 1 - next > 0 ? next : last + 1;
    }

    int clientId(int id) {
        return clientIds[place(id)];
    }

    void settle(int id) {
        int place = place(id);
        if (!settled[place]) {
            settled[place] = true;
            unsettled--;
            BrokerLink link = links[place];
            if (link != null) {
                link.onSettled();
                links[place] = null;
            }
        }
    }

    /** Forgets the oldest that are settled. */
    void forgetSettled() {
        while (oldest != next && settled[place(oldest)]) {
            oldest++;
        }
        if (oldest == next && clientIds.length > MOST / 16) {
            clientIds = new int[FIRST_CAPACITY];
            settled = new boolean[FIRST_CAPACITY];
            links = new BrokerLink[FIRST_CAPACITY];
        }
    }

    /** The first that is kept. */
    int oldest() {
        return oldest;
    }

    /** The number that the next one gets. */
    int next() {
        return next;
    }

    /** Whether a delivery that is kept is not settled, and has a number of the client's in this range. */
    boolean isOpenIn(int id, int firstOfClient, int lastOfClient) {
        int clientId = clientId(id);
        return !settled[place(id)] && clientId - firstOfClient >= 0 && lastOfClient - clientId >= 0;
    }

    @Override
    public String toString() {
        return unsettled + " unsettled of " + Arrays.toString(new int[] {oldest, next});
    }
}
