package io.amqproxy.impl.amqp10.client;

import io.amqproxy.LeaseInfo;
import io.amqproxy.Release;
import io.amqproxy.Release.Outcome;
import io.amqproxy.Release.Reason;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.core.TrafficCounters;

/** The messages of a lease that a session of a client has, and its end as pools and listeners hear of it. */
final class SessionLease {

    private final SessionHost session;
    private final DeliveriesFromClient published;
    private final DeliveriesToClient delivered;

    SessionLease(SessionHost session, DeliveriesFromClient published, DeliveriesToClient delivered) {
        this.session = session;
        this.published = published;
        this.delivered = delivered;
    }

    /** Adds the messages of a lease that has not ended. */
    void addTo(TrafficCounters sum) {
        sum.published += published.count();
        sum.delivered += delivered.count();
    }

    /** Gives the session back, or ends it where something of the client is left there. */
    void leave(UpstreamSession left) {
        Reason why = left.session().owner().whyNotReuse(left);
        if (why == Reason.CLEAN) {
            end(left, Outcome.REUSED, why);
            left.release();
        } else {
            left.forgetHolder();
            end(left, Outcome.CLOSED, why);
            left.close();
        }
    }

    /** The lease on this session at the broker has ended. */
    void end(UpstreamSession left, Outcome outcome, Reason reason) {
        ClientConnection10 client = session.session();
        long sent = published.endCount();
        long got = delivered.endCount();
        client.countLease(sent, got);
        client.loop()
                .events
                .channelReleased(
                        LeaseInfo.of(
                                client.info(), session.number(), left.session().info(), left.number()),
                        Release.of(outcome, reason, sent, got));
        left.session().owner().onReleased(left, client);
    }
}
