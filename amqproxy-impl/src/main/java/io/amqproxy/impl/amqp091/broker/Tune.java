package io.amqproxy.impl.amqp091.broker;

import io.amqproxy.impl.core.NegotiatedLimits;

/**
 * What two peers agreed on (AMQP 0-9-1, section 1.4.2.6).
 *
 * @param channelMax the highest channel number, at least 1
 * @param frameMax the largest frame in octets, its overhead included
 * @param heartbeatSeconds 0 for none
 */
public record Tune(int channelMax, int frameMax, int heartbeatSeconds) implements NegotiatedLimits {

    /** {@return the same with heartbeats that are at least so quick} 0 asks for none. */
    public Tune beatingWithin(int seconds) {
        boolean isQuicker = seconds > 0 && (heartbeatSeconds == 0 || seconds < heartbeatSeconds);
        return isQuicker ? new Tune(channelMax, frameMax, seconds) : this;
    }
}
