package io.amqproxy.impl.amqp10.client;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;

/** What a client asks for with an attach, as far as it decides where the session goes. */
final class AttachRequest {

    /** Where claims-based security takes its tokens (OASIS AMQP CBS 1.0). */
    private static final String CLAIMS = "$cbs";

    private AttachRequest() {}

    /** @param isForItsConnection whether what is made there is the connection's, to the broker */
    static Purpose purpose(Performative attach, boolean isForItsConnection) {
        if (isForItsConnection || isForItsContainer(attach)) {
            return Purpose.EXCLUSIVE_QUEUE;
        }
        return attach.bool(Performative.ATTACH_ROLE) ? Purpose.CONSUME : Purpose.PUBLISH;
    }

    /**
     * Whether the broker knows by the client's container, or by its connection, what is asked for: what lives longer
     * than its link, nodes that are made for the asking, a link that was there before and is looked for (without the
     * terminus at the broker; some brokers close the connection if there is none), transactions (known by a number that
     * is the connection's, and Artemis rolls back those that are left open only when that ends), tokens that authorise
     * a connection.
     */
    static boolean isForItsContainer(Performative attach) {
        boolean isReceiver = attach.bool(Performative.ATTACH_ROLE);
        boolean isLookUp = !attach.has(isReceiver ? Performative.ATTACH_SOURCE : Performative.ATTACH_TARGET);
        return isLookUp
                || isForTransactions(attach)
                || isForItsContainer(attach, Performative.ATTACH_SOURCE)
                || isForItsContainer(attach, Performative.ATTACH_TARGET);
    }

    /**
     * Whether it is for a receiver of what the broker knows by the names of its container and link: a durable or shared
     * subscription, or one that is looked for.
     */
    static boolean isForItsNames(Performative attach) {
        return attach.bool(Performative.ATTACH_ROLE)
                && (!attach.has(Performative.ATTACH_SOURCE)
                        || (Terminus.isTied(attach, Performative.ATTACH_SOURCE)
                                && !Terminus.isDynamic(attach, Performative.ATTACH_SOURCE)));
    }

    /** Whether it is for a node that the broker makes and that ends with the link. */
    static boolean isForNewNode(Performative attach) {
        int terminus = attach.bool(Performative.ATTACH_ROLE) ? Performative.ATTACH_SOURCE : Performative.ATTACH_TARGET;
        return attach.has(terminus) && Terminus.isDynamic(attach, terminus);
    }

    /** Whether it is a link to a coordinator of transactions (part 4, section 4.3), or what the proxy takes for one. */
    static boolean isForTransactions(Performative attach) {
        return !attach.bool(Performative.ATTACH_ROLE)
                && attach.has(Performative.ATTACH_TARGET)
                && !Terminus.isTarget(attach, Performative.ATTACH_TARGET);
    }

    private static boolean isForItsContainer(Performative attach, int terminus) {
        return Terminus.isTied(attach, terminus) || Terminus.isAt(attach, terminus, CLAIMS);
    }
}
