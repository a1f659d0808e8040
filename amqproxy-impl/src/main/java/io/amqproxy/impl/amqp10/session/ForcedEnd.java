package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.pool.spi.Slot;
import java.util.function.IntPredicate;

/**
 * How a session at the broker, and its links, end on purpose: as if the broker ended them for an error, as far as
 * clients can tell. The broker sees the proxy end them.
 */
public final class ForcedEnd {

    private ForcedEnd() {}

    /** Ends a session that the broker has begun and that has not been told to end. */
    public static void of(UpstreamSession session, AmqpError why) {
        learnOfRights(session, why);
        SessionHolder client = session.holder();
        session.forgetHolder();
        if (client != null) {
            client.onBrokerEnd(session, end(session, why));
        }
        session.close();
    }

    private static Performative end(UpstreamSession session, AmqpError why) {
        return session.session()
                .composer()
                .begin(session.number(), CompositeType.END)
                .error(why.condition(), why.text())
                .read();
    }

    /**
     * Detaches links that are attached, of the client that has the session and of those that are kept for others.
     *
     * @param which asked for each link with the session's channel
     * @return how many
     */
    public static int ofLinks(UpstreamSession session, IntPredicate which, AmqpError why) {
        int detached = 0;
        for (BrokerLink link : session.links().usable()) {
            if (which.test(session.number())) {
                detach(session, link, why);
                detached++;
            }
        }
        if (session.state() == Slot.State.IDLE && !session.isPrepared()) {
            session.close(); // No client waits for it.
        }
        return detached;
    }

    private static void detach(UpstreamSession session, BrokerLink link, AmqpError why) {
        learnOfRights(session, why);
        SessionHolder client = session.holder();
        if (link.state() == BrokerLink.State.KEPT) {
            session.links().detachKept(link);
        } else if (client != null) {
            client.onDetachOnPurpose(link, why);
        }
    }

    private static void learnOfRights(UpstreamSession session, AmqpError why) {
        if (AmqpError.UNAUTHORIZED_ACCESS.equals(why.condition())) {
            session.session().owner().onRightMissing();
        }
    }
}
