package io.amqproxy.impl.amqp10.client;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.amqp10.codec.Performative;

/** What the links of a session need of the connection that it is on. */
final class SessionRequirements {

    private boolean isForItsContainer;
    /** Whether the broker may make what is the connection's. */
    private boolean manages;

    private boolean belongsWithOthers;
    private boolean isForItsNames;

    /**
     * The first link, which decides where the session goes.
     *
     * @param isManagement whether the client manages the broker over it
     * @param isTransacting whether the client has other sessions with links, and a coordinator of transactions or this
     *     link to one: brokers number transactions by connection, so all that may be done in one has to be on one
     * @param isNamed whether the client may find subscriptions again: where it receives it may subscribe later, and
     *     then has deliveries with which it cannot move
     */
    Purpose onFirst(Performative attach, boolean isManagement, boolean isTransacting, boolean isNamed) {
        manages = isManagement;
        belongsWithOthers = isManagement || isTransacting;
        boolean isTold = isTransacting && AttachRequest.isForTransactions(attach);
        boolean maySubscribe = isNamed && attach.bool(Performative.ATTACH_ROLE);
        isForItsContainer = !isTold && (maySubscribe || AttachRequest.isForItsContainer(attach));
        isForItsNames = !maySettle(attach);
        return AttachRequest.purpose(attach, isManagement || maySubscribe);
    }

    /** Nodes that end with their link, transactions, and what may come later, can be where others are. */
    private static boolean maySettle(Performative attach) {
        return AttachRequest.isForTransactions(attach)
                || AttachRequest.isForNewNode(attach)
                || !AttachRequest.isForItsContainer(attach);
    }

    /**
     * A later one: the session stays where its links are, and so does what it makes there.
     *
     * @return whether it needs what those before it did not
     */
    boolean onLater(Performative attach, boolean isManagement) {
        boolean isContainers = !isForItsContainer && AttachRequest.isForItsContainer(attach);
        boolean isMore = isContainers || (isManagement && !manages);
        isForItsContainer |= isContainers;
        manages |= isManagement;
        belongsWithOthers |= isManagement;
        return isMore;
    }

    /** Whether the broker knows what it makes by the client's container, or by its connection. */
    boolean isForItsContainer() {
        return isForItsContainer;
    }

    /** Whether any connection will do. */
    boolean isPlain() {
        return !isForItsContainer && !manages;
    }

    boolean manages() {
        return manages;
    }

    /** Whether a connection that is not the client's own does as well, where there may be none. */
    boolean maySettleForOthers() {
        return !isForItsNames;
    }

    /** Whether it has to be where the client's other sessions are. */
    boolean belongsWithOthers() {
        return belongsWithOthers;
    }
}
