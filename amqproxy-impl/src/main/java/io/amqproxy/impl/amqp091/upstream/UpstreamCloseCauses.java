package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.spi.UpstreamIdentity;

/** What it means that a connection to the broker fails, which depends on how far it has come. */
final class UpstreamCloseCauses {

    private final UpstreamIdentity identity;

    UpstreamCloseCauses(UpstreamIdentity identity) {
        this.identity = identity;
    }

    /** Until the broker has introduced itself it knows nothing of a user that it could mind. */
    CloseCause ofLoss(UpstreamState state, String why) {
        return state.isIntroduced() ? CloseCause.byNetwork(why) : CloseCause.ofEndpoint(why);
    }

    /** @param tellsOfFailedLogins whether the broker says no in words, rather than by closing the socket */
    CloseCause ofDisconnection(UpstreamState state, boolean tellsOfFailedLogins, String why) {
        if (state == UpstreamState.LOGIN && !tellsOfFailedLogins) {
            // AMQP 0-9-1, section 2.2.4.
            return ConnectionClose.byBroker(
                    ReplyCode.ACCESS_REFUSED.code(),
                    "ACCESS_REFUSED - the broker closed the connection during log-in",
                    0);
        }
        return ofLoss(state, identity.endpoint() + ": " + why);
    }

    /** The broker broke the protocol; or what answers there is no broker. */
    CloseCause ofOffence(UpstreamState state, AmqpException offence) {
        CloseCause why = ConnectionClose.byProxy(offence.code(), offence.text(), 0);
        return state == UpstreamState.START ? why.atFaultOfEndpoint() : why;
    }

    CloseCause ofSilence(UpstreamState state, boolean isLinked) {
        return ofLoss(state, "no answer from " + identity.endpoint() + " in time, " + state.stage(isLinked));
    }

    CloseCause ofSilenceAboutSecret() {
        return CloseCause.byNetwork("no answer to a renewed secret from " + identity.endpoint() + " in time");
    }

    CloseCause ofMissedHeartbeats() {
        return CloseCause.ofEndpoint("missed heartbeats from " + identity.endpoint());
    }
}
